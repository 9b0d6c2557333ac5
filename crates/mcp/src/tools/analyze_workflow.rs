//! `analyze_workflow`: what can be changed in a workflow, what comes out, and what it needs.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::graph::Graph;
use crate::json_text::WorkflowText;
use crate::page::first_sentence;
use crate::tool::{Effect, Tool};
use crate::workflow_source;
use comfyctl_workflow::{Analysis, Parameter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most choices of an input that are shown.
const OPTIONS: usize = 30;

pub(super) struct AnalyzeWorkflow;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    workflow_json: WorkflowText,
    connection: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    name: String,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
    node_count: usize,
    /// Model files, and whether the server has them.
    models: Vec<Value>,
    missing_nodes: Vec<String>,
    /// What is left open, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Tool for AnalyzeWorkflow {
    const NAME: &'static str = "analyze_workflow";
    const DESCRIPTION: &'static str = "Parameters of a workflow (names that execute_workflow takes \
        in inputs), outputs, models and missing nodes.";
    const EFFECT: Effect = Effect::Reads;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let connection = input.connection.as_deref();
        let workflow = workflow_source::read(input.workflow_json, connection, &call).await?;
        let graph = Box::pin(Graph::new(workflow.document, connection, &call)).await?;
        let definitions = graph.definitions();
        let analysis = Analysis::of(&graph.prompt, definitions);
        let missing = analysis
            .classes
            .iter()
            .filter(|class| class.available == Some(false));
        Ok(Answer::from(Output {
            name: workflow.name.unwrap_or_else(|| "Untitled".to_owned()),
            inputs: analysis.parameters.iter().map(parameter).collect(),
            outputs: analysis.outputs.iter().map(output).collect(),
            node_count: graph.prompt.len(),
            missing_nodes: missing.map(|class| class.class.clone()).collect(),
            models: analysis.models.iter().map(model).collect(),
            note: graph.note(),
        }))
    }
}

fn parameter(parameter: &Parameter) -> Value {
    let target = parameter.targets.first();
    let options = parameter.choices.as_deref().unwrap_or_default();
    let mut view = json!({
        "name": parameter.name,
        "node_id": target.map(|target| &target.node),
        "input_name": target.map(|target| &target.input),
        "input_type": parameter.kind,
        "current_value": parameter.value,
        "description": parameter.description.as_deref().map(first_sentence),
        "required": parameter.required,
        "options": options.iter().take(OPTIONS).collect::<Vec<_>>(),
    });
    if options.len() > OPTIONS {
        view["options_in_all"] = options.len().into();
    }
    for (name, bound) in [
        ("minimum", &parameter.minimum),
        ("maximum", &parameter.maximum),
    ] {
        if let Some(bound) = bound {
            view[name] = bound.clone().into();
        }
    }
    view
}

fn output(output: &comfyctl_workflow::Output) -> Value {
    json!({
        "node_id": output.node,
        "output_type": output.kind,
        "output_name": output.title.as_ref().unwrap_or(&output.class),
    })
}

fn model(model: &comfyctl_workflow::ModelUse) -> Value {
    json!({ "file": model.file, "folder": model.folder, "available": model.available })
}
