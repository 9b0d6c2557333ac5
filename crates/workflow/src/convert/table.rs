//! Links that no slot names: the newer editor believes the table of links, and goes by the number of
//! the slot in it.

use super::load::LoadedGraph;
use super::scene::Graph;
use super::slots::{Backing, Slot, Wire};
use crate::ui::{Key, UiLink};
use std::collections::HashSet;

/// Attaches such links, and those whose own slot went with the option of a dynamic combo. Gives the
/// node and slot of each.
pub(super) fn attach<'a>(graph: &Graph<'a>, loaded: &mut LoadedGraph<'a>) -> Vec<(u32, &'a str)> {
    let mut attached = Vec::new();
    let led =
        |(link, target): (&UiLink<'_>, &Option<_>)| target.is_some() || link.target == Key::OUTPUTS;
    if graph.links.iter().zip(&loaded.targets).all(led) {
        return attached;
    }
    let named = named(graph, loaded);
    for ((link, target), link_at) in graph.links.iter().zip(&mut loaded.targets).zip(0u32..) {
        let node = graph.by_id.get(&link.target).copied();
        let (Some(node), false) = (node, named.contains(&link.id)) else {
            continue;
        };
        let slot = loaded.nodes[node as usize].slots.get_mut(link.target_slot);
        if let (Some(slot), Ok(slot_at)) = (slot.filter(takes), u32::try_from(link.target_slot)) {
            slot.wire = Wire::Link(link_at);
            *target = Some((node, slot_at));
            attached.push((node, slot.name));
        }
    }
    attached
}

/// Links that a slot of the file names, and that has its place.
fn named<'a>(graph: &Graph<'a>, loaded: &LoadedGraph<'a>) -> HashSet<Key<'a>> {
    let slots = graph.nodes.iter().flat_map(|node| node.file.inputs());
    let mut named: HashSet<Key<'a>> = slots.filter_map(|slot| slot.link()).collect();
    for stray in loaded.nodes.iter().flat_map(|node| &node.stray) {
        named.remove(&graph.links[*stray as usize].id);
    }
    named
}

/// The slot of a dynamic combo is made anew when its value is set, and then has no link.
fn takes(slot: &&mut Slot<'_>) -> bool {
    slot.wire == Wire::None && slot.backing != Backing::DynamicCombo
}
