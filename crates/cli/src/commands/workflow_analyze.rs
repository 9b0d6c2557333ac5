//! `comfyctl workflow analyze` and `schema`.

use super::workflow_source::{self, Source};
use crate::arguments::{AnalyzeArguments, SchemaArguments};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::table;
use comfyctl_workflow::{Analysis, Fingerprint, NodeId, Parameter};
use serde::Serialize;
use serde_json::Value;

/// What is printed with `--json`.
#[derive(Serialize)]
struct Analyzed<'a> {
    fingerprint: Fingerprint,
    #[serde(flatten)]
    analysis: &'a Analysis,
}

pub(crate) async fn run(
    arguments: AnalyzeArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let Source {
        prompt,
        definitions,
    } = workflow_source::read(&arguments.file, &arguments.definitions, context).await?;
    let analysis = Analysis::of(&prompt, definitions.as_ref());
    let analyzed = Analyzed {
        fingerprint: Fingerprint::of(&prompt),
        analysis: &analysis,
    };
    context.printer.result(&analyzed, || text(&analysis));
    for fault in &analysis.faults {
        context.printer.warning(&fault.message);
    }
    workflow_source::hint_at_definitions(definitions.as_ref(), context);
    Ok(ExitStatus::Success)
}

pub(crate) async fn schema(
    arguments: SchemaArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let Source {
        prompt,
        definitions,
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

fn text(analysis: &Analysis) -> String {
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
    paragraphs.join("\n\n")
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
