//! What an operation did besides what it was asked for.

use crate::arguments::Operation;
use crate::context::Context;
use comfyctl_workflow::edit::{Bypassed, Replaced};
use comfyctl_workflow::{InputAddress, NodeId};
use serde::Serialize;

/// What an operation did.
#[derive(Debug, Default, Serialize)]
pub(super) struct Effect {
    operation: &'static str,
    node: String,
    /// Inputs of other nodes that take something else now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rewired: Vec<String>,
    /// Inputs of other nodes that have no link any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unlinked: Vec<String>,
    /// Inputs of other nodes that take another output of the node.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    moved: Vec<String>,
    /// Inputs that the node does not have any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dropped: Vec<String>,
    /// Inputs of the node that have the class's default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    defaulted: Vec<String>,
}

impl Effect {
    pub(super) fn of(node: &NodeId) -> Self {
        Self {
            node: node.to_string(),
            ..Self::default()
        }
    }

    pub(super) fn by(self, operation: &Operation) -> Self {
        Self {
            operation: operation.name(),
            ..self
        }
    }

    pub(super) fn of_bypass(node: &NodeId, bypassed: &Bypassed) -> Self {
        Self {
            rewired: named(&bypassed.rewired),
            unlinked: named(&bypassed.unlinked),
            ..Self::of(node)
        }
    }

    pub(super) fn of_mute(node: &NodeId, unlinked: &[InputAddress]) -> Self {
        Self {
            unlinked: named(unlinked),
            ..Self::of(node)
        }
    }

    pub(super) fn of_replacement(node: &NodeId, replaced: Replaced) -> Self {
        Self {
            moved: named(&replaced.moved),
            unlinked: named(&replaced.unlinked),
            dropped: replaced.dropped,
            defaulted: replaced.defaulted,
            ..Self::of(node)
        }
    }
}

/// Says what else an operation changed.
pub(super) fn tell(effect: &Effect, context: &Context) {
    let told = [
        (&effect.rewired, "passed on to"),
        (&effect.unlinked, "no longer linked"),
        (&effect.moved, "linked to another output"),
        (&effect.dropped, "dropped"),
        (&effect.defaulted, "set to the default"),
    ];
    for (inputs, what) in told.iter().filter(|(inputs, _)| !inputs.is_empty()) {
        let Effect {
            operation, node, ..
        } = effect;
        let inputs = inputs.join(", ");
        context
            .printer
            .note(format_args!("{operation} {node}: {what}: {inputs}"));
    }
}

fn named(inputs: &[InputAddress]) -> Vec<String> {
    let named = |address: &InputAddress| format!("{}.{}", address.node, address.input);
    inputs.iter().map(named).collect()
}
