//! What becomes of values that change from run to run: the editor's `control_after_generate`.

use super::plan::Kind;
use super::resolve::Spot;
use super::{RandomSource, SeedMode};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;

/// The largest value that the editor draws.
const MOST: f64 = 1_125_899_906_842_624.0;

/// The values of this run, by the widget that has them: one that gives several inputs, from a
/// primitive node or through the boundary of a subgraph, changes once.
#[derive(Default)]
pub(super) struct Seeds {
    drawn: HashMap<Spot, Value>,
}

impl Seeds {
    /// The value of this run for a widget that has `value` saved.
    pub(super) fn next<'v>(
        &mut self,
        spot: Spot,
        kind: &Kind,
        value: Cow<'v, Value>,
        mode: SeedMode,
        random: &mut dyn RandomSource,
    ) -> Cow<'v, Value> {
        if let Some(drawn) = self.drawn.get(&spot) {
            return Cow::Owned(drawn.clone());
        }
        match change(kind, &value, mode, random) {
            Some(next) => Cow::Owned(self.drawn.entry(spot).or_insert(next).clone()),
            None => value,
        }
    }
}

/// The value after this one, if there is one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the bounds are cut to what the editor draws"
)]
fn change(
    kind: &Kind,
    value: &Value,
    mode: SeedMode,
    random: &mut dyn RandomSource,
) -> Option<Value> {
    let Kind::Integer { min, max, step } = *kind else {
        return None;
    };
    let (least, most) = (min.clamp(-MOST, MOST), max.clamp(-MOST, MOST));
    let step = step.abs().max(1.0);
    if mode == SeedMode::Randomize {
        let drawn = random.below(((most - least) / step).max(1.0) as u64);
        return Some(Value::from(least as i64 + (drawn as f64 * step) as i64));
    }
    let step = step as u64;
    // Seeds go up to 2^64, beyond what the file's numbers may be counted in.
    let increased = match (value.as_u64(), value.as_i64()) {
        (Some(number), _) => Value::from(number.saturating_add(step)),
        (None, Some(number)) => Value::from(number.saturating_add_unsigned(step)),
        _ => return None,
    };
    let is_too_high = increased.as_f64().is_some_and(|number| number > max);
    (!is_too_high).then_some(increased)
}
