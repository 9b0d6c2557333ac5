//! The nodes of a scene with their widgets and slots, as the editor has them after loading.

use super::fill::{Filled, fill};
use super::saved::Saved;
use super::scene::{Graph, Node, Role, Scene};
use super::slots::{Backing, Slot, Wire, slots};
use super::warning::{Code, Notes, Warning};
use super::{Options, table};
use std::collections::HashMap;

/// A node with its widgets and input slots.
#[derive(Debug, Default)]
pub(super) struct LoadedNode<'a> {
    pub(super) widgets: Vec<Filled<'a>>,
    pub(super) slots: Vec<Slot<'a>>,
    /// Links of inputs of the file that the node has no longer, which the table may lead elsewhere.
    pub(super) stray: Vec<u32>,
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
    if options.dialect.believes_the_table() {
        for (at, slot) in table::attach(graph, &mut loaded) {
            let name = || scene.first_prompt_id(index, at as usize);
            let message = "a link is taken for it by the number of its slot, as the editor does";
            let mut notes = Notes {
                warnings,
                node: &name,
            };
            notes.input(Code::LinkedByNumber, slot, message);
        }
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
        Role::Host(inner) => {
            let (slots, stray) = host_slots(&scene.graphs[inner as usize], graph, node);
            LoadedNode {
                widgets: Vec::new(),
                slots,
                stray,
            }
        }
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

/// The slots of an instance are those of its subgraph, however the file orders them. Also gives the
/// links of slots that the subgraph has no longer.
fn host_slots<'a>(
    inner: &Graph<'a>,
    graph: &Graph<'a>,
    node: &Node<'a>,
) -> (Vec<Slot<'a>>, Vec<u32>) {
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
    let mut stray = Vec::new();
    for slot in node.file.inputs() {
        let wire = super::slots::wire(&slot, &graph.by_link);
        match (places.get(slot.name()), wire) {
            (Some(&at), _) => slots[at].wire = wire,
            (None, Wire::Link(link)) => stray.push(link),
            (None, _) => {}
        }
    }
    (slots, stray)
}
