//! `comfyctl workflow validate`.

use crate::arguments::ValidateArguments;
use crate::context::Context;
use crate::definitions;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::graph::Graph;
use crate::library;
use comfyctl_manager::{Error, ErrorKind, KnownNodes};
use comfyctl_workflow::check::{Finding, Report, Severity, check};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;

/// A file and what was found in it.
#[derive(Debug, Serialize)]
struct Checked {
    file: PathBuf,
    /// When the server said what it has, if it is off now.
    #[serde(skip_serializing_if = "Option::is_none")]
    definitions_as_of: Option<Timestamp>,
    #[serde(flatten)]
    report: Report,
}

pub(crate) async fn run(
    arguments: ValidateArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let mut graphs = Vec::new();
    for file in &arguments.files {
        graphs.push(Graph::new(
            library::workflow(file, context).await?.document,
        )?);
    }
    let classes = graphs.iter().flat_map(Graph::classes).collect();
    let known = definitions::known(&arguments.definitions, classes, context).await?;
    let mut files = Vec::new();
    for (file, graph) in arguments.files.into_iter().zip(graphs) {
        files.push(Checked {
            file,
            definitions_as_of: known.as_ref().and_then(|known| known.as_of),
            report: report(graph, known.as_ref(), context)?,
        });
    }
    context.printer.result(&json!({ "files": files }), || {
        files.iter().map(text).collect::<Vec<_>>().join("\n")
    });
    if files
        .iter()
        .any(|checked| !checked.report.checked_with_definitions)
    {
        let hint =
            "only the structure was checked: name a server with --url, or give --object-info";
        context.printer.hint(hint);
    }
    let valid = files.iter().all(|checked| checked.report.valid);
    Ok(if valid {
        ExitStatus::Success
    } else {
        ExitStatus::ValidationFailed
    })
}

fn report(graph: Graph, known: Option<&KnownNodes>, context: &Context) -> Result<Report, Failure> {
    match graph.prompt(known, context) {
        Ok(prompt) => Ok(check(&prompt, known.map(|known| &known.definitions))),
        Err(error) => match error.into_kind() {
            ErrorKind::MissingClasses(report) => Ok(report),
            other => Err(Error::from(other).into()),
        },
    }
}

fn text(checked: &Checked) -> String {
    let verdict = if checked.report.valid {
        "valid"
    } else {
        "not valid"
    };
    let mut lines = vec![format!("{}: {verdict}", checked.file.display())];
    lines.extend(checked.report.findings.iter().map(line));
    lines.join("\n")
}

fn line(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let suggestion = finding
        .suggestion
        .as_ref()
        .map(|text| format!("; {text}"))
        .unwrap_or_default();
    format!("  {severity} {}: {finding}{suggestion}", finding.code)
}
