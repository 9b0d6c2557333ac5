//! The links of the workflow.

use super::draft::{ANY, Draft};
use super::guess::MOST_OUTPUTS;
use crate::graph;
use crate::node::Link;
use serde_json::Value;
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
/// Links from nothing are left out. The slots of widgets that are not linked go: the editor does
/// not save them.
pub(super) fn connect<'a>(drafts: &mut [Draft<'a>]) -> Vec<UiLink<'a>> {
    let ids = drafts.iter().map(|draft| draft.prompt_id.as_str());
    let places: HashMap<&str, usize> = ids.zip(0..).collect();
    let mut links = Vec::new();
    for target in 0..drafts.len() {
        let node = drafts[target].node;
        let slots = std::mem::take(&mut drafts[target].inputs);
        let mut kept = Vec::with_capacity(slots.len());
        for mut slot in slots {
            let value = node.input(slot.name);
            if let Some((origin, origin_slot)) = value.and_then(|value| origin(value, &places)) {
                let id = links.len() + 1;
                slot.link = Some(id);
                links.push(UiLink {
                    id,
                    origin,
                    origin_slot,
                    target,
                    target_slot: kept.len(),
                    kind: leave(&mut drafts[origin], origin_slot, id, slot.kind),
                });
                kept.push(slot);
            } else if !slot.is_widget {
                kept.push(slot);
            }
        }
        drafts[target].inputs = kept;
    }
    links
}

/// Place and output slot of the node that a link comes from.
fn origin(value: &Value, places: &HashMap<&str, usize>) -> Option<(usize, usize)> {
    let source = Link::from_value(value)?.node;
    let slot = graph::slot(value).filter(|slot| *slot < MOST_OUTPUTS)?;
    Some((*places.get(source)?, slot))
}

/// Enters a link into an output. Gives its type: that of the output, unless that leaves it open.
fn leave<'a>(origin: &mut Draft<'a>, slot: usize, link: usize, input: &'a str) -> &'a str {
    let open = |kind: &str| kind == ANY || kind.contains(',');
    origin.have_outputs(slot + 1);
    let output = &mut origin.outputs[slot];
    output.links.push(link);
    if open(output.kind) && !open(input) {
        input
    } else {
        output.kind
    }
}
