//! `comfyctl workflow edit`: changes to the nodes and links of a workflow, one after the other.

mod effect;
mod in_editor;

use super::workflow_set::{refused, typed_value, unselected};
use super::workflow_source;
use crate::arguments::{EditArguments, Operation};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::graph::Graph;
use comfyctl_manager::Code;
use comfyctl_workflow::edit::{Consumers, Draft, NewNode};
use comfyctl_workflow::{
    Analysis, Definitions, InputAddress, Node, NodeId, Override, Prompt, Selector,
};
use effect::{Effect, tell};
use serde_json::{Value, json};

pub(crate) async fn run(
    arguments: EditArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let EditArguments {
        file,
        operations,
        output,
        definitions,
    } = arguments;
    output.refuse_in_place(&file)?;
    let source = workflow_source::read(&file, &definitions, context).await?;
    let definitions = source.definitions.as_ref();
    let (changed, effects) = if let Some(editable) = &source.editable {
        let edited = in_editor::edit(&operations.0, source.prompt, editable, definitions)?;
        (Graph::Workflow(edited.0), edited.1)
    } else {
        let edited = edit(&operations.0, &source.prompt, definitions)?;
        (Graph::Prompt(edited.0), edited.1)
    };
    for effect in &effects {
        tell(effect, context);
    }
    output.put(&file, &changed, json!(effects), context)?;
    workflow_source::hint_at_definitions(definitions, context);
    Ok(ExitStatus::Success)
}

fn edit(
    operations: &[Operation],
    prompt: &Prompt,
    definitions: Option<&Definitions>,
) -> Result<(Prompt, Vec<Effect>), Failure> {
    let mut draft = Draft::of(prompt);
    let mut effects = Vec::new();
    for operation in operations {
        // Selectors mean the workflow as the operations before have left it.
        let edit = Edit {
            prompt: draft.clone().finish().map_err(refused)?,
            draft: &mut draft,
            definitions,
        };
        effects.push(edit.apply(operation)?.by(operation));
    }
    Ok((draft.finish().map_err(refused)?, effects))
}

/// One operation on a draft.
struct Edit<'e> {
    /// The draft so far, for selectors.
    prompt: Prompt,
    draft: &'e mut Draft,
    definitions: Option<&'e Definitions>,
}

impl Edit<'_> {
    fn apply(self, operation: &Operation) -> Result<Effect, Failure> {
        let changed = match operation {
            Operation::Set(change) => {
                let (input, value) = typed(change, &self.prompt, self.definitions)?;
                self.draft.set(&input, value).map_err(refused)?;
                input
            }
            Operation::Unset(selector) => {
                let input = self.input(selector)?;
                self.draft.unset(&input).map_err(refused)?;
                input
            }
            Operation::Connect(output, selector) => {
                let (output, input) = (self.input(output)?, self.input(selector)?);
                let slot = slot(&output, &self.prompt, self.definitions)?;
                let source = output.node.as_str();
                let connected = self.draft.connect(source, slot, &input, self.definitions);
                connected.map_err(refused)?;
                input
            }
            Operation::Disconnect(selector) => {
                let input = self.input(selector)?;
                self.draft.disconnect(&input).map_err(refused)?;
                input
            }
            Operation::Add(id, class) => {
                let new = NewNode {
                    id: id.as_deref().map(NodeId::from),
                    ..NewNode::of_class(class)
                };
                return Ok(Effect::of(&self.draft.add(new).map_err(refused)?));
            }
            Operation::Bypass(node)
            | Operation::Mute(node)
            | Operation::Replace(node, _)
            | Operation::Remove(node) => {
                let node = node.resolve(&self.prompt).map_err(unselected)?;
                return self.apply_to_node(operation, &node);
            }
        };
        Ok(Effect::of(&changed.node))
    }

    fn apply_to_node(self, operation: &Operation, node: &NodeId) -> Result<Effect, Failure> {
        let (draft, id) = (self.draft, node.as_str());
        Ok(match operation {
            Operation::Bypass(_) => {
                let definitions = self.definitions.ok_or_else(needs_definitions)?;
                Effect::of_bypass(node, &draft.bypass(id, definitions).map_err(refused)?)
            }
            Operation::Mute(_) => Effect::of_mute(node, &draft.mute(id).map_err(refused)?),
            Operation::Replace(_, class) => {
                let replaced = draft.replace_class(id, class, self.definitions);
                Effect::of_replacement(node, replaced.map_err(refused)?)
            }
            _ => {
                draft.remove(id, Consumers::Refuse).map_err(refused)?;
                Effect::of(node)
            }
        })
    }

    fn input(&self, selector: &Selector) -> Result<InputAddress, Failure> {
        selector.resolve(&self.prompt).map_err(unselected)
    }
}

fn typed(
    change: &Override,
    prompt: &Prompt,
    definitions: Option<&Definitions>,
) -> Result<(InputAddress, Value), Failure> {
    let address = change.selector.resolve(prompt).map_err(unselected)?;
    let parameters = Analysis::of(prompt, definitions).parameters;
    let value = typed_value(prompt, &parameters, &address, &change.typed, definitions)?;
    Ok((address, value))
}

/// The number of an output that is given by its number or its name.
fn slot(
    output: &InputAddress,
    prompt: &Prompt,
    definitions: Option<&Definitions>,
) -> Result<usize, Failure> {
    let name = output.input.as_str();
    if let Ok(slot) = name.parse() {
        return Ok(slot);
    }
    let definitions = definitions.ok_or_else(needs_definitions)?;
    let class = prompt.node(output.node.as_str()).map(Node::class_type);
    let class = class.unwrap_or_default();
    let definition = definitions.get(class).and_then(Result::ok);
    let names = definition
        .map(|known| known.output_name)
        .unwrap_or_default();
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    names
        .iter()
        .position(|known| *known == name)
        .ok_or_else(|| {
            let message = format!("node `{}` ({class}) has no output `{name}`", output.node);
            let hint = (!names.is_empty()).then(|| format!("it has: {}", names.join(", ")));
            Failure::new(Code::InvalidOverride, message, hint)
        })
}

fn needs_definitions() -> Failure {
    let message = "inputs and outputs of node classes have to be known for that";
    let hint = "name a server with --url, or give --object-info".to_owned();
    Failure::new(Code::InvalidOverride, message, Some(hint))
}
