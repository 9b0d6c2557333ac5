//! The end of a job, or of following it: recorded, files fetched, the lease given back.

use super::Follower;
use super::journey::Journey;
use crate::artifact;
use crate::ending::Ending;
use crate::engine::follower::FollowEnd;
use crate::engine::glimpse::Glimpse;
use crate::engine::retry::retry;
use crate::error::Error;
use crate::job::Job;
use comfyctl_client::PromptId;
use jiff::SignedDuration;
use std::time::Duration;
use tokio::time::sleep;
use tracing::debug;

/// Wait before files that could not be fetched are asked for again.
const SAVE_WAIT: Duration = Duration::from_secs(30);

impl Follower {
    /// Records how the job ended, or lets it wait for a further attempt.
    pub(super) async fn finish(
        &self,
        journey: &mut Journey,
        ending: Ending,
    ) -> Result<FollowEnd, Error> {
        let store = &self.shared.store;
        if let Some(error) = &ending.error
            && !self.reins.cancel.is_cancelled()
            && let Some(retry) = retry(error, &self.job.policy, self.job.retries)
        {
            if retry.free_memory
                && let Err(error) = self.errand.server.client().free(true, true).await
            {
                debug!(job.id = %self.job.job_id, %error, "failed to free memory before a retry");
            }
            let wait = SignedDuration::try_from(retry.after).unwrap_or(SignedDuration::MAX);
            let prompt_id = PromptId::generate().as_str().to_owned();
            store
                .retry(&self.lease, error.clone(), prompt_id, wait)
                .await?;
            return Ok(FollowEnd::Retrying);
        }
        let nodes = crate::store::to_json(&journey.tracker.node_times())?;
        store.end(&self.lease, ending, Some(nodes)).await?;
        if self.job.output_folder.is_none() {
            return Ok(FollowEnd::Done);
        }
        self.save_outputs().await
    }

    /// Fetches the files of the ended job if it says where to, and lets go of it. Goes on trying
    /// while the server or the folder is out of reach, but not for files that are gone.
    pub(super) async fn save_outputs(&self) -> Result<FollowEnd, Error> {
        let store = &self.shared.store;
        let ended = store.job(self.job.job_id).await?;
        let Some(mut job) = ended.filter(|job| job.unsaved) else {
            store.release(&self.lease).await?;
            return Ok(FollowEnd::Done);
        };
        let fetching = self.fetch_until_done(&mut job);
        if self
            .reins
            .leave
            .run_until_cancelled(fetching)
            .await
            .is_none()
        {
            return self.leave().await;
        }
        if self.shared.servers.settings().job_history().store_images {
            let folder = self.shared.locations.kept_thumbnails(job.job_id);
            let keeping = crate::thumbnail::keep(&mut job.outputs, &folder);
            // Those that are not made when it is time to leave are missed by nobody.
            self.reins.leave.run_until_cancelled(keeping).await;
        }
        store.saved(&self.lease, job.outputs).await?;
        Ok(FollowEnd::Done)
    }

    async fn fetch_until_done(&self, job: &mut Job) {
        let folder = job.output_folder.take().unwrap_or_default();
        loop {
            let missing = job
                .outputs
                .iter_mut()
                .filter(|output| output.path.is_none());
            let saving = artifact::save(self.errand.server.client(), missing, &folder);
            let Err(error) = saving.await else { return };
            self.glimpse(Glimpse::GaveUp(error.to_job_error()));
            if artifact::is_gone(&error) {
                return;
            }
            sleep(SAVE_WAIT).await;
        }
    }

    pub(super) async fn leave(&self) -> Result<FollowEnd, Error> {
        self.shared.store.release(&self.lease).await?;
        Ok(FollowEnd::Left)
    }
}
