//! The links of the workflow.

use super::draft::{ANY, Draft};
use super::guess::MOST_OUTPUTS;
use crate::graph;
use crate::node::Link;
use std::collections::HashMap;

/// A link between nodes, which are given by their places in the list.
pub(super) struct UiLink<'a> {
    /// Its id, from 1.
    pub(super) id: usize,
    pub(super) origin: usize,
    pub(super) origin_slot: usize,
    pub(super) target: usize,
    pub(super) target_slot: usize,
    pub(super) kind: &'a str,
}

/// Makes the links of all inputs that have a slot, and enters them into the slots at both ends.
/// Links from nothing are left out.
pub(super) fn connect<'a>(drafts: &mut [Draft<'a>]) -> Vec<UiLink<'a>> {
    let ids = drafts.iter().map(|draft| draft.prompt_id.as_str());
    let places: HashMap<&str, usize> = ids.zip(0..).collect();
    let mut links = Vec::new();
    for target in 0..drafts.len() {
        let node = drafts[target].node;
        for target_slot in 0..drafts[target].inputs.len() {
            let input = &drafts[target].inputs[target_slot];
            let Some((origin, origin_slot)) = node.input(input.name).and_then(|value| {
                let source = Link::from_value(value)?.node;
                let slot = graph::slot(value).filter(|slot| *slot < MOST_OUTPUTS)?;
                Some((*places.get(source)?, slot))
            }) else {
                continue;
            };
            drafts[origin].have_outputs(origin_slot + 1);
            let id = links.len() + 1;
            let kind = kind(
                drafts[origin].outputs[origin_slot].kind,
                drafts[target].inputs[target_slot].kind,
            );
            drafts[origin].outputs[origin_slot].links.push(id);
            drafts[target].inputs[target_slot].link = Some(id);
            links.push(UiLink {
                id,
                origin,
                origin_slot,
                target,
                target_slot,
                kind,
            });
        }
    }
    links
}

/// The type of a link is that of its output, unless that leaves it open.
fn kind<'a>(output: &'a str, input: &'a str) -> &'a str {
    let open = |kind: &str| kind == ANY || kind.contains(',');
    if open(output) && !open(input) {
        input
    } else {
        output
    }
}
