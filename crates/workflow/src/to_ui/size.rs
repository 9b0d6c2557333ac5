//! How much room a node takes in the editor, estimated from its slots and widgets. The editor makes
//! a node larger where it needs more, so these are on the generous side.

use super::draft::Draft;
use super::layout::Size;
use super::slots::InputSlot;
use crate::convert::plan::{Kind, Widget};
use serde_json::Value;
use std::collections::HashMap;

/// Height of a row of slots.
const SLOT: f64 = 20.0;
/// Height of a widget with the gap below it.
const WIDGET: f64 = 24.0;
/// Space above and below the content.
const MARGIN: f64 = 14.0;
/// Height of a picture, a video or a 3D view.
const PREVIEW: f64 = 212.0;
/// Width of a character of a label.
const CHARACTER: f64 = 7.5;

pub(super) fn estimate(draft: &Draft<'_>) -> Size {
    let shown = draft
        .saved
        .widgets
        .iter()
        .filter(|widget| !is_button_row(widget));
    let widgets: f64 = shown.map(|widget| widget_height(widget, draft)).sum();
    let preview = if shows_preview(draft) { PREVIEW } else { 0.0 };
    Size {
        width: width(draft),
        height: slot_rows(draft) + widgets + preview + MARGIN,
    }
}

/// How far below the upper side of the node each of its input slots is. That of a widget is in the
/// row of the widget.
pub(super) fn input_depths(draft: &Draft<'_>) -> Vec<f64> {
    let mut below = slot_rows(draft);
    let widgets = draft.saved.widgets.iter().map(|widget| {
        let depth = below + WIDGET / 2.0;
        below += widget_height(widget, draft);
        (&*widget.name, depth)
    });
    let widgets: HashMap<&str, f64> = widgets.collect();
    let mut sockets = 0..;
    let depth = |slot: &InputSlot<'_>| match widgets.get(slot.name).filter(|_| slot.is_widget) {
        Some(depth) => *depth,
        None => sockets.next().map_or(0.0, output_depth),
    };
    draft.inputs.iter().map(depth).collect()
}

/// How far below the upper side of a node an output slot is.
#[expect(clippy::cast_precision_loss, reason = "a few slots")]
pub(super) fn output_depth(slot: usize) -> f64 {
    (slot as f64 + 0.5) * SLOT
}

/// Height of the slots, inputs and outputs being beside each other.
#[expect(clippy::cast_precision_loss, reason = "a few slots")]
fn slot_rows(draft: &Draft<'_>) -> f64 {
    let sockets = draft.inputs.iter().filter(|slot| !slot.is_widget);
    sockets.count().max(draft.outputs.len()) as f64 * SLOT
}

/// The sides of a box stand in the row of the box.
fn is_button_row(widget: &Widget) -> bool {
    matches!(widget.kind, Kind::Control) && matches!(&*widget.name, "x" | "y" | "width" | "height")
}

fn is_text_box(widget: &Widget) -> bool {
    matches!(widget.kind, Kind::Text { multiline: true })
}

fn widget_height(widget: &Widget, draft: &Draft<'_>) -> f64 {
    match widget.kind {
        Kind::Text { multiline: true } => {
            let text = draft.node.input(&widget.name).and_then(Value::as_str);
            text_height(text.unwrap_or_default())
        }
        Kind::Viewport | Kind::Recording | Kind::Curve => PREVIEW,
        _ => WIDGET,
    }
}

/// A text box shows all of a short text; a long one scrolls.
#[expect(clippy::cast_precision_loss, reason = "cut to a few lines")]
fn text_height(text: &str) -> f64 {
    const LINE: f64 = 16.0;
    const CHARACTERS: usize = 54;
    let lines = text
        .lines()
        .take(20)
        .map(|line| line.len() / CHARACTERS + 1);
    (lines.sum::<usize>().clamp(5, 16) as f64).mul_add(LINE, WIDGET)
}

/// Nodes that load or end in something to look at show it below their widgets.
fn shows_preview(draft: &Draft<'_>) -> bool {
    let loads = draft
        .saved
        .widgets
        .iter()
        .any(|widget| &*widget.name == "upload");
    loads || draft.class.facts.is_output
}

fn width(draft: &Draft<'_>) -> f64 {
    let widgets = &draft.saved.widgets;
    let least: f64 = match widgets.iter().any(|widget| is_text_box(widget)) {
        true => 400.0,
        false if widgets.is_empty() => 140.0,
        false => 270.0,
    };
    let title = draft.node.title().unwrap_or(&draft.class.plan.display_name);
    let longest = |names: &mut dyn Iterator<Item = &str>| names.map(length).fold(0.0, f64::max);
    let sockets = draft.inputs.iter().filter(|slot| !slot.is_widget);
    let inputs = longest(&mut sockets.map(|slot| slot.name));
    let outputs = longest(&mut draft.outputs.iter().map(|slot| slot.name));
    let needed = (length(title) + 60.0).max(inputs + outputs + 50.0);
    (needed.max(least).min(600.0) / 10.0).ceil() * 10.0
}

#[expect(clippy::cast_precision_loss, reason = "the length of a name")]
fn length(text: &str) -> f64 {
    text.chars().take(80).count() as f64 * CHARACTER
}
