//! `get_node_info`: what a node class takes and gives, in short.

use super::list_nodes::no_such_class;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::tool::{Effect, Tool};
use comfyctl_workflow::definitions::InputSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Most choices of an input that are shown.
const CHOICES: usize = 40;

pub(super) struct GetNodeInfo;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    node_class: String,
    connection: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the words of ComfyUI")]
pub(super) struct Output {
    node_class: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    required: Map<String, Value>,
    optional: Map<String, Value>,
    outputs: Vec<Value>,
    output_node: bool,
}

impl Tool for GetNodeInfo {
    const NAME: &'static str = "get_node_info";
    const DESCRIPTION: &'static str =
        "Inputs (type, default, range, choices) and outputs of a node class.";
    const EFFECT: Effect = Effect::Reads;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let server = call.server(input.connection.as_deref())?;
        let client = server.client();
        let class = input.node_class;
        let Some(definition) = client.definition(&class).await? else {
            return Err(no_such_class(&class, &server, &call).await);
        };
        let inputs = |group: &indexmap::IndexMap<String, InputSpec>| {
            let short = |(name, spec): (&String, &InputSpec)| (name.clone(), short(spec));
            group.iter().map(short).collect()
        };
        Ok(Answer::from(Output {
            node_class: class,
            title: definition.display_name,
            description: definition.description.filter(|text| !text.is_empty()),
            required: inputs(&definition.input.required),
            optional: inputs(&definition.input.optional),
            outputs: definition.output,
            output_node: definition.output_node,
        }))
    }
}

/// Type, default, range and choices; a list of choices is cut where it is long.
fn short(spec: &InputSpec) -> Value {
    let mut view = json!({});
    match spec.choices() {
        Some(choices) => {
            view["choices"] = choices.iter().take(CHOICES).cloned().collect();
            if choices.len() > CHOICES {
                view["choices_in_all"] = choices.len().into();
            }
        }
        None => view["type"] = spec.type_name().into(),
    }
    for name in ["default", "min", "max", "step", "tooltip"] {
        if let Some(value) = spec.option(name) {
            view[name] = value.clone();
        }
    }
    view
}
