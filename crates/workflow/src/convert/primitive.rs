//! Primitive nodes: they write their value into the widgets that they are linked to, and are gone.

use super::Options;
use super::load::LoadedGraph;
use super::plan::Kind;
use super::promoted::{Promoted, Target};
use super::reference::References;
use super::scene::{Role, Scene};
use super::slots::Wire;
use serde_json::{Number, Value};
use std::borrow::Cow;

/// A value for a widget: graph, node, widget.
struct Write {
    at: (u32, u32, usize),
    value: Value,
    /// Graph and node of the primitive.
    writer: (u32, u32),
}

/// Writes the values of all primitive nodes, muted and bypassed ones too.
pub(super) fn apply(
    scene: &Scene<'_>,
    graphs: &mut [LoadedGraph<'_>],
    promoted: &Promoted,
    options: &Options,
) {
    let mut writes = Vec::new();
    for (graph, at) in scene.graphs.iter().zip(0u32..) {
        // Most workflows have none, and then their links need not be looked at.
        if graph
            .nodes
            .iter()
            .any(|node| matches!(node.role, Role::Primitive))
        {
            collect(scene, graphs, promoted, options, at, &mut writes);
        }
    }
    for Write {
        at: (graph, node, widget),
        value,
        writer,
    } in writes
    {
        let item = &mut graphs[graph as usize].nodes[node as usize].widgets[widget];
        item.value = Some(Cow::Owned(corrected(value, &item.widget.kind)));
        item.from_file = true;
        item.writer = Some(writer);
    }
}

fn collect(
    scene: &Scene<'_>,
    graphs: &[LoadedGraph<'_>],
    promoted: &Promoted,
    options: &Options,
    graph_at: u32,
    writes: &mut Vec<Write>,
) {
    let graph = &scene.graphs[graph_at as usize];
    for (node, node_at) in graphs[graph_at as usize].nodes.iter().zip(0u32..) {
        for (slot, slot_at) in node.slots.iter().zip(0u32..) {
            let Wire::Link(link) = slot.wire else {
                continue;
            };
            let origin = graph.links[link as usize].origin.node;
            let Some(&origin) = graph.by_id.get(&origin) else {
                continue;
            };
            let primitive = &graph.nodes[origin as usize];
            if !matches!(primitive.role, Role::Primitive) {
                continue;
            }
            let target = match graph.nodes[node_at as usize].role {
                Role::Class(_) => node
                    .widget(slot.name)
                    .map(|widget| (graph_at, node_at, widget)),
                Role::Host(inner) if options.dialect.primitives_reach_inside() => {
                    promoted.widget(inner, slot_at)
                }
                _ => None,
            };
            let value = primitive
                .file
                .widget_values()
                .and_then(|values| values.get(0));
            if let (Some(at), Some(value)) = (target, value) {
                let value = replaced(value, primitive, scene, graphs, options);
                let writer = (graph_at, origin);
                writes.push(Write { at, value, writer });
            }
        }
    }
}

/// The value of a primitive node, with references filled in where it asks for that.
fn replaced(
    value: &Value,
    primitive: &super::scene::Node<'_>,
    scene: &Scene<'_>,
    graphs: &[LoadedGraph<'_>],
    options: &Options,
) -> Value {
    let asked = primitive.file.property("Run widget replace on values");
    match value {
        Value::String(text) if asked.is_some_and(super::script::truthy) => {
            let mut references = References::new(scene, graphs, options.now);
            Value::String(references.fill_in(text, &mut |_| {}))
        }
        other => other.clone(),
    }
}

/// What a number becomes in a widget of that kind, which corrects what a person types.
fn corrected(value: Value, kind: &Kind) -> Value {
    let Some(number) = value.as_f64() else {
        return value;
    };
    match *kind {
        Kind::Integer { min, step, .. } => {
            let whole = value.is_i64() || value.is_u64();
            let changed = (!whole || (step.abs() - 1.0).abs() >= f64::EPSILON)
                .then(|| snapped(number, min, step));
            changed.flatten().map_or(value, Value::from)
        }
        Kind::Float {
            min,
            max,
            round: Some(round),
            digits,
        } => {
            // Halves go up, as JavaScript rounds.
            let rounded = (number / round + 0.5).floor() * round;
            let kept = to_fixed(rounded, digits).min(max).max(min);
            Number::from_f64(kept).map_or(value, Value::Number)
        }
        _ => value,
    }
}

/// A whole number snaps to the step of its widget, counted from the least value.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn snapped(number: f64, min: f64, step: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let step = if step == 0.0 { 1.0 } else { step };
    let shift = min % step;
    let snapped = ((number - shift) / step + 0.5).floor() * step + shift;
    (snapped.fract() == 0.0 && number.abs() < EXACT && snapped.abs() < EXACT)
        .then_some(snapped as i64)
}

/// The number with so many decimal places. Of two that are as near, JavaScript takes the larger one
/// and Rust the even one.
fn to_fixed(number: f64, digits: u8) -> f64 {
    let power = 10_f64.powi(i32::from(digits));
    let size = number.abs();
    let is_whole = |number: f64| number.fract() == 0.0;
    let is_tie = is_whole(size * power - 0.5) && is_whole(size * 2_f64.powi(i32::from(digits) + 1));
    let fixed = if is_tie {
        (size * power).ceil() / power
    } else {
        let text = format!("{size:.*}", usize::from(digits));
        text.parse().unwrap_or(size)
    };
    fixed.copysign(number)
}

impl Promoted {
    /// The widget behind a boundary slot, through any number of subgraphs.
    fn widget(&self, graph: u32, slot: u32) -> Option<(u32, u32, usize)> {
        let (mut graph, mut slot) = (graph, slot);
        // Subgraphs that are used do not contain themselves, so this ends.
        loop {
            match self.target(graph, slot)? {
                Target::Widget { node, widget } => return Some((graph, node, widget)),
                Target::Host {
                    inner,
                    slot: deeper,
                    ..
                } => (graph, slot) = (inner, deeper),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!(99), 16.0, 8.0, json!(96))]
    #[case(json!(100), 16.0, 8.0, json!(104))]
    #[case(json!(7), 1.0, 4.0, json!(9))]
    #[case(json!(1.6), 0.0, 1.0, json!(2))]
    #[case(json!(u64::MAX), 0.0, 8.0, json!(u64::MAX))]
    #[case(json!("x"), 0.0, 8.0, json!("x"))]
    fn whole_numbers_snap_to_the_step(
        #[case] value: Value,
        #[case] min: f64,
        #[case] step: f64,
        #[case] expected: Value,
    ) {
        let kind = Kind::Integer {
            min,
            max: 1e6,
            step,
        };
        assert_eq!(corrected(value, &kind), expected);
    }

    #[rstest]
    #[case(json!(0.126), 0.01, 2, json!(0.13))]
    #[case(json!(7), 0.01, 2, json!(1.0))]
    #[case(json!(-0.5), 0.01, 2, json!(0.0))]
    #[case::a_half(json!(0.25), 0.01, 1, json!(0.3))]
    #[case::less_than_a_half(json!(0.15), 0.01, 1, json!(0.1))]
    #[case(json!("x"), 0.01, 2, json!("x"))]
    fn numbers_are_rounded_and_kept_within_the_limits(
        #[case] value: Value,
        #[case] round: f64,
        #[case] digits: u8,
        #[case] expected: Value,
    ) {
        let kind = Kind::Float {
            min: 0.0,
            max: 1.0,
            round: Some(round),
            digits,
        };
        assert_eq!(corrected(value, &kind), expected);
    }
}
