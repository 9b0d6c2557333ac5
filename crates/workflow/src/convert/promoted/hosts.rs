//! The values that the nodes of subgraphs have of their own, in newer versions: the file keeps them
//! in the node's `widgets_values`.

use super::super::error::ConvertError;
use super::super::load::LoadedGraph;
use super::super::scene::{Role, Scene};
use super::super::warning::{Code, Notes, Warning};
use super::Promoted;
use super::proxies::Migration;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// The values that instances of subgraphs have of their own.
#[derive(Default)]
pub(in super::super) struct HostValues<'a>(HashMap<HostSlot, Own<'a>>);

/// Graph and node of an instance, and a slot of its boundary.
type HostSlot = (u32, u32, u32);

/// A value that an instance has of its own.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Own<'a> {
    /// Where the file has it.
    pub(in super::super) entry: Entry,
    /// The value; null means the one inside.
    pub(in super::super) value: &'a Value,
}

/// A place in the list of values that the file saves for a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) struct Entry {
    /// The graph.
    pub(in super::super) graph: u32,
    /// The node.
    pub(in super::super) node: u32,
    /// The place.
    pub(in super::super) at: usize,
}

/// An instance whose values are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Host<'a> {
    pub(super) graph: u32,
    pub(super) node: u32,
    /// The graph inside.
    pub(super) inner: u32,
    /// What the file saves for its widgets.
    saved: &'a [Value],
}

impl<'a> Host<'a> {
    /// A value that the file saves.
    pub(super) fn own(self, at: usize) -> Option<Own<'a>> {
        let (graph, node) = (self.graph, self.node);
        let entry = Entry { graph, node, at };
        let value = self.saved.get(at)?;
        Some(Own { entry, value })
    }

    /// The values that it had when the newer editor first read the file, by slot. The editor keeps
    /// them in a property, and prefers them to what was saved since.
    fn older(self, scene: &Scene<'a>) -> HashMap<&'a str, &'a Value> {
        let file = &scene.graphs[self.graph as usize].nodes[self.node as usize].file;
        let kept = file
            .property("proxyWidgetErrorQuarantine")
            .and_then(Value::as_array);
        let entry = |entry: &'a Value| {
            let named = entry.get("originalEntry")?;
            let of_slot = named.get(0)?.as_str()? == "-1";
            let value = entry.get("hostValue")?;
            of_slot.then_some((named.get(1)?.as_str()?, value))
        };
        kept.into_iter().flatten().filter_map(entry).collect()
    }
}

impl<'a> HostValues<'a> {
    /// Reads the values of all instances, from the inside out as the editor loads them. What a
    /// graph's instances name in `proxyWidgets` becomes slots before the graphs around are read.
    pub(in super::super) fn read(
        scene: &mut Scene<'a>,
        graphs: &mut [LoadedGraph<'a>],
        promoted: &mut Promoted,
        warnings: &mut Vec<Warning>,
    ) -> Result<Self, ConvertError> {
        let mut values = Self::default();
        let mut done = HashSet::new();
        let uses = scene.instances.iter().rev();
        let graphs_in_use: Vec<u32> = uses.map(|instance| instance.graph).collect();
        let mut migration = Migration {
            scene,
            graphs,
            promoted,
            values: &mut values,
            made: 0,
        };
        for graph in graphs_in_use
            .into_iter()
            .filter(|graph| done.insert(*graph))
        {
            let hosts = hosts(migration.scene, graph);
            for host in &hosts {
                let Migration {
                    scene,
                    promoted,
                    values,
                    ..
                } = &mut migration;
                values.by_place(*host, scene, promoted);
            }
            for host in &hosts {
                migration.migrate(*host)?;
            }
            for host in &hosts {
                migration.values.tell(*host, migration.scene, warnings);
            }
        }
        Ok(values)
    }

    /// The values belong to the slots that show a widget, one by one.
    fn by_place(&mut self, host: Host<'a>, scene: &Scene<'a>, promoted: &Promoted) {
        let slots = (0u32..).take(scene.graphs[host.inner as usize].inputs.len());
        let shown = slots.filter(|slot| promoted.target(host.inner, *slot).is_some());
        for (slot, own) in shown.zip((0..).map_while(|at| host.own(at))) {
            self.set(host, slot, own);
        }
    }

    /// Gives an instance a value.
    pub(super) fn set(&mut self, host: Host<'a>, slot: u32, own: Own<'a>) {
        self.0.insert((host.graph, host.node, slot), own);
    }

    /// Remarks on values that the editor takes otherwise.
    fn tell(&self, host: Host<'a>, scene: &Scene<'a>, warnings: &mut Vec<Warning>) {
        let older = host.older(scene);
        if older.is_empty() && !host.saved.contains(&Value::Null) {
            return;
        }
        let name = || scene.first_prompt_id(host.graph as usize, host.node as usize);
        let mut notes = Notes {
            warnings,
            node: &name,
        };
        for (slot, at) in scene.graphs[host.inner as usize].inputs.iter().zip(0u32..) {
            let Some(own) = self.slot(host.graph, host.node, at) else {
                continue;
            };
            if own.value.is_null() {
                let message = "the subgraph's node has null for it; the value inside is used";
                notes.input(Code::NullHostValue, slot.name(), message);
            } else if older
                .get(slot.name())
                .is_some_and(|older| *older != own.value)
            {
                let message = "the file keeps an older value for it, which the editor would go back to; the newer one is sent";
                notes.input(Code::OlderHostValue, slot.name(), message);
            }
        }
    }

    /// The instance's own value of a slot.
    pub(in super::super) fn slot(&self, graph: u32, node: u32, slot: u32) -> Option<Own<'a>> {
        self.0.get(&(graph, node, slot)).copied()
    }
}

/// The instances in a graph of subgraphs that are in use.
fn hosts<'a>(scene: &Scene<'a>, graph: u32) -> Vec<Host<'a>> {
    let nodes = scene.graphs[graph as usize].nodes.iter().zip(0u32..);
    let host = |(node, at): (&super::super::scene::Node<'a>, u32)| {
        let Role::Host(inner) = node.role else {
            return None;
        };
        // Muted, bypassed or a duplicate, and the only one: nothing of it is sent.
        scene.graphs[inner as usize].first_instance?;
        let saved = node.file.widget_values().and_then(Value::as_array);
        Some(Host {
            graph,
            node: at,
            inner,
            saved: saved.map(Vec::as_slice).unwrap_or_default(),
        })
    };
    nodes.filter_map(host).collect()
}
