//! What becomes of values that change from run to run: the editor's `control_after_generate`.

use super::fill::Filled;
use super::plan::Kind;
use super::{RandomSource, SeedMode};
use serde_json::Value;
use std::borrow::Cow;

/// The largest value that the editor draws.
const MOST: f64 = 1_125_899_906_842_624.0;

/// The value of a widget for this run. The widget behind it says whether it may change: one that
/// its author fixed stays in every mode.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the bounds are cut to what the editor draws"
)]
pub(super) fn next<'v>(
    widgets: &[Filled<'_>],
    at: usize,
    value: Cow<'v, Value>,
    mode: SeedMode,
    random: &mut dyn RandomSource,
) -> Cow<'v, Value> {
    let item = &widgets[at];
    let Kind::Integer { min, max, step } = item.widget.kind else {
        return value;
    };
    let control = widgets.get(at + 1).and_then(Filled::value);
    let fixed = control.is_some_and(|control| *control == "fixed" || *control == false);
    if mode == SeedMode::Saved || !item.widget.controlled || fixed {
        return value;
    }
    let (least, most) = (min.clamp(-MOST, MOST), max.clamp(-MOST, MOST));
    let step = step.abs().max(1.0);
    if mode == SeedMode::Randomize {
        let drawn = random.below(((most - least) / step).max(1.0) as u64);
        return Cow::Owned(Value::from(least as i64 + (drawn as f64 * step) as i64));
    }
    let step = step as u64;
    // Seeds go up to 2^64, beyond what the file's numbers may be counted in.
    let increased = match (value.as_u64(), value.as_i64()) {
        (Some(number), _) => Value::from(number.saturating_add(step)),
        (None, Some(number)) => Value::from(number.saturating_add_unsigned(step)),
        _ => return value,
    };
    if increased.as_f64().is_some_and(|number| number > max) {
        value
    } else {
        Cow::Owned(increased)
    }
}
