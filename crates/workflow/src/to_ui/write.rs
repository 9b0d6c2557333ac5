//! Writes the workflow as the current editor saves it.

use super::draft::{Draft, OutputSlot};
use super::layout::{self, Edge, End, Placed, Size};
use super::links::UiLink;
use super::size;
use super::slots::InputSlot;
use crate::convert::compile::fills_file_names;
use crate::ui::UiWorkflow;
use serde_json::{Map, Value, json};

/// Fields of `_meta` that the editor has as properties of the node.
pub(super) const META_PROPERTIES: [&str; 3] = ["cnr_id", "aux_id", "ver"];

pub(super) fn workflow(drafts: &[Draft<'_>], links: &[UiLink<'_>]) -> UiWorkflow {
    let sizes: Vec<Size> = drafts.iter().map(size::estimate).collect();
    let edges = edges(drafts, links);
    let placed = layout::lay_out(&sizes, &edges);
    let nodes = drafts.iter().zip(&sizes).zip(&placed);
    let nodes: Vec<Value> = nodes
        .map(|((draft, size), placed)| node(draft, *size, *placed))
        .collect();
    let table: Vec<Value> = links
        .iter()
        .map(|link| {
            let (origin, target) = (drafts[link.origin].id, drafts[link.target].id);
            json!([
                link.id,
                origin,
                link.origin_slot,
                target,
                link.target_slot,
                link.kind
            ])
        })
        .collect();
    let mut fields = Map::new();
    let last_node_id = drafts.iter().map(|draft| draft.id).max().unwrap_or(0);
    let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    add("revision", json!(0));
    add("last_node_id", json!(last_node_id));
    add("last_link_id", json!(links.len()));
    add("nodes", Value::Array(nodes));
    add("links", Value::Array(table));
    add("groups", json!([]));
    add("config", json!({}));
    add("extra", json!({}));
    add("version", json!(0.4));
    UiWorkflow(fields)
}

fn edges(drafts: &[Draft<'_>], links: &[UiLink<'_>]) -> Vec<Edge> {
    let depths: Vec<Vec<f64>> = drafts.iter().map(size::input_depths).collect();
    let edge = |link: &UiLink<'_>| Edge {
        from: End {
            node: link.origin,
            depth: size::output_depth(link.origin_slot),
        },
        to: End {
            node: link.target,
            depth: depths[link.target][link.target_slot],
        },
    };
    links.iter().map(edge).collect()
}

fn node(draft: &Draft<'_>, size: Size, placed: Placed) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    add("id", json!(draft.id));
    add("type", json!(draft.node.class_type()));
    add("pos", json!([pixels(placed.x), pixels(placed.y)]));
    add("size", json!([pixels(size.width), pixels(size.height)]));
    add("flags", json!({}));
    add("order", json!(placed.order));
    add("mode", json!(0));
    add("inputs", draft.inputs.iter().map(input).collect());
    add("outputs", draft.outputs.iter().map(output).collect());
    if let Some(title) = draft.own_title() {
        add("title", json!(title));
    }
    add("properties", properties(draft));
    add("widgets_values", Value::Array(draft.saved.values.clone()));
    Value::Object(fields)
}

/// Whole pixels, as the layout gives them.
#[expect(clippy::cast_possible_truncation, reason = "no screen is that large")]
fn pixels(length: f64) -> i64 {
    length.round() as i64
}

fn input(slot: &InputSlot<'_>) -> Value {
    if slot.is_widget {
        json!({"name": slot.name, "type": slot.kind, "widget": {"name": slot.name}, "link": slot.link})
    } else {
        json!({"name": slot.name, "type": slot.kind, "link": slot.link})
    }
}

fn output(slot: &OutputSlot<'_>) -> Value {
    let links = Some(&slot.links).filter(|links| !links.is_empty());
    json!({"name": slot.name, "type": slot.kind, "links": links})
}

/// The name by which file names refer to the node, which those that write files do not have, and
/// where the class comes from, if the prompt says so.
fn properties(draft: &Draft<'_>) -> Value {
    let class = draft.node.class_type();
    let mut properties = Map::new();
    for name in META_PROPERTIES {
        if let Some(value @ Value::String(_)) = draft.meta(name) {
            properties.insert(name.to_owned(), value.clone());
        }
    }
    if !fills_file_names(class) {
        properties.insert("Node name for S&R".to_owned(), json!(class));
    }
    Value::Object(properties)
}
