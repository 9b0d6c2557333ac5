//! `wait_for_job`: follows a job to its end, whoever submitted it.

use super::get_job_status;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::job_end::{self, JobEnd, Waiting};
use crate::tool::{Effect, Tool};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) struct WaitForJob;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    job_id: String,
    /// Seconds; 0 only looks.
    #[serde(default = "job_end::default_timeout")]
    timeout: f64,
    #[serde(default = "job_end::default_preview")]
    preview_size: u32,
}

impl Tool for WaitForJob {
    const NAME: &'static str = "wait_for_job";
    const DESCRIPTION: &'static str =
        "Wait for a job and get its images. Returns early with status running: call it again.";
    const EFFECT: Effect = Effect::Sets;
    type Input = Input;
    type Output = JobEnd;

    async fn call(input: Input, call: Call) -> Result<Answer<JobEnd>, Failure> {
        let job = get_job_status::find(&input.job_id, &call).await?;
        let waiting = Waiting {
            for_end: true,
            timeout: input.timeout,
            preview_size: input.preview_size,
        };
        job_end::wait_for(job.job_id, waiting, &call).await
    }
}
