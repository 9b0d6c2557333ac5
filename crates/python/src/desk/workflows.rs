//! Saved workflows for the routes: those of the settings' folder, and those that the editor of this
//! ComfyUI saved. Names are checked by the library, so that none leads out of it.

use super::jobs::bad;
use super::office::Office;
use crate::call::Answer;
use crate::error::{Failure, SWITCHED_OFF};
use comfyctl_manager::{
    Editor, Error, ErrorKind, KnownNodes, Library, Manager, Workflow, WorkflowName,
};
use comfyctl_workflow::convert::SeedMode;
use comfyctl_workflow::ui::UiWorkflow;
use comfyctl_workflow::{Analysis, Document, Output, Parameter, ParameterKind, Prompt, ValueType};
use serde_json::{Value, json};

pub(super) async fn list(office: &Office) -> Result<Answer, Failure> {
    let manager = office.manager();
    if !manager.settings().api().enable_workflow_list {
        return Err(disabled("api.enable_workflow_list"));
    }
    let mut workflows = Vec::new();
    for (source, library) in libraries(office, &manager)? {
        let found = match library.list().await {
            Ok(found) => found,
            // Before its first workflow is saved, the editor has no folder for them.
            Err(_) if source == "user" => continue,
            Err(error) => return Err(error.into()),
        };
        workflows.extend(found.into_iter().map(|saved| {
            json!({
                "name": saved.name,
                "path": saved.reference().to_string(),
                "source": source,
                "size": saved.size,
                "modified": saved.modified.map(|time| time.to_string()),
            })
        }));
    }
    Answer::json(&json!({ "success": true, "count": workflows.len(), "workflows": workflows }))
}

pub(super) async fn one(office: &Office, name: &str) -> Result<Answer, Failure> {
    let bytes = read(office, name).await?;
    let workflow: Value = serde_json::from_slice(&bytes)
        .map_err(|error| bad(format!("workflow `{name}` is not JSON: {error}")))?;
    Answer::json(&json!({ "success": true, "name": name, "workflow": workflow }))
}

pub(super) async fn analyze(
    office: &Office,
    name: &str,
    document: Option<&[u8]>,
) -> Result<Answer, Failure> {
    let workflow = match document {
        Some(given) => Workflow::from_reader(given, name)?,
        None => Workflow::from_reader(&read(office, name).await?[..], name)?,
    };
    let (prompt, known) = prompt_of(office, workflow.document).await?;
    let analysis = Analysis::of(&prompt, known.as_ref().map(|known| &known.definitions));
    Answer::json(
        &json!({ "success": true, "name": name, "analysis": describe(&prompt, &analysis) }),
    )
}

/// A saved workflow: of the folder first, then of the editor.
pub(super) async fn read(office: &Office, name: &str) -> Result<Vec<u8>, Failure> {
    let manager = office.manager();
    if !manager.settings().api().enable_workflow_list {
        return Err(disabled("api.enable_workflow_list"));
    }
    name.parse::<WorkflowName>()
        .map_err(|error| bad(error.to_string()))?;
    for (_, library) in libraries(office, &manager)? {
        if let Some(bytes) = library.read(name).await? {
            return Ok(bytes);
        }
    }
    let (name, nearest) = (name.to_owned(), None);
    Err(ErrorKind::NoSuchWorkflow { name, nearest }.into())
}

/// A setting keeps the route from answering.
pub(super) fn disabled(setting: &str) -> Failure {
    Failure::Refused {
        code: SWITCHED_OFF,
        message: format!("this is switched off by `{setting}`"),
        hint: format!("set `{setting}` to true in the settings"),
    }
}

/// With the words of version 2.0.0 for where they are.
fn libraries(office: &Office, manager: &Manager) -> Result<[(&'static str, Library); 2], Error> {
    let server = manager.server(&office.own(manager.settings()))?;
    Ok([
        ("default", manager.library()),
        ("user", Library::Server(server.client().clone())),
    ])
}

async fn prompt_of(
    office: &Office,
    document: Document,
) -> Result<(Prompt, Option<KnownNodes>), Failure> {
    let manager = office.manager();
    let server = manager.server(&office.own(manager.settings()))?;
    match document {
        Document::Prompt(prompt) => {
            let classes = prompt.nodes().map(|(_, node)| node.class_type()).collect();
            let known = manager.known_nodes(&server, classes).await.ok();
            Ok((prompt, known))
        }
        Document::Ui(fields) => {
            let workflow = UiWorkflow::from_value(Value::Object(fields))
                .map_err(|_| Error::from(ErrorKind::UiFormat))?;
            let known = manager.known_nodes(&server, workflow.classes()).await?;
            let editor = Editor::new(&known.definitions, known.dialect, SeedMode::Saved);
            let prompt = editor.with_texts_as_saved().convert(&workflow)?.prompt;
            Ok((prompt, Some(known)))
        }
    }
}

fn describe(prompt: &Prompt, analysis: &Analysis) -> Value {
    let title = |node: &str| {
        prompt
            .node(node)
            .and_then(|node| node.title().map(str::to_owned))
    };
    let class = |node: &str| prompt.node(node).map(|node| node.class_type().to_owned());
    let input = |parameter: &Parameter| {
        let target = parameter.targets.first();
        let node = target
            .map(|target| target.node.to_string())
            .unwrap_or_default();
        json!({
            "node_id": node,
            "node_title": title(&node),
            "node_type": class(&node),
            "input_name": target.map(|target| &target.input),
            "input_type": input_type(parameter),
            "current_value": parameter.value,
            "description": parameter.description,
            "required": parameter.required,
        })
    };
    let output = |output: &Output| {
        json!({
            "node_id": output.node,
            "node_title": output.title,
            "node_type": output.class,
            "output_type": output.kind,
            "description": output.title.as_ref().unwrap_or(&output.class),
        })
    };
    let inputs: Vec<_> = analysis.parameters.iter().map(input).collect();
    let outputs: Vec<_> = analysis.outputs.iter().map(output).collect();
    let has = |kind: &str| inputs.iter().any(|input| input["input_type"] == kind);
    json!({
        "has_image_input": has("image"),
        "has_text_input": has("text"),
        "produces_image": outputs.iter().any(|output| output["output_type"] == "image"),
        "node_count": prompt.len(),
        "inputs": inputs,
        "outputs": outputs,
    })
}

/// The words of version 2.0.0.
fn input_type(parameter: &Parameter) -> &'static str {
    match (parameter.kind, parameter.value_type) {
        (ParameterKind::Text, _) => "text",
        (ParameterKind::Seed, _) => "seed",
        (ParameterKind::Model, _) => "model",
        (ParameterKind::Image, _) => "image",
        (_, ValueType::Integer | ValueType::Number) => "number",
        (_, ValueType::Boolean) => "boolean",
        (_, ValueType::String | ValueType::Any) => "string",
    }
}
