//! `rerun_job`: a job once more, as it was or with changes.

use super::execute_workflow::seed;
use super::get_job_status;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::follow;
use crate::job_end::{self, JobEnd, Waiting};
use crate::json_text::ObjectOrText;
use crate::named_values;
use crate::tool::{Effect, Tool};
use comfyctl_manager::{Changes, ConnectionChoice, Rerun, Workflow};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) struct RerunJob;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    job_id: String,
    /// As of `execute_workflow`.
    inputs: Option<ObjectOrText>,
    /// -1 draws one.
    seed: Option<i64>,
    connection: Option<String>,
    #[serde(default = "job_end::default_timeout")]
    timeout: f64,
}

impl Tool for RerunJob {
    const NAME: &'static str = "rerun_job";
    const DESCRIPTION: &'static str =
        "Run a job of the history again, with other values or another seed.";
    const EFFECT: Effect = Effect::Adds;
    type Input = Input;
    type Output = JobEnd;

    async fn call(input: Input, call: Call) -> Result<Answer<JobEnd>, Failure> {
        let before = get_job_status::find(&input.job_id, &call).await?;
        let connection = input.connection.filter(|name| !name.is_empty());
        let values = input.inputs.unwrap_or_default().0;
        let prompt = call.manager.prompt_of(&before).await?;
        let workflow = Workflow::from_reader(prompt.as_bytes(), "the prompt of the job")?;
        let named = connection.as_deref().or(before.connection.as_deref());
        let overrides = named_values::read(values, &workflow, named, &call).await?;
        let again = Rerun {
            changes: Changes {
                overrides,
                seed: seed(input.seed),
                ..Changes::default()
            },
            connection: connection.map(ConnectionChoice::Named),
            ..Rerun::default()
        };
        let submitted = follow::resubmit(before.job_id, again, &call).await?;
        let waiting = Waiting {
            for_end: true,
            timeout: input.timeout,
            preview_size: job_end::default_preview(),
        };
        job_end::until_told(submitted, waiting, &call).await
    }
}
