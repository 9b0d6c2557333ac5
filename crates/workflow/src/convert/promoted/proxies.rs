//! `proxyWidgets`: how files of some years name the widgets inside that the node of a subgraph shows.
//! The newer editor makes slots of the subgraph's boundary of them when it loads a file, for all
//! nodes that stand for the subgraph, and links the widgets to these.

mod wish;

use super::super::error::ConvertError;
use super::super::load::LoadedGraph;
use super::super::plan::Kind;
use super::super::scene::{Role, Scene};
use super::super::slots::{Backing, Slot, Wire};
use super::hosts::{Host, HostValues};
use super::{Promoted, Target};
use crate::ui::{BoundarySlot, Key, Origin, UiLink};
use indexmap::IndexMap;
use std::mem::discriminant;
use wish::{Proxy, Wish};

/// Slots that are made. Real workflows need some dozen; a file of a few lines could ask for a
/// number that grows with the square of its size.
const MOST_SLOTS: usize = 100_000;

/// A workflow whose boundaries get slots.
pub(super) struct Migration<'m, 'a> {
    pub(super) scene: &'m mut Scene<'a>,
    pub(super) graphs: &'m mut [LoadedGraph<'a>],
    pub(super) promoted: &'m mut Promoted,
    pub(super) values: &'m mut HostValues<'a>,
    /// Slots made so far.
    pub(super) made: usize,
}

impl<'a> Migration<'_, 'a> {
    /// Makes the slots that an instance names, and gives it the values that the file has for them.
    ///
    /// What is there already counts before anything is made, then come single widgets, then
    /// primitive nodes, and last what goes by the name of a slot.
    pub(super) fn migrate(&mut self, host: Host<'a>) -> Result<(), ConvertError> {
        let file = &self.scene.graphs[host.graph as usize].nodes[host.node as usize].file;
        let proxies = file.property("proxyWidgets").and_then(Proxy::all);
        let proxies = proxies.unwrap_or_default();
        let wishes = self.wishes(host.inner, &proxies);
        let primitives = self.show_widgets(host, &wishes)?;
        self.show_primitives(host, &proxies, primitives)?;
        self.give_by_name(host, &proxies, &wishes);
        Ok(())
    }

    /// Shows single widgets. Gives the primitive nodes that are wished for, each with its entries.
    fn show_widgets(
        &mut self,
        host: Host<'a>,
        wishes: &[Option<Wish>],
    ) -> Result<IndexMap<u32, Vec<usize>>, ConvertError> {
        let mut primitives: IndexMap<u32, Vec<usize>> = IndexMap::new();
        for (at, wish) in wishes.iter().enumerate() {
            match wish {
                Some(Wish::Slot(slot)) => self.give(host, *slot, at),
                Some(Wish::Show(node, slot, target)) => {
                    if let Target::Host { inner, slot, .. } = *target {
                        self.complete(host.inner, *node, inner, slot)?;
                    }
                    let shown = &self.graphs[host.inner as usize].nodes[*node as usize].slots;
                    let Slot { name, kind, .. } = shown[*slot as usize];
                    let made = self.show(host.inner, name, kind, *target, &[(*node, *slot)])?;
                    self.give(host, made, at);
                }
                Some(Wish::Primitive(node)) => primitives.entry(*node).or_default().push(at),
                Some(Wish::Name) | None => {}
            }
        }
        Ok(primitives)
    }

    fn show_primitives(
        &mut self,
        host: Host<'a>,
        proxies: &[Proxy<'a>],
        primitives: IndexMap<u32, Vec<usize>>,
    ) -> Result<(), ConvertError> {
        for (node, entries) in primitives {
            let name = proxies[entries[0]].widget;
            // The editor gives up where not all mean the same widget.
            if entries.iter().all(|at| proxies[*at].widget == name)
                && let Some(slot) = self.show_primitive(host.inner, node, name)?
            {
                let given = entries.iter().find(|at| host.own(**at).is_some());
                self.give(host, slot, *given.unwrap_or(&entries[0]));
            }
        }
        Ok(())
    }

    fn give_by_name(&mut self, host: Host<'a>, proxies: &[Proxy<'a>], wishes: &[Option<Wish>]) {
        for (at, (proxy, wish)) in proxies.iter().zip(wishes).enumerate() {
            if !matches!(wish, Some(Wish::Name)) {
                continue;
            }
            let inputs = (0u32..).zip(&self.scene.graphs[host.inner as usize].inputs);
            let mut named = inputs.filter(|(_, slot)| slot.name() == proxy.widget);
            if let Some((slot, _)) = named.next() {
                self.give(host, slot, at);
            }
        }
    }

    fn give(&mut self, host: Host<'a>, slot: u32, at: usize) {
        if let Some(own) = host.own(at) {
            self.values.set(host, slot, own);
        }
    }

    /// Makes a slot of the boundary and links these inputs to it.
    fn show(
        &mut self,
        inner: u32,
        name: &'a str,
        kind: &'a str,
        target: Target,
        inputs: &[(u32, u32)],
    ) -> Result<u32, ConvertError> {
        self.count()?;
        let graph = &mut self.scene.graphs[inner as usize];
        let loaded = &mut self.graphs[inner as usize];
        let made = graph.inputs.len();
        graph.inputs.push(BoundarySlot::new(name, kind));
        self.promoted.0[inner as usize].push(Some(target));
        for &(node, slot) in inputs {
            // There are fewer links than bytes in the file, and as many slots as are counted.
            let link = u32::try_from(graph.links.len()).unwrap_or(u32::MAX);
            graph.links.push(UiLink {
                id: Key::Text(""),
                origin: Origin {
                    node: Key::INPUTS,
                    slot: made,
                },
                target: graph.nodes[node as usize].file.id(),
                target_slot: slot as usize,
            });
            loaded.targets.push(Some((node, slot)));
            let wire = &mut loaded.nodes[node as usize].slots[slot as usize].wire;
            if let Wire::Link(before) = std::mem::replace(wire, Wire::Link(link)) {
                loaded.targets[before as usize] = None;
            }
        }
        Ok(u32::try_from(made).unwrap_or(u32::MAX))
    }

    /// Makes a slot of what a primitive node writes to, if that is all of one kind.
    fn show_primitive(
        &mut self,
        inner: u32,
        primitive: u32,
        name: &'a str,
    ) -> Result<Option<u32>, ConvertError> {
        let graph = &self.scene.graphs[inner as usize];
        let loaded = &self.graphs[inner as usize];
        let file = &graph.nodes[primitive as usize].file;
        let Some(kind) = file.outputs().next().map(|output| output.kind()) else {
            return Ok(None);
        };
        let of_it = |(link, _): &(&UiLink<'_>, &Option<(u32, u32)>)| link.origin.node == file.id();
        let linked = graph.links.iter().zip(&loaded.targets).filter(of_it);
        let inputs: Vec<(u32, u32)> = linked.filter_map(|(_, target)| *target).collect();
        let widget = |&(node, slot): &(u32, u32)| {
            let class = matches!(graph.nodes[node as usize].role, Role::Class(_));
            let loaded = &loaded.nodes[node as usize];
            let slot = &loaded.slots[slot as usize];
            let takes = class && (slot.kind == kind || kind == "*" || slot.kind == "*");
            let widget = loaded.widget(slot.name).filter(|_| takes)?;
            Some((node, widget, &loaded.widgets[widget].widget.kind))
        };
        let Some((node, first, first_kind)) = inputs.first().and_then(widget) else {
            return Ok(None);
        };
        let same = |input| widget(input).is_some_and(|(_, _, kind)| alike(kind, first_kind));
        if !inputs.iter().all(same) {
            return Ok(None);
        }
        let widget = first;
        let titled = file.title().filter(|title| *title != "PrimitiveNode");
        let target = Target::Widget { node, widget };
        let made = self.show(inner, titled.unwrap_or(name), kind, target, &inputs)?;
        Ok(Some(made))
    }

    /// Gives an instance the slots up to one that was made since it was loaded.
    fn complete(
        &mut self,
        graph: u32,
        node: u32,
        inner: u32,
        slot: u32,
    ) -> Result<(), ConvertError> {
        let loaded = self.graphs[graph as usize].nodes[node as usize].slots.len();
        for at in loaded..=slot as usize {
            self.count()?;
            let boundary = &self.scene.graphs[inner as usize].inputs[at];
            let (name, kind) = (boundary.name(), boundary.kind());
            self.graphs[graph as usize].nodes[node as usize]
                .slots
                .push(Slot {
                    name,
                    kind,
                    wire: Wire::None,
                    backing: Backing::None,
                });
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), ConvertError> {
        self.made += 1;
        if self.made > MOST_SLOTS {
            return Err(ConvertError::TooLarge {
                what: "widgets shown on subgraphs",
                limit: MOST_SLOTS,
            });
        }
        Ok(())
    }
}

/// Whether the editor lets one slot lead to both widgets.
fn alike(one: &Kind, other: &Kind) -> bool {
    let limits = |kind: &Kind| match *kind {
        Kind::Integer { min, max, step } => Some((min, max, step)),
        Kind::Float {
            min, max, digits, ..
        } => Some((min, max, f64::from(digits))),
        _ => None,
    };
    discriminant(one) == discriminant(other) && limits(one) == limits(other)
}
