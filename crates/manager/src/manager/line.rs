//! What may be done with a job while no server has it: holding it back, letting it go, moving it.

use crate::error::{Error, ErrorKind};
use crate::job::{Job, JobId};
use crate::manager::Manager;
use crate::notice::Watcher;
use crate::placement::{Move, Placement};
use crate::settings::ConnectionChoice;
use crate::store::Destination;
use comfyctl_workflow::Prompt;

impl Manager {
    /// Keeps a job from being sent until it is released. Fails with `conflict` once a server has it
    /// or had it; a job that is held already stays so.
    pub async fn hold(&self, job_id: JobId) -> Result<Job, Error> {
        self.store().await?.hold(job_id).await?;
        self.stored_job(job_id).await
    }

    /// Lets a job be sent that was held, by whoever looks after it. Fails with `conflict` once a
    /// server has it or had it; a job that is not held stays as it is.
    pub async fn release(&self, job_id: JobId) -> Result<Job, Error> {
        self.store().await?.unhold(job_id).await?;
        self.changed(job_id).await
    }

    /// Gives a job that no server has another connection, another place in the line, or both. The
    /// new connection must be able to run it, as its server says now. Fails with `conflict` once a
    /// server has the job or had it.
    pub async fn move_job(
        &self,
        job_id: JobId,
        to: Move,
        watcher: Watcher<'_>,
    ) -> Result<Job, Error> {
        let destination = match &to.connection {
            Some(choice) => Some(self.destination(job_id, choice, watcher).await?),
            None => None,
        };
        let store = self.store().await?;
        store.relocate(job_id, destination, to.rank).await?;
        self.changed(job_id).await
    }

    /// Where a job goes that is to go there, once it is clear that it can run there.
    async fn destination(
        &self,
        job_id: JobId,
        choice: &ConnectionChoice,
        watcher: Watcher<'_>,
    ) -> Result<Destination, Error> {
        let job = self.stored_job(job_id).await?;
        let prompt: Prompt = self.stored_prompt(&job).await?;
        let mut refusal = None;
        for server in self.servers_by_load(choice).await? {
            if let Err(error) = self.refuse_what_would_fail(&server, &prompt, watcher).await {
                refusal.get_or_insert(error);
                continue;
            }
            let placement = self.placement(choice, &server);
            let is_any = matches!(placement, Placement::Any { .. });
            let url = server.client().base_url().to_string();
            return Ok(Destination {
                placement,
                target: (!is_any).then(|| (server.name().to_owned(), url)),
            });
        }
        Err(refusal.unwrap_or_else(|| ErrorKind::NoServerTakesIt(Vec::new()).into()))
    }

    /// The job as it stands now, which this process may have reason to look at.
    async fn changed(&self, job_id: JobId) -> Result<Job, Error> {
        if let Some(engine) = self.engine.get() {
            engine.look().await;
        }
        self.stored_job(job_id).await
    }
}
