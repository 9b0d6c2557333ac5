//! How two jobs differ: in what was asked for, in what came of it, and in how long it took.

use crate::error::Error;
use crate::job::{Job, JobId};
use crate::manager::Manager;
use comfyctl_workflow::Diff;

/// Two jobs side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct JobComparison {
    /// One of them.
    pub older: Job,
    /// The other.
    pub newer: Job,
    /// How their prompts differ.
    pub prompt: Diff,
}

impl Manager {
    /// Compares two jobs, in this order.
    pub async fn compare(&self, older: JobId, newer: JobId) -> Result<JobComparison, Error> {
        let (older, newer) = (self.stored_job(older).await?, self.stored_job(newer).await?);
        let prompt = Diff::between(
            &self.stored_prompt(&older).await?,
            &self.stored_prompt(&newer).await?,
        );
        Ok(JobComparison {
            older,
            newer,
            prompt,
        })
    }
}
