//! Widgets inside subgraphs that show on the nodes which stand for the subgraphs.
//!
//! In older versions such a node shows the value inside. In newer ones it has a value of its own,
//! kept in its `widgets_values`; `proxyWidgets` are how files between the two said the same.

use super::Options;
use super::load::LoadedGraph;
use super::scene::{Graph, Place, Role, Scene};
use super::slots::{Backing, Wire};
use super::warning::{Code, Notes, Warning};
use crate::ui::Key;
use serde_json::Value;
use std::collections::HashMap;

/// For each graph and each slot of its boundary the widget behind it.
pub(super) struct Promoted(Vec<Vec<Option<Target>>>);

/// What stands behind a slot of a boundary.
#[derive(Debug, Clone, Copy)]
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

/// The values that instances of subgraphs have of their own.
#[derive(Default)]
pub(super) struct HostValues<'a> {
    /// By graph and node of the instance, for each slot.
    slots: HashMap<(u32, u32), Vec<Option<Own<'a>>>>,
    /// By graph and node of the instance: values for widgets inside that no slot leads to.
    inside: HashMap<(u32, u32), Vec<Given<'a>>>,
}

/// A value that an instance has of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own<'a> {
    /// Where the file has it.
    pub(super) entry: Entry,
    /// The value; null means the one inside.
    pub(super) value: &'a Value,
}

/// A place in the list of values that the file saves for a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    /// The graph.
    pub(super) graph: u32,
    /// The node.
    pub(super) node: u32,
    /// The place.
    pub(super) at: usize,
}

/// A value for a widget inside: the node that has the widget, its name, and the value.
type Given<'a> = (u32, &'a str, Own<'a>);

impl<'a> HostValues<'a> {
    /// Reads the values of all instances. There are none in older versions.
    pub(super) fn new(
        scene: &Scene<'a>,
        graphs: &[LoadedGraph<'a>],
        promoted: &Promoted,
        options: &Options,
        warnings: &mut Vec<Warning>,
    ) -> Self {
        let mut values = Self::default();
        if !options.dialect.hosts_have_values() {
            return values;
        }
        for (graph, graph_at) in scene.graphs.iter().zip(0u32..) {
            if graph.first_instance.is_none() {
                continue;
            }
            for (node, node_at) in graph.nodes.iter().zip(0u32..) {
                if let Role::Host(inner) = node.role {
                    // Muted, bypassed or a duplicate, and the only one: nothing of it is sent.
                    if scene.graphs[inner as usize].first_instance.is_none() {
                        continue;
                    }
                    let name = || scene.first_prompt_id(graph_at as usize, node_at as usize);
                    let notes = Notes {
                        warnings,
                        node: &name,
                    };
                    let host = Host {
                        at: (graph_at, node_at),
                        inner,
                        graph: &scene.graphs[inner as usize],
                        loaded: &graphs[inner as usize],
                        promoted,
                    };
                    values.read(&host, &node.file, notes);
                }
            }
        }
        values
    }

    fn read(&mut self, host: &Host<'_, 'a>, node: &crate::ui::UiNode<'a>, mut notes: Notes<'_>) {
        let Some(Value::Array(saved)) = node.widget_values() else {
            return;
        };
        if saved.is_empty() {
            return;
        }
        let mut slots = vec![None; host.graph.inputs.len()];
        let shown = (0u32..)
            .zip(&mut slots)
            .filter(|(slot, _)| host.promoted.target(host.inner, *slot).is_some());
        let (graph, host_node) = host.at;
        let owned = saved.iter().enumerate().map(|(at, value)| Own {
            entry: Entry {
                graph,
                node: host_node,
                at,
            },
            value,
        });
        for ((_, slot), own) in shown.zip(owned.clone()) {
            *slot = Some(own);
        }
        let proxies = node.property("proxyWidgets").and_then(Value::as_array);
        for (proxy, own) in proxies.into_iter().flatten().zip(owned) {
            let Some((id, name)) = proxy.get(0).zip(proxy.get(1).and_then(Value::as_str)) else {
                continue;
            };
            match host.aim(id, name) {
                Some(Aim::Slot(slot)) => slots[slot] = Some(own),
                Some(Aim::Inside(node)) if !own.value.is_null() => {
                    let inside = self.inside.entry(host.at).or_default();
                    inside.push((node, name, own));
                }
                Some(Aim::Inside(node)) if host.sends(node, name) => nulled(&mut notes, name),
                Some(Aim::Inside(_)) | None => {}
            }
        }
        for (slot, own) in slots.iter().enumerate() {
            if own.is_some_and(|own| own.value.is_null()) {
                nulled(&mut notes, host.graph.inputs[slot].name());
            }
        }
        self.slots.insert(host.at, slots);
    }

    /// The instance's own value of a slot.
    pub(super) fn slot(&self, graph: u32, node: u32, slot: u32) -> Option<Own<'a>> {
        *self.slots.get(&(graph, node))?.get(slot as usize)?
    }

    /// The value that the instance around a node gives to one of its widgets.
    pub(super) fn inside(&self, scene: &Scene<'_>, place: Place, name: &str) -> Option<Own<'a>> {
        if self.inside.is_empty() {
            return None;
        }
        let host = scene.instances[place.instance as usize].host?;
        let graph = scene.instances[host.instance as usize].graph;
        let given = self.inside.get(&(graph, host.node))?;
        let found = given
            .iter()
            .rev()
            .find(|(node, widget, _)| *node == place.node && *widget == name);
        found.map(|(_, _, own)| *own)
    }
}

fn nulled(notes: &mut Notes<'_>, name: &str) {
    let message = "the subgraph's node has null for it; the value inside is used";
    notes.input(Code::NullHostValue, name, message);
}

/// An instance whose values are read.
struct Host<'s, 'a> {
    at: (u32, u32),
    inner: u32,
    graph: &'s Graph<'a>,
    loaded: &'s LoadedGraph<'a>,
    promoted: &'s Promoted,
}

/// What an entry of `proxyWidgets` names.
enum Aim {
    /// A slot of the boundary.
    Slot(usize),
    /// A widget of this inner node that no slot leads to.
    Inside(u32),
}

impl Host<'_, '_> {
    /// Whether the value of that widget of an inner node is sent.
    fn sends(&self, node: u32, name: &str) -> bool {
        let mut widgets = self.loaded.nodes[node as usize].widgets.iter();
        widgets.any(|item| item.name == name && item.widget.sent)
    }

    fn aim(&self, id: &Value, name: &str) -> Option<Aim> {
        let id = Key::from_value(id)?;
        if id == Key::Number(-1) {
            let slot = self
                .graph
                .inputs
                .iter()
                .position(|slot| slot.name() == name);
            return slot.map(Aim::Slot);
        }
        let &node = self.graph.by_id.get(&id)?;
        let loaded = &self.loaded.nodes[node as usize];
        let slot = loaded.slots.iter().find(|slot| slot.name == name);
        match slot.map(|slot| slot.wire) {
            Some(Wire::Link(link)) => {
                let origin = self.graph.links[link as usize].origin;
                let at_boundary =
                    origin.node == Key::INPUTS && origin.slot < self.graph.inputs.len();
                at_boundary.then_some(Aim::Slot(origin.slot))
            }
            _ => Some(Aim::Inside(node)),
        }
    }
}
