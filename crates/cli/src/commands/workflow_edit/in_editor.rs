//! Changes to what the editor saves, in its own format.

use super::super::workflow_set::{unselected, write_back};
use super::effect::Effect;
use super::typed;
use crate::arguments::Operation;
use crate::failure::Failure;
use crate::graph::Editable;
use comfyctl_manager::Code;
use comfyctl_workflow::convert::ModeError;
use comfyctl_workflow::ui::{Mode, UiWorkflow};
use comfyctl_workflow::{Definitions, NodeId, NodeSelector, Prompt, SelectorError};

/// What the editor saved stays in its format: values go into widgets, and nodes are switched.
pub(super) fn edit(
    operations: &[Operation],
    mut prompt: Prompt,
    editable: &Editable,
    definitions: Option<&Definitions>,
) -> Result<(UiWorkflow, Vec<Effect>), Failure> {
    let (mut switched, mut effects) = (Vec::new(), Vec::new());
    for operation in operations {
        let node = match operation {
            Operation::Set(change) => {
                let (address, value) = typed(change, &prompt, definitions)?;
                prompt.set(&address, value);
                address.node
            }
            Operation::Bypass(selector) => {
                let node = node_of_editor(selector, &prompt)?;
                switched.push((node.clone(), Mode::Bypassed));
                node
            }
            Operation::Mute(selector) => {
                let node = node_of_editor(selector, &prompt)?;
                switched.push((node.clone(), Mode::Muted));
                node
            }
            other => return Err(prompts_only(other)),
        };
        effects.push(Effect::of(&node).by(operation));
    }
    let mut workflow = write_back(editable, prompt)?;
    for (node, mode) in switched {
        workflow = switch(editable, &workflow, &node, mode)?;
    }
    Ok((workflow, effects))
}

/// Nodes that stand for subgraphs are not in the prompt, and are named by their ids.
fn node_of_editor(selector: &NodeSelector, prompt: &Prompt) -> Result<NodeId, Failure> {
    match selector.resolve(prompt) {
        Err(SelectorError::NoNode { selector: id, .. }) => Ok(NodeId::new(id)),
        resolved => resolved.map_err(unselected),
    }
}

fn switch(
    editable: &Editable,
    workflow: &UiWorkflow,
    node: &NodeId,
    mode: Mode,
) -> Result<UiWorkflow, Failure> {
    let switched = editable.editor.set_mode(workflow, node, mode);
    switched.map_err(|error| {
        let hint = match error {
            ModeError::NoNode(_) => Some("`comfyctl workflow show` lists the nodes".to_owned()),
            _ => None,
        };
        Failure::new(Code::InvalidOverride, error.to_string(), hint)
    })
}

fn prompts_only(operation: &Operation) -> Failure {
    let message = format!(
        "--{} changes prompts, and the file is in the format that the editor saves",
        operation.name()
    );
    let hint = "make a prompt of it with `comfyctl workflow convert`; with `--to ui` the changed \
        prompt becomes a workflow again"
        .to_owned();
    Failure::new(Code::UnsupportedWorkflow, message, Some(hint))
}
