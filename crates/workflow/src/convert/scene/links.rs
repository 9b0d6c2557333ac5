//! Which link an id names.

use super::LinkIndex;
use crate::ui::{Key, UiGraph, UiNode};
use std::cell::LazyCell;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// Of links with the same id, the last one counts.
pub(super) fn index<'a>(graph: &UiGraph<'a>) -> LinkIndex<'a> {
    graph.links().iter().map(|link| link.id).zip(0..).collect()
}

/// The newer editor keeps one of the links that the table leads to the same input, and takes the
/// ids of the others for it: the first one, unless an input names another and not the first.
pub(super) fn index_of_one_per_input<'a>(graph: &UiGraph<'a>) -> LinkIndex<'a> {
    let links = graph.links();
    let named = LazyCell::new(|| -> HashSet<Key<'a>> {
        let slots = graph.nodes().iter().flat_map(UiNode::inputs);
        slots.filter_map(|slot| slot.link()).collect()
    });
    let mut kept: HashMap<(Key<'a>, usize), u32> = HashMap::with_capacity(links.len());
    for (link, at) in links.iter().zip(0..) {
        match kept.entry((link.target, link.target_slot)) {
            Entry::Vacant(free) => {
                free.insert(at);
            }
            Entry::Occupied(mut taken) => {
                let first = &links[*taken.get() as usize];
                let twice = first.origin == link.origin;
                if !twice && named.contains(&link.id) && !named.contains(&first.id) {
                    taken.insert(at);
                }
            }
        }
    }
    let places = links.iter().map(|link| (link.target, link.target_slot));
    let ids = links.iter().map(|link| link.id);
    ids.zip(places.map(|place| kept[&place])).collect()
}
