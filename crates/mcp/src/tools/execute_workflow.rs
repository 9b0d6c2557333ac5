//! `execute_workflow`: runs any workflow.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::job_end::{self, JobEnd, Waiting};
use crate::json_text::{ObjectOrText, WorkflowText};
use crate::named_values;
use crate::tool::{Effect, Tool};
use crate::workflow_source;
use comfyctl_manager::{Changes, SeedChoice};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) struct ExecuteWorkflow;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    /// API or editor format as JSON, a saved name (`server:`/`template:` for those of a server), or a
    /// file path.
    workflow_json: WorkflowText,
    /// Values to set: {"6.text": "...", "KSampler.steps": 30}, or parameter names of
    /// `analyze_workflow`.
    inputs: Option<ObjectOrText>,
    connection: Option<String>,
    #[serde(default = "job_end::yes")]
    wait_for_completion: bool,
    /// Seconds to wait.
    #[serde(default = "job_end::default_timeout")]
    timeout: f64,
    /// For all seeds; -1 draws one.
    seed: Option<i64>,
    /// Check before sending.
    #[serde(default = "job_end::yes")]
    validate: bool,
    /// Pixels; 0 for none.
    #[serde(default = "job_end::default_preview")]
    preview_size: u32,
}

impl Tool for ExecuteWorkflow {
    const NAME: &'static str = "execute_workflow";
    const DESCRIPTION: &'static str = "Run a ComfyUI workflow. Waits for the images unless told \
        otherwise; a wait that runs out returns the job_id for wait_for_job.";
    const EFFECT: Effect = Effect::Adds;
    type Input = Input;
    type Output = JobEnd;

    async fn call(input: Input, call: Call) -> Result<Answer<JobEnd>, Failure> {
        let connection = input.connection.as_deref();
        let choice = call.choice(connection);
        let workflow = workflow_source::read(input.workflow_json, connection, &call).await?;
        let values = input.inputs.unwrap_or_default().0;
        let changes = Changes {
            overrides: named_values::read(values, &workflow, connection, &call).await?,
            seed: seed(input.seed),
            unchecked: !input.validate,
            ..Changes::default()
        };
        let waiting = Waiting {
            for_end: input.wait_for_completion,
            timeout: input.timeout,
            preview_size: input.preview_size,
        };
        job_end::run(workflow, choice, changes, waiting, &call).await
    }
}

pub(super) fn seed(asked: Option<i64>) -> SeedChoice {
    match asked.map(u64::try_from) {
        None => SeedChoice::Saved,
        Some(Ok(seed)) => SeedChoice::Fixed(seed),
        Some(Err(_)) => SeedChoice::Random,
    }
}
