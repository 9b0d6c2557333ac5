//! Primitive nodes: they write their value into the widgets that they are linked to, and are gone.

mod numbers;

use super::Options;
use super::load::LoadedGraph;
use super::promoted::{Promoted, Target};
use super::reference::References;
use super::scene::{Role, Scene};
use super::slots::Wire;
use crate::ui::UiNode;
use numbers::corrected;
use serde_json::Value;
use std::borrow::Cow;

/// A widget that a primitive node writes into.
struct Write<'a> {
    /// Graph and node of the primitive.
    writer: (u32, u32),
    link: u32,
    /// Type of the slot that is linked.
    kind: &'a str,
    /// Graph, node, widget.
    at: (u32, u32, usize),
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
    writes.sort_by_key(|write| (write.writer, write.link));
    for together in writes.chunk_by(|one, other| one.writer == other.writer) {
        let Some(value) = shown(together, scene, graphs, options) else {
            continue;
        };
        for &Write {
            writer,
            at: (graph, node, widget),
            ..
        } in together
        {
            let item = &mut graphs[graph as usize].nodes[node as usize].widgets[widget];
            item.value = Some(Cow::Owned(corrected(value.clone(), &item.widget.kind)));
            item.from_file = true;
            item.writer = Some(writer);
        }
    }
}

fn collect<'a>(
    scene: &Scene<'a>,
    graphs: &[LoadedGraph<'a>],
    promoted: &Promoted,
    options: &Options,
    graph_at: u32,
    writes: &mut Vec<Write<'a>>,
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
            if !matches!(graph.nodes[origin as usize].role, Role::Primitive) {
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
            writes.extend(target.map(|at| Write {
                writer: (graph_at, origin),
                link,
                kind: slot.kind,
                at,
            }));
        }
    }
}

/// The value that a primitive node shows in its own widget, which is made like the first widget that
/// it writes into, and keeps within the limits of all that are like it.
fn shown(
    writes: &[Write<'_>],
    scene: &Scene<'_>,
    graphs: &[LoadedGraph<'_>],
    options: &Options,
) -> Option<Value> {
    let item = |write: &Write<'_>| {
        let (graph, node, widget) = write.at;
        &graphs[graph as usize].nodes[node as usize].widgets[widget]
    };
    let first = writes.first()?;
    let (graph, node) = first.writer;
    let primitive = &scene.graphs[graph as usize].nodes[node as usize];
    if !options.dialect.believes_the_table() && !names_links(&primitive.file) {
        return None;
    }
    let saved = primitive.file.widget_values()?.get(0)?;
    let kind = primitive.file.outputs().next().map(|output| output.kind());
    let value = if options.dialect.types_primitives() && kind != Some(first.kind) {
        item(first).value()?.clone()
    } else {
        replaced(saved, primitive, scene, graphs, options)
    };
    let kinds = writes.iter().map(|write| &item(write).widget.kind);
    Some(match numbers::common(kinds) {
        Some(common) => corrected(numbers::limited(value, &common), &common),
        None => value,
    })
}

/// Whether the output of a node names links. Older versions write along these.
fn names_links(file: &UiNode<'_>) -> bool {
    let links = file
        .field("outputs")
        .and_then(|outputs| outputs.get(0)?.get("links")?.as_array());
    links.is_some_and(|links| !links.is_empty())
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
