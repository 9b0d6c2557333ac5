//! Holds what the changed graph gives against what was wanted.

use super::super::warning::{Code, MOST_WARNINGS, Warning, short};
use super::survey::Survey;
use crate::node::{Link, Node, NodeId};
use crate::prompt::{InputAddress, Prompt};
use serde_json::Value;

/// The prompt to send: what was asked for stays, all else is as the changed graph has it. A warning
/// for each input that the graph does not give as asked for.
pub(super) fn settle(wanted: Prompt, again: &Prompt, survey: &Survey) -> (Prompt, Vec<Warning>) {
    let mut warnings = Vec::new();
    let mut follows = Vec::new();
    for (id, node) in wanted.nodes() {
        let Some(given) = again.node(id.as_str()) else {
            let message = "the editor's graph has no such node";
            warnings.push(Warning::of_node(Code::NotWrittenBack, id, message));
            continue;
        };
        for input in inputs(node, given) {
            let (want, gets) = (node.input(input), given.input(input));
            if want == gets {
                continue;
            }
            // A link of an option that is no more may come out at another input.
            let relinked = gets.is_some_and(|value| Link::from_value(value).is_some());
            if relinked || survey.is_asked_for(id, input, want.is_some()) {
                let reason = survey
                    .reason(id, input)
                    .map_or_else(|| other(gets), str::to_owned);
                warnings.push(remark(id, input, &reason));
            } else {
                let address = InputAddress {
                    node: id.clone(),
                    input: input.to_owned(),
                };
                follows.push((address, gets.cloned()));
            }
        }
    }
    warnings.truncate(MOST_WARNINGS);
    let mut settled = wanted;
    for (address, value) in follows {
        match value {
            Some(value) => drop(settled.set(&address, value)),
            None => settled.unset(&address),
        }
    }
    (settled, warnings)
}

/// The inputs of either node.
fn inputs<'n>(node: &'n Node, given: &'n Node) -> impl Iterator<Item = &'n str> {
    let more = given
        .inputs()
        .filter(|(name, _)| node.input(name).is_none());
    node.inputs().chain(more).map(|(name, _)| name)
}

fn other(gets: Option<&Value>) -> String {
    match gets {
        Some(value) => format!("the editor makes {} of it", short(value)),
        None => "the node has no widget for it".to_owned(),
    }
}

fn remark(id: &NodeId, input: &str, reason: &str) -> Warning {
    let message = format!("the editor's graph cannot hold its value: {reason}");
    Warning::of_input(Code::NotWrittenBack, id, input, message)
}
