//! `comfyctl workflow analyze` and `schema`.

use super::workflow_source::{self, Source};
use crate::arguments::{AnalyzeArguments, SchemaArguments};
use crate::context::Context;
use crate::definitions;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::graph::Graph;
use crate::library;
use crate::table;
use comfyctl_manager::JobError;
use comfyctl_workflow::{Analysis, Fingerprint, NodeId, NodePacks, Parameter};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// What is printed with `--json`.
#[derive(Serialize)]
struct Analyzed<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<Fingerprint>,
    #[serde(flatten)]
    analysis: Option<&'a Analysis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packs: Option<&'a NodePacks>,
    /// When the server said what it has, if it is off now.
    #[serde(skip_serializing_if = "Option::is_none")]
    definitions_as_of: Option<Timestamp>,
    /// Why there is no more than the packs.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a JobError>,
}

/// Packs are told even when the workflow cannot be converted: that they are missing is why.
pub(crate) async fn run(
    arguments: AnalyzeArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let graph = Graph::new(library::workflow(&arguments.file, context).await?.document)?;
    let known = definitions::known(&arguments.definitions, graph.classes(), context).await?;
    let definitions = known.as_ref().map(|known| &known.definitions);
    let packs = match &graph {
        Graph::Prompt(_) => None,
        Graph::Workflow(workflow) => Some(NodePacks::of(workflow, definitions)),
    };
    let read = graph.prompt(known.as_ref(), context).map_err(Failure::from);
    let (prompt, failure) = match read {
        Ok(prompt) => (Some(prompt), None),
        Err(failure) if packs.is_some() => (None, Some(failure)),
        Err(failure) => return Err(failure),
    };
    let analysis = prompt
        .as_ref()
        .map(|prompt| Analysis::of(prompt, definitions));
    let analyzed = Analyzed {
        fingerprint: prompt.as_ref().map(Fingerprint::of),
        analysis: analysis.as_ref(),
        packs: packs.as_ref(),
        definitions_as_of: known.as_ref().and_then(|known| known.as_of),
        error: failure.as_ref().map(Failure::error),
    };
    context.printer.result(&analyzed, || text(&analyzed));
    for fault in analysis.iter().flat_map(|analysis| &analysis.faults) {
        context.printer.warning(&fault.message);
    }
    if let Some(failure) = failure {
        context.printer.job_error(failure.error());
        return Ok(failure.exit_status());
    }
    workflow_source::hint_at_definitions(definitions, context);
    Ok(ExitStatus::Success)
}

pub(crate) async fn schema(
    arguments: SchemaArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let Source {
        prompt,
        definitions,
        ..
    } = workflow_source::read(&arguments.file, &arguments.definitions, context).await?;
    let parameters = Analysis::of(&prompt, definitions.as_ref()).parameters;
    let marked = parameters.marked();
    let shown = if arguments.all || marked.is_empty() {
        parameters
    } else {
        marked
    };
    context.printer.json(&shown.json_schema());
    workflow_source::hint_at_definitions(definitions.as_ref(), context);
    Ok(ExitStatus::Success)
}

fn text(analyzed: &Analyzed<'_>) -> String {
    let mut paragraphs = Vec::new();
    if let Some(analysis) = analyzed.analysis {
        paragraphs.extend(paragraphs_of(analysis));
    }
    let needed = analyzed.packs.map(|packs| packs.needed.as_slice());
    let rows = needed.unwrap_or_default().iter().map(|pack| {
        let versions: Vec<&str> = pack.versions.iter().map(String::as_str).collect();
        let missing = pack.missing.as_ref().map(Vec::is_empty);
        [
            pack.id.clone(),
            versions.join(" "),
            presence(missing),
            pack.classes.iter().cloned().collect::<Vec<_>>().join(", "),
        ]
    });
    if rows.len() > 0 {
        paragraphs.push(table::render(
            ["NODE PACK", "VERSION", "SERVER", "CLASSES"],
            rows,
        ));
    }
    paragraphs.join("\n\n")
}

fn paragraphs_of(analysis: &Analysis) -> Vec<String> {
    let mut paragraphs = vec![parameters(analysis)];
    let outputs = analysis.outputs.iter().map(|output| {
        [
            output.node.to_string(),
            output.class.clone(),
            word(&output.kind),
        ]
    });
    paragraphs.push(table::render(["OUTPUT", "CLASS", "KIND"], outputs));
    if !analysis.models.is_empty() {
        let models = analysis.models.iter().map(|model| {
            let folder = model.folder.clone().unwrap_or_default();
            let there = presence(model.available);
            [model.file.clone(), folder, there]
        });
        paragraphs.push(table::render(["MODEL", "FOLDER", "SERVER"], models));
    }
    let missing = analysis
        .classes
        .iter()
        .filter(|class| class.available == Some(false))
        .map(|class| [class.class.clone()]);
    let missing: Vec<_> = missing.collect();
    if !missing.is_empty() {
        paragraphs.push(table::render(["MISSING NODE CLASS"], missing));
    }
    let order: Vec<&str> = analysis.order.iter().map(NodeId::as_str).collect();
    paragraphs.push(format!("order: {}", order.join(" ")));
    paragraphs
}

fn presence(available: Option<bool>) -> String {
    let words = available.map(|there| if there { "has it" } else { "lacks it" });
    words.unwrap_or_default().to_owned()
}

fn parameters(analysis: &Analysis) -> String {
    if analysis.parameters.is_empty() {
        return "nothing can be changed".to_owned();
    }
    let rows = analysis.parameters.iter().map(|parameter| {
        let value = parameter.value.as_ref().map(short).unwrap_or_default();
        let targets: Vec<String> = parameter
            .targets
            .iter()
            .map(|target| format!("{}.{}", target.node, target.input))
            .collect();
        [
            parameter.name.clone(),
            word(&parameter.kind),
            value,
            admitted(parameter),
            targets.join(" "),
        ]
    });
    table::render(["PARAMETER", "KIND", "VALUE", "ADMITS", "INPUT"], rows)
}

/// Range or number of choices.
fn admitted(parameter: &Parameter) -> String {
    if parameter.required {
        return "must be given".to_owned();
    }
    if let Some(choices) = &parameter.choices {
        return match choices.len() {
            0 => "nothing on this server".to_owned(),
            count => format!("{count} choices"),
        };
    }
    match (&parameter.minimum, &parameter.maximum) {
        (Some(minimum), Some(maximum)) => format!("{minimum} to {maximum}"),
        (Some(minimum), None) => format!("from {minimum}"),
        (None, Some(maximum)) => format!("up to {maximum}"),
        (None, None) => String::new(),
    }
}

/// A word of the JSON, for people.
fn word(value: &impl Serialize) -> String {
    let word = serde_json::to_value(value).unwrap_or_default();
    word.as_str().unwrap_or_default().replace('_', " ")
}

/// A value in one line.
fn short(value: &Value) -> String {
    const LONGEST: usize = 40;
    let text = match value {
        Value::String(text) => text.escape_debug().to_string().replace("\\\"", "\""),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
