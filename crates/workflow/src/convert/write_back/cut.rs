//! Which links go because a value was set in their place.
//!
//! A widget that is linked shows the value of the other node, so the value that ran can show only
//! when the link is gone.

use super::super::Loaded;
use super::super::error::ConvertError;
use super::super::resolve::{Resolver, Source};
use super::super::scene::{Place, Role};
use super::super::slots::{Backing, Wire};
use crate::node::{Link, Node};
use crate::prompt::Prompt;

/// Those links: each by its graph, and its place in the list of that.
pub(super) fn replaced_links(
    loaded: &Loaded<'_>,
    wanted: &Prompt,
) -> Result<Vec<(usize, usize)>, ConvertError> {
    let mut resolver = Resolver::new(loaded);
    let mut links = Vec::new();
    for &place in &loaded.scene.emitted {
        if let Some(node) = wanted.node(&loaded.scene.prompt_id(place)) {
            of_node(loaded, &mut resolver, (place, node), &mut links)?;
        }
    }
    Ok(links)
}

fn of_node(
    loaded: &Loaded<'_>,
    resolver: &mut Resolver<'_, '_>,
    (place, node): (Place, &Node),
    links: &mut Vec<(usize, usize)>,
) -> Result<(), ConvertError> {
    let scene = &loaded.scene;
    let graph = scene.instances[place.instance as usize].graph;
    // What one instance of a subgraph is set to is not what the others are to have.
    let is_shared = scene.instances.iter().filter(|each| each.graph == graph);
    if is_shared.count() > 1 || !matches!(scene.node(place).role, Role::Class(_)) {
        return Ok(());
    }
    let slots = &loaded.graphs[graph as usize].nodes[place.node as usize].slots;
    for (at, slot) in slots.iter().enumerate() {
        let (Wire::Link(link), true) = (slot.wire, slot.backing != Backing::None) else {
            continue;
        };
        let is_set = |value| Link::from_value(value).is_none();
        if node.input(slot.name).is_some_and(is_set)
            && let Source::Output { .. } = resolver.resolve(place, at, &mut Vec::new())?
        {
            links.push((graph as usize, link as usize));
        }
    }
    Ok(())
}
