//! `validate_workflow`: what is wrong with a workflow, without running it.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::{Failure, in_words_of_tools};
use crate::graph::Graph;
use crate::json_text::WorkflowText;
use crate::tool::{Effect, Tool};
use crate::workflow_source;
use comfyctl_workflow::check::{Finding, Report, check};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) struct ValidateWorkflow;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    workflow_json: WorkflowText,
    connection: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    valid: bool,
    errors: Vec<String>,
    warnings: Vec<String>,
    findings: Vec<Value>,
    /// Whether a server was asked what it has.
    checked_with_definitions: bool,
    /// Why none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Tool for ValidateWorkflow {
    const NAME: &'static str = "validate_workflow";
    const DESCRIPTION: &'static str =
        "Check a workflow against the server without running it; each finding has a suggestion.";
    const EFFECT: Effect = Effect::Reads;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let connection = input.connection.as_deref();
        match report(input.workflow_json, connection, &call).await {
            Ok((report, note)) => Ok(Answer::from(Output {
                note,
                ..Output::from(&report)
            })),
            Err(failure) => {
                let output = Output {
                    valid: false,
                    errors: vec![failure.message.clone()],
                    warnings: Vec::new(),
                    findings: Vec::new(),
                    checked_with_definitions: false,
                    note: None,
                };
                Ok(Answer::from(output).failed(Some(failure)))
            }
        }
    }
}

async fn report(
    workflow: WorkflowText,
    connection: Option<&str>,
    call: &Call,
) -> Result<(Report, Option<String>), Failure> {
    let workflow = workflow_source::read(workflow, connection, call).await?;
    let graph = Box::pin(Graph::new(workflow.document, connection, call)).await?;
    Ok((check(&graph.prompt, graph.definitions()), graph.note()))
}

impl From<&Report> for Output {
    fn from(report: &Report) -> Self {
        let (errors, warnings): (Vec<&Finding>, Vec<&Finding>) = report
            .findings
            .iter()
            .partition(|finding| finding.severity == comfyctl_workflow::check::Severity::Error);
        let texts = |findings: &[&Finding]| findings.iter().map(ToString::to_string).collect();
        Self {
            valid: report.valid,
            errors: texts(&errors),
            warnings: texts(&warnings),
            findings: report.findings.iter().map(view).collect(),
            checked_with_definitions: report.checked_with_definitions,
            note: None,
        }
    }
}

/// Without what the texts have already.
fn view(finding: &Finding) -> Value {
    json!({
        "code": finding.code,
        "node": finding.node,
        "input": finding.input,
        "suggestion": finding.suggestion.as_deref().map(in_words_of_tools),
    })
}
