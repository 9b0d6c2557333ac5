//! `edit_workflow`: changes to values, links and nodes of a workflow, without sending it back and
//! forth whole.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::graph::Graph;
use crate::json_text::WorkflowText;
use crate::tool::{Effect, Tool};
use crate::workflow_source;
use comfyctl_manager::{Code, Error, WorkflowName};
use comfyctl_workflow::edit::{Consumers, Draft, EditError, NewNode};
use comfyctl_workflow::{Definitions, InputAddress, Node, NodeId, NodeSelector, Prompt, Selector};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(super) struct EditWorkflow;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    workflow_json: WorkflowText,
    operations: Vec<Operation>,
    /// Saves it under that name instead of giving it back.
    save_as: Option<String>,
    #[serde(default)]
    replace: bool,
    connection: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct Operation {
    op: Verb,
    /// NODE.INPUT or NODE (id, title or class); of add, the new id.
    #[serde(default)]
    at: String,
    /// Of set, the value; of connect, NODE.OUTPUT; of add and replace, the class.
    #[serde(default)]
    value: Value,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Verb {
    Set,
    Unset,
    Connect,
    Disconnect,
    Add,
    Remove,
    Replace,
    Bypass,
    Mute,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// In API format.
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The node that each operation was about.
    nodes: Vec<String>,
}

impl Tool for EditWorkflow {
    const NAME: &'static str = "edit_workflow";
    const DESCRIPTION: &'static str = "Change values, links and nodes of a workflow; gives it back \
        in API format, or saves it.";
    const EFFECT: Effect = Effect::Destroys;
    type Input = Input;
    type Output = Output;

    fn question(input: &Input, _: &Call) -> Option<String> {
        let name = input.save_as.as_ref().filter(|_| input.replace)?;
        Some(format!(
            "Replace the saved workflow `{name}`, if there is one?"
        ))
    }

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let connection = input.connection.as_deref();
        let workflow = workflow_source::read(input.workflow_json, connection, &call).await?;
        let graph = Box::pin(Graph::new(workflow.document, connection, &call)).await?;
        let definitions = graph.definitions();
        let (prompt, nodes) = edit(&graph.prompt, &input.operations, definitions)?;
        let fields = match json!(prompt) {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let Some(name) = input.save_as else {
            return Ok(Answer::from(Output {
                workflow: Some(fields),
                path: None,
                nodes,
            }));
        };
        let name: WorkflowName = name
            .parse()
            .map_err(|error| Failure::invalid(format!("`save_as`: {error}")))?;
        let text = format!("{:#}", Value::Object(fields));
        let library = call.manager.library();
        library.save(&name, text.as_bytes(), input.replace).await?;
        Ok(Answer::from(Output {
            workflow: None,
            path: Some(name.to_string()),
            nodes,
        }))
    }
}

/// All operations or none. Selectors mean the workflow as the operations before have left it.
fn edit(
    prompt: &Prompt,
    operations: &[Operation],
    definitions: Option<&Definitions>,
) -> Result<(Prompt, Vec<String>), Failure> {
    let mut draft = Draft::of(prompt);
    let mut nodes = Vec::with_capacity(operations.len());
    for (place, operation) in operations.iter().enumerate() {
        let prompt = draft.clone().finish().map_err(refused)?;
        let step = Step {
            operation,
            prompt: &prompt,
            definitions,
        };
        let node = step.apply(&mut draft).map_err(|failure| Failure {
            message: format!("operation {}: {}", place + 1, failure.message),
            ..failure
        })?;
        nodes.push(node.to_string());
    }
    Ok((draft.finish().map_err(refused)?, nodes))
}

/// One operation.
struct Step<'s> {
    operation: &'s Operation,
    prompt: &'s Prompt,
    definitions: Option<&'s Definitions>,
}

impl Step<'_> {
    fn apply(&self, draft: &mut Draft) -> Result<NodeId, Failure> {
        match self.operation.op {
            Verb::Add => self.add(draft),
            Verb::Remove | Verb::Replace | Verb::Bypass | Verb::Mute => self.on_node(draft),
            _ => self.on_input(draft),
        }
    }

    fn add(&self, draft: &mut Draft) -> Result<NodeId, Failure> {
        let id = Some(self.operation.at.as_str()).filter(|id| !id.is_empty());
        let new = NewNode {
            id: id.map(NodeId::from),
            ..NewNode::of_class(self.text()?)
        };
        draft.add(new).map_err(refused)
    }

    fn on_input(&self, draft: &mut Draft) -> Result<NodeId, Failure> {
        let input = self.address(&self.operation.at)?;
        match self.operation.op {
            Verb::Connect => {
                let output = self.address(self.text()?)?;
                let slot = self.slot(&output)?;
                let source = output.node.as_str();
                draft
                    .connect(source, slot, &input, self.definitions)
                    .map_err(refused)?;
            }
            Verb::Disconnect => drop(draft.disconnect(&input).map_err(refused)?),
            Verb::Unset => drop(draft.unset(&input).map_err(refused)?),
            _ => {
                self.expect_declared(&input)?;
                let value = self.operation.value.clone();
                draft.set(&input, value).map_err(refused)?;
            }
        }
        Ok(input.node)
    }

    /// Fails where the class is known and has no such input: the server would pass over it.
    fn expect_declared(&self, input: &InputAddress) -> Result<(), Failure> {
        let Some(node) = self.prompt.node(input.node.as_str()) else {
            return Ok(());
        };
        let definition = self.definitions.and_then(|all| all.get(node.class_type()));
        let Some(Ok(definition)) = definition.filter(|_| node.input(&input.input).is_none()) else {
            return Ok(());
        };
        // Inputs of dynamic nodes are declared by their first part (`images.image0`).
        let stem = input.input.split('.').next().unwrap_or_default();
        let known: Vec<&str> = definition.input.visible().map(|(name, _)| name).collect();
        if known.contains(&stem) {
            return Ok(());
        }
        let class = node.class_type();
        let message = format!(
            "node `{}` ({class}) has no input `{}`",
            input.node, input.input
        );
        let failure = Failure::new(Code::InvalidOverride.as_str(), message);
        let otherwise = format!("it has: {}", known.join(", "));
        Err(failure.with_nearest(&input.input, known.iter().copied(), &otherwise))
    }

    fn on_node(&self, draft: &mut Draft) -> Result<NodeId, Failure> {
        let selector: NodeSelector = self.operation.at.parse().map_err(Error::from)?;
        let node = selector.resolve(self.prompt).map_err(Error::from)?;
        let id = node.as_str();
        match self.operation.op {
            Verb::Mute => drop(draft.mute(id).map_err(refused)?),
            Verb::Replace => {
                let replaced = draft.replace_class(id, self.text()?, self.definitions);
                drop(replaced.map_err(refused)?);
            }
            Verb::Bypass => {
                let definitions = self.definitions.ok_or_else(unknown_classes)?;
                drop(draft.bypass(id, definitions).map_err(refused)?);
            }
            _ => drop(draft.remove(id, Consumers::Refuse).map_err(refused)?),
        }
        Ok(node)
    }

    fn address(&self, text: &str) -> Result<InputAddress, Failure> {
        let selector: Selector = text.parse().map_err(Error::from)?;
        Ok(selector.resolve(self.prompt).map_err(Error::from)?)
    }

    fn text(&self) -> Result<&str, Failure> {
        let text = self.operation.value.as_str();
        text.ok_or_else(|| Failure::invalid("`value`: a text is expected"))
    }

    /// The number of an output that is given by its number or its name.
    fn slot(&self, output: &InputAddress) -> Result<usize, Failure> {
        let name = output.input.as_str();
        if let Ok(slot) = name.parse() {
            return Ok(slot);
        }
        let definitions = self.definitions.ok_or_else(unknown_classes)?;
        let class = self.prompt.node(output.node.as_str()).map(Node::class_type);
        let definition = definitions.get(class.unwrap_or_default());
        let definition = definition.and_then(Result::ok);
        let names = definition
            .map(|known| known.output_name)
            .unwrap_or_default();
        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
        let slot = names.iter().position(|known| *known == name);
        slot.ok_or_else(|| {
            let message = format!("node `{}` has no output `{name}`", output.node);
            let otherwise = format!("it has: {}", names.join(", "));
            Failure::new(Code::InvalidOverride.as_str(), message).with_nearest(
                name,
                names.iter().copied(),
                &otherwise,
            )
        })
    }
}

fn refused(error: EditError) -> Failure {
    let failure = Failure::new(error.code(), error.to_string());
    match error.hint() {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

fn unknown_classes() -> Failure {
    let message = "the classes of the server have to be known for that";
    Failure::new(Code::InvalidOverride.as_str(), message).with_hint("test_connection says why not")
}
