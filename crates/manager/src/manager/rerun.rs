//! Running a job again, as it was or with changes: a new job that knows which one it repeats.

use crate::error::{Error, ErrorKind};
use crate::job::{Job, JobId};
use crate::manager::Manager;
use crate::manager::submit::{Draft, Drafted, Submission};
use crate::notice::Watcher;
use crate::placement::{Placement, Policy, Terms};
use crate::prepare::Changes;
use crate::settings::ConnectionChoice;
use comfyctl_workflow::Prompt;
use serde_json::Value;
use std::path::PathBuf;

/// What is to be different when a job is run again.
#[derive(Debug, Clone, Default)]
pub struct Rerun {
    /// What to change in its prompt, and in the editor's graph if there is one.
    pub changes: Changes,
    /// Where it may run; where the job before might if it is `None`.
    pub connection: Option<ConnectionChoice>,
    /// Where its files are saved; where those of the job before were if it is `None`.
    pub output_folder: Option<PathBuf>,
    /// Whether it waits for a server that cannot be reached; otherwise it fails at once.
    pub patient: bool,
}

impl Manager {
    /// Stores a job that sends the prompt of an earlier one again. It is granted what that one was,
    /// has its priority and its tags, and nothing of its batch, its key or its dependencies.
    ///
    /// Without changes the prompt is the same to the letter. With changes the editor's graph, from
    /// which files can be opened in the editor, gets them too.
    pub async fn rerun(
        &self,
        job_id: JobId,
        again: Rerun,
        watcher: Watcher<'_>,
    ) -> Result<Submission, Error> {
        let store = self.store().await?;
        let before = self.stored_job(job_id).await?;
        let graphs = store.graphs(job_id).await?;
        let graphs = graphs.ok_or_else(|| ErrorKind::NoSuchJob(job_id.to_string()))?;
        let read = |text: Option<String>| text.as_deref().map(serde_json::from_str).transpose();
        let editor: Option<Value> = read(graphs.editor).map_err(ErrorKind::StoredJson)?;
        let overrides: Option<Value> = read(graphs.overrides).map_err(ErrorKind::StoredJson)?;
        let prompt = prompt_of(&graphs.prompt, job_id)?;
        // What the history kept for one job is not for another.
        let own = Some(self.locations.kept_outputs(job_id));
        let folder = before
            .output_folder
            .clone()
            .filter(|_| before.output_folder != own);
        let terms = Terms {
            policy: Policy {
                patient: again.patient,
                ..before.policy.clone()
            },
            priority: before.priority,
            tags: store.tags(job_id).await?,
            output_folder: again.output_folder.or(folder),
            ..Terms::default()
        };
        let connection = again.connection.unwrap_or_else(|| self.choice_of(&before));
        let drafted = Drafted {
            draft: Draft::Earlier { prompt, editor },
            workflow_name: before.workflow_name,
            changes: again.changes,
            connection,
            terms,
            rerun_of: Some((job_id, overrides)),
        };
        Box::pin(self.submit_draft(drafted, watcher)).await
    }

    /// Where a job like this one may run; its address, where the settings do not have its connection.
    fn choice_of(&self, job: &Job) -> ConnectionChoice {
        match (&job.placement, &job.server_url) {
            (Placement::Any { labels }, _) => ConnectionChoice::Any {
                labels: labels.clone(),
            },
            (Placement::Url(url), _) => ConnectionChoice::Address(url.clone()),
            (Placement::Connection(name), Some(url))
                if !self
                    .settings_now()
                    .connection_names()
                    .contains(&name.as_str()) =>
            {
                ConnectionChoice::Address(url.clone())
            }
            (Placement::Connection(name), _) => ConnectionChoice::Named(name.clone()),
        }
    }

    /// The prompt of a job, read.
    pub(super) async fn stored_prompt(&self, job: &Job) -> Result<Prompt, Error> {
        prompt_of(&self.prompt_of(job).await?, job.job_id)
    }
}

/// Fails where there is nothing to run, as of a job that came from version 2.0.0.
fn prompt_of(text: &str, job_id: JobId) -> Result<Prompt, Error> {
    let value: Value = serde_json::from_str(text).map_err(ErrorKind::StoredJson)?;
    let prompt =
        Prompt::from_value(value).map_err(|error| crate::store::corrupt(error.to_string()))?;
    if prompt.nodes().next().is_none() {
        return Err(ErrorKind::NoPrompt(job_id).into());
    }
    Ok(prompt)
}
