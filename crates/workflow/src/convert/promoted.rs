//! Widgets inside subgraphs that show on the nodes which stand for the subgraphs.
//!
//! In older versions such a node shows the value inside, in newer ones it has a value of its own.

mod hosts;
mod proxies;

pub(super) use hosts::{Entry, HostValues};

use super::load::LoadedGraph;
use super::scene::{Graph, Role, Scene};
use super::slots::Backing;

/// For each graph and each slot of its boundary the widget behind it.
pub(super) struct Promoted(Vec<Vec<Option<Target>>>);

/// What stands behind a slot of a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// A widget of a node of the subgraph.
    Widget { node: u32, widget: usize },
    /// A slot of a subgraph inside the subgraph.
    Host { node: u32, inner: u32, slot: u32 },
}

impl Promoted {
    /// Looks behind the boundaries of all graphs in use.
    pub(super) fn new(scene: &Scene<'_>, graphs: &[LoadedGraph<'_>]) -> Self {
        let mut promoted = Self(vec![Vec::new(); scene.graphs.len()]);
        // Instances are numbered from the outside in, so going back each graph comes after all
        // that are inside it.
        for instance in scene.instances.iter().rev() {
            let at = instance.graph as usize;
            let graph = &scene.graphs[at];
            if promoted.0[at].is_empty() && !graph.inputs.is_empty() {
                let slots = 0..graph.inputs.len();
                promoted.0[at] = slots
                    .map(|slot| promoted.find(graph, &graphs[at], slot))
                    .collect();
            }
        }
        promoted
    }

    /// What stands behind a slot.
    pub(super) fn target(&self, graph: u32, slot: u32) -> Option<Target> {
        *self.0.get(graph as usize)?.get(slot as usize)?
    }

    fn find(&self, graph: &Graph<'_>, loaded: &LoadedGraph<'_>, slot: usize) -> Option<Target> {
        graph.inputs[slot].links().find_map(|id| {
            let &link = graph.by_link.get(&id)?;
            let (node, slot) = loaded.targets[link as usize]?;
            let loaded_node = &loaded.nodes[node as usize];
            match graph.nodes[node as usize].role {
                Role::Class(_) => {
                    let slot = &loaded_node.slots[slot as usize];
                    let widget = loaded_node
                        .widget(slot.name)
                        .filter(|_| slot.backing != Backing::None)?;
                    Some(Target::Widget { node, widget })
                }
                Role::Host(inner) => {
                    self.target(inner, slot)?;
                    Some(Target::Host { node, inner, slot })
                }
                _ => None,
            }
        })
    }
}
