//! Where the newer editor hangs links: it believes the table of links, and goes by the number of the
//! slot in it for links that no slot of their node names.

use super::load::LoadedGraph;
use super::scene::Graph;
use super::slots::{Backing, Slot, Wire};
use crate::ui::{Key, UiLink};
use std::collections::HashSet;

/// Attaches links that no slot names or whose own slot is gone, and takes down what hangs elsewhere
/// than in the table. Gives the node and slot of each that is attached.
pub(super) fn attach<'a>(graph: &Graph<'a>, loaded: &mut LoadedGraph<'a>) -> Vec<(u32, &'a str)> {
    let mut attached = Vec::new();
    if agree(graph, loaded) {
        return attached;
    }
    take_down(graph, loaded);
    let named = named(graph, loaded);
    for ((link, target), link_at) in graph.links.iter().zip(&mut loaded.targets).zip(0u32..) {
        let counts = graph.by_link.get(&link.id) == Some(&link_at);
        let node = graph.by_id.get(&link.target).copied();
        let (Some(node), true, false) = (node, counts, named.contains(&link_at)) else {
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

/// Whether each link hangs on one slot, and that of the node which the table says.
fn agree(graph: &Graph<'_>, loaded: &LoadedGraph<'_>) -> bool {
    let right = |(link, target): (&UiLink<'_>, &Option<(u32, u32)>)| match target {
        Some((node, _)) => graph.by_id.get(&link.target) == Some(node),
        None => link.target == Key::OUTPUTS,
    };
    let slots = loaded.nodes.iter().flat_map(|node| &node.slots);
    let hanging = slots.filter(|slot| matches!(slot.wire, Wire::Link(_)));
    graph.links.iter().zip(&loaded.targets).all(right)
        && hanging.count() == loaded.targets.iter().flatten().count()
}

/// Takes links from the slots of other nodes, and from all slots of their own but one: the slot of
/// the table, if it is one of them.
fn take_down(graph: &Graph<'_>, loaded: &mut LoadedGraph<'_>) {
    loaded.targets.fill(None);
    for (node, node_at) in loaded.nodes.iter_mut().zip(0u32..) {
        let mut wired: Vec<(u32, u32)> = node.slots.iter().zip(0..).filter_map(linked).collect();
        wired.sort_by_key(|(slot, link)| graph.links[*link as usize].target_slot != *slot as usize);
        for (slot, link) in wired {
            let target = &mut loaded.targets[link as usize];
            let its_own = graph.by_id.get(&graph.links[link as usize].target) == Some(&node_at);
            if its_own && target.is_none() {
                *target = Some((node_at, slot));
            } else {
                node.slots[slot as usize].wire = Wire::None;
            }
        }
    }
}

fn linked((slot, at): (&Slot<'_>, u32)) -> Option<(u32, u32)> {
    match slot.wire {
        Wire::Link(link) => Some((at, link)),
        Wire::None | Wire::Missing => None,
    }
}

/// Links that a slot of their node names and that has its place.
fn named(graph: &Graph<'_>, loaded: &LoadedGraph<'_>) -> HashSet<u32> {
    let mut named = HashSet::new();
    for (node, node_at) in graph.nodes.iter().zip(0u32..) {
        let links = node.file.inputs().filter_map(|slot| slot.link());
        for &at in links.filter_map(|id| graph.by_link.get(&id)) {
            if graph.by_id.get(&graph.links[at as usize].target) == Some(&node_at) {
                named.insert(at);
            }
        }
    }
    for stray in loaded.nodes.iter().flat_map(|node| &node.stray) {
        named.remove(stray);
    }
    named
}

/// The slot of a dynamic combo is made anew when its value is set, and then has no link.
fn takes(slot: &&mut Slot<'_>) -> bool {
    slot.wire == Wire::None && slot.backing != Backing::DynamicCombo
}
