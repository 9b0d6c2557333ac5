//! The nodes of a scene with their widgets and slots, as the editor has them after loading.

use super::fill::{Filled, fill};
use super::saved::Saved;
use super::scene::{Graph, Node, Role, Scene};
use super::slots::{Backing, Slot, Wire, slots};
use super::warning::{Notes, Warning};
use super::{Dialect, Options};
use crate::ui::{Key, UiLink};
use std::collections::{HashMap, HashSet};

/// A node with its widgets and input slots.
#[derive(Debug, Default)]
pub(super) struct LoadedNode<'a> {
    pub(super) widgets: Vec<Filled<'a>>,
    pub(super) slots: Vec<Slot<'a>>,
    /// Links of inputs that went with the option of a dynamic combo.
    stray: Vec<u32>,
}

/// A graph with its nodes loaded; empty for one that nothing uses.
#[derive(Debug, Default)]
pub(super) struct LoadedGraph<'a> {
    pub(super) nodes: Vec<LoadedNode<'a>>,
    /// For each link the node and input slot that it leads to.
    pub(super) targets: Vec<Option<(u32, u32)>>,
}

impl LoadedNode<'_> {
    /// Where the widget of that name stands.
    pub(super) fn widget(&self, name: &str) -> Option<usize> {
        self.widgets.iter().position(|item| item.name == name)
    }
}

/// Loads the graphs that have instances.
pub(super) fn load<'a>(
    scene: &Scene<'a>,
    options: &Options,
    warnings: &mut Vec<Warning>,
) -> Vec<LoadedGraph<'a>> {
    let graphs = scene.graphs.iter().enumerate();
    graphs
        .map(|(index, graph)| match graph.first_instance {
            Some(_) => load_graph(scene, index, graph, options, warnings),
            None => LoadedGraph::default(),
        })
        .collect()
}

fn load_graph<'a>(
    scene: &Scene<'a>,
    index: usize,
    graph: &Graph<'a>,
    options: &Options,
    warnings: &mut Vec<Warning>,
) -> LoadedGraph<'a> {
    let mut nodes = Vec::with_capacity(graph.nodes.len());
    for (at, node) in graph.nodes.iter().enumerate() {
        let name = || scene.first_prompt_id(index, at);
        let mut notes = Notes {
            warnings,
            node: &name,
        };
        nodes.push(load_node(scene, graph, node, options, &mut notes));
    }
    let mut targets = vec![None; graph.links.len()];
    for (node, at) in nodes.iter().zip(0u32..) {
        for (slot, slot_at) in node.slots.iter().zip(0u32..) {
            if let Wire::Link(link) = slot.wire {
                targets[link as usize].get_or_insert((at, slot_at));
            }
        }
    }
    let mut loaded = LoadedGraph { nodes, targets };
    if options.dialect == Dialect::V1_58 {
        attach_by_table(graph, &mut loaded);
    }
    loaded
}

fn load_node<'a>(
    scene: &Scene<'a>,
    graph: &Graph<'a>,
    node: &Node<'a>,
    options: &Options,
    notes: &mut Notes<'_>,
) -> LoadedNode<'a> {
    match node.role {
        Role::Class(plan) => {
            let former = plan.former_widgets.as_deref();
            let saved = Saved::of(&node.file, options.named_values, former);
            let widgets = fill(plan, saved, notes);
            let (slots, stray) = slots(plan, &node.file, &widgets, &graph.by_link, notes);
            LoadedNode {
                widgets,
                slots,
                stray,
            }
        }
        Role::Host(inner) => LoadedNode {
            widgets: Vec::new(),
            slots: host_slots(&scene.graphs[inner as usize], graph, node),
            stray: Vec::new(),
        },
        _ => LoadedNode {
            widgets: Vec::new(),
            slots: node
                .file
                .inputs()
                .map(|slot| Slot::of_file(&slot, &graph.by_link))
                .collect(),
            stray: Vec::new(),
        },
    }
}

/// The slots of an instance are those of its subgraph, however the file orders them.
fn host_slots<'a>(inner: &Graph<'a>, graph: &Graph<'a>, node: &Node<'a>) -> Vec<Slot<'a>> {
    let slots = inner.inputs.iter().map(|boundary| Slot {
        name: boundary.name(),
        kind: boundary.kind(),
        wire: Wire::None,
        backing: Backing::None,
    });
    let mut slots: Vec<Slot<'a>> = slots.collect();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (at, slot) in slots.iter().enumerate() {
        places.entry(slot.name).or_insert(at);
    }
    for slot in node.file.inputs() {
        if let Some(&at) = places.get(slot.name()) {
            slots[at].wire = super::slots::wire(&slot, &graph.by_link);
        }
    }
    slots
}

/// The newer editor believes the table of links where a slot says that it has none, and goes by the
/// number of the slot. So do links whose own slot went with the option of a dynamic combo.
fn attach_by_table(graph: &Graph<'_>, loaded: &mut LoadedGraph<'_>) {
    let led =
        |(link, target): (&UiLink<'_>, &Option<_>)| target.is_some() || link.target == Key::OUTPUTS;
    if graph.links.iter().zip(&loaded.targets).all(led) {
        return;
    }
    let slots = graph.nodes.iter().flat_map(|node| node.file.inputs());
    let mut named: HashSet<Key<'_>> = slots.filter_map(|slot| slot.link()).collect();
    for stray in loaded.nodes.iter().flat_map(|node| &node.stray) {
        named.remove(&graph.links[*stray as usize].id);
    }
    for ((link, target), link_at) in graph.links.iter().zip(&mut loaded.targets).zip(0u32..) {
        if named.contains(&link.id) {
            continue;
        }
        let Some(&node) = graph.by_id.get(&link.target) else {
            continue;
        };
        let slot = loaded.nodes[node as usize].slots.get_mut(link.target_slot);
        let takes =
            |slot: &&mut Slot<'_>| slot.wire == Wire::None && slot.backing != Backing::DynamicCombo;
        if let (Some(slot), Ok(slot_at)) = (slot.filter(takes), u32::try_from(link.target_slot)) {
            slot.wire = Wire::Link(link_at);
            *target = Some((node, slot_at));
        }
    }
}
