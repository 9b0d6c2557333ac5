//! `comfyctl workflow validate`.

use crate::arguments::ValidateArguments;
use crate::context::Context;
use crate::definitions;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use comfyctl_manager::Workflow;
use comfyctl_workflow::check::{Finding, Report, Severity, check};
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};

/// A file and what was found in it.
#[derive(Debug, Serialize)]
struct Checked {
    file: PathBuf,
    #[serde(flatten)]
    report: Report,
}

pub(crate) async fn run(
    arguments: ValidateArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let mut files = Vec::new();
    for file in &arguments.files {
        let report = check_file(file, &arguments, context).await?;
        files.push(Checked {
            file: file.clone(),
            report,
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

async fn check_file(
    file: &Path,
    arguments: &ValidateArguments,
    context: &Context,
) -> Result<Report, Failure> {
    let workflow = Workflow::from_file(file)?;
    let (prompt, definitions) =
        definitions::with_prompt(&arguments.definitions, workflow, context).await?;
    Ok(check(&prompt, definitions.as_ref()))
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
