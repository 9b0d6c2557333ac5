//! What an entry of `proxyWidgets` asks for.

use super::super::super::scene::{Node, Role};
use super::super::super::slots::Backing;
use super::super::Target;
use super::Migration;
use crate::ui::Key;
use serde_json::Value;
use std::collections::HashMap;

/// An entry: a node inside, and a widget of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proxy<'a> {
    node: &'a str,
    pub(super) widget: &'a str,
    /// The node inside that node's subgraph, where the widget's name is not enough.
    inside: Option<&'a str>,
}

/// What becomes of an entry.
pub(super) enum Wish {
    /// The value is that of a slot of the boundary.
    Slot(u32),
    /// A widget becomes a slot: the node inside, its input slot, and what shows.
    Show(u32, u32, Target),
    /// All that this primitive node writes to becomes a slot.
    Primitive(u32),
    /// The value is that of the slot of this name, once there are all.
    Name,
}

impl<'a> Proxy<'a> {
    /// The entries; none if one has not the form of an entry, as the editor has it.
    pub(super) fn all(property: &'a Value) -> Option<Vec<Self>> {
        let entry = |entry: &'a Value| {
            let parts: Option<Vec<&str>> = entry.as_array()?.iter().map(Value::as_str).collect();
            let (node, widget, inside) = match *parts?.as_slice() {
                [node, widget] => (node, widget, None),
                [node, widget, inside] => (node, widget, Some(inside)),
                _ => return None,
            };
            Some(Self {
                node,
                widget,
                inside,
            })
        };
        property.as_array()?.iter().map(entry).collect()
    }

    /// The entry without the ids that some versions wrote before the name: `12: 7: seed`.
    fn without_prefixes(self) -> Self {
        let mut proxy = self;
        while let Some((id, name)) = proxy.widget.split_once(':') {
            let (id, name) = (id.trim(), name.trim_start());
            if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) || name.is_empty() {
                break;
            }
            (proxy.widget, proxy.inside) = (name, Some(id));
        }
        proxy
    }
}

impl Migration<'_, '_> {
    /// What the entries of an instance ask for, before any of that is done.
    pub(super) fn wishes(&self, inner: u32, proxies: &[Proxy<'_>]) -> Vec<Option<Wish>> {
        let mut shown = HashMap::new();
        let targets = (0u32..).zip(&self.promoted.0[inner as usize]);
        for (slot, target) in targets.filter(|_| !proxies.is_empty()) {
            shown.entry(*target).or_insert(slot);
        }
        let wish = |proxy: &Proxy<'_>| {
            let id = Key::from_text(proxy.node);
            if id == Key::Number(-1) {
                return Some(Wish::Name);
            }
            let graph = &self.scene.graphs[inner as usize];
            let &node = graph.by_id.get(&id)?;
            if let Role::Primitive = graph.nodes[node as usize].role {
                return Some(Wish::Primitive(node));
            }
            let found = self.find(inner, node, *proxy);
            let (slot, target) =
                found.or_else(|| self.find(inner, node, proxy.without_prefixes()))?;
            Some(match shown.get(&Some(target)) {
                Some(slot) => Wish::Slot(*slot),
                None => Wish::Show(node, slot, target),
            })
        };
        proxies.iter().map(wish).collect()
    }

    /// The input slot of a node that shows a widget, and what is behind it.
    fn find(&self, graph: u32, node: u32, proxy: Proxy<'_>) -> Option<(u32, Target)> {
        let loaded = &self.graphs[graph as usize].nodes[node as usize];
        let Node { role, .. } = &self.scene.graphs[graph as usize].nodes[node as usize];
        match *role {
            Role::Class(_) => {
                let mut slots = (0u32..).zip(&loaded.slots);
                let shows = |(_, slot): &(u32, &super::Slot<'_>)| {
                    slot.name == proxy.widget && slot.backing != Backing::None
                };
                let (slot, _) = slots.find(shows)?;
                let widget = loaded.widget(proxy.widget)?;
                Some((slot, Target::Widget { node, widget }))
            }
            Role::Host(inner) => {
                let slots = (0u32..).zip(&self.scene.graphs[inner as usize].inputs);
                let shows = |(slot, input): (u32, &crate::ui::BoundarySlot<'_>)| {
                    let (id, name) = self.behind(inner, self.promoted.target(inner, slot)?);
                    let meant = match proxy.inside {
                        Some(inside) => id == Key::from_text(inside) && name == proxy.widget,
                        None => input.name() == proxy.widget || name == proxy.widget,
                    };
                    let target = Target::Host { node, inner, slot };
                    meant.then_some((slot, target))
                };
                let mut slots = slots.filter_map(shows);
                slots.next()
            }
            _ => None,
        }
    }

    /// The node behind a slot of a boundary, and what its widget or its own slot is called.
    fn behind(&self, graph: u32, target: Target) -> (Key<'_>, &str) {
        let nodes = &self.scene.graphs[graph as usize].nodes;
        match target {
            Target::Widget { node, widget } => {
                let loaded = &self.graphs[graph as usize].nodes[node as usize];
                (nodes[node as usize].file.id(), &loaded.widgets[widget].name)
            }
            Target::Host { node, inner, slot } => {
                let input = &self.scene.graphs[inner as usize].inputs[slot as usize];
                (nodes[node as usize].file.id(), input.name())
            }
        }
    }
}
