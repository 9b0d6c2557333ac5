//! `explain_failure`: why a job failed, with what the server lacks of what it needs.

use super::get_job_status;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::{Failure, in_words_of_tools};
use crate::tool::{Effect, Tool};
use comfyctl_manager::{Job, JobError, JobStatus, Workflow};
use comfyctl_workflow::check::check;
use comfyctl_workflow::{Document, Prompt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most findings that are told.
const FINDINGS: usize = 10;

pub(super) struct ExplainFailure;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    job_id: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    status: &'static str,
    /// Why, with code, message, node, class and hint.
    #[schemars(with = "serde_json::Map<String, Value>")]
    reason: Value,
    /// The node at fault as it was sent.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schemars(with = "serde_json::Map<String, Value>")]
    node_inputs: Value,
    /// What is wrong with the workflow as far as the server's definitions tell now.
    findings: Vec<String>,
    /// What to change.
    suggestions: Vec<String>,
}

impl Tool for ExplainFailure {
    const NAME: &'static str = "explain_failure";
    const DESCRIPTION: &'static str =
        "Why a job failed: node and its inputs, missing models or nodes, what to change.";
    const EFFECT: Effect = Effect::Reads;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let job = get_job_status::find(&input.job_id, &call).await?;
        if !matches!(job.status, JobStatus::Failed | JobStatus::Cancelled) {
            let message = format!("job {} did not fail: it is {}", job.job_id, job.status);
            return Err(Failure::invalid(message));
        }
        let prompt = sent(&job, &call).await?;
        let node = job.error.as_ref().and_then(|error| error.node.as_deref());
        let node = node.and_then(|id| prompt.node(id));
        let mut output = Output {
            status: job.status.as_str(),
            reason: json!(job.error.clone().map(in_words)),
            node_inputs: node.map(|node| json!(node)).unwrap_or_default(),
            findings: Vec::new(),
            suggestions: Vec::new(),
        };
        if let Ok(server) = call.manager.server_of(&job)
            && let Ok(definitions) = server.definitions_for(&prompt).await
        {
            for finding in check(&prompt, Some(&definitions))
                .findings
                .iter()
                .take(FINDINGS)
            {
                output.findings.push(finding.to_string());
                let suggestion = finding.suggestion.as_deref().map(in_words_of_tools);
                output.suggestions.extend(suggestion);
            }
        }
        output.suggestions.dedup();
        Ok(output.into())
    }
}

fn in_words(error: JobError) -> JobError {
    JobError {
        hint: error.hint.as_deref().map(in_words_of_tools),
        ..error
    }
}

/// The graph as it was posted.
async fn sent(job: &Job, call: &Call) -> Result<Prompt, Failure> {
    let text = call.manager.prompt_of(job).await?;
    let workflow = Workflow::from_reader(text.as_bytes(), "the job's prompt")?;
    match workflow.document {
        Document::Prompt(prompt) => Ok(prompt),
        document @ Document::Ui(_) => Ok(Workflow {
            document,
            ..workflow
        }
        .into_prompt()?),
    }
}
