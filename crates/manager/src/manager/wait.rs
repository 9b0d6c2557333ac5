//! Waiting for several jobs at once.

use crate::engine::at;
use crate::error::Error;
use crate::job::JobId;
use crate::manager::Manager;
use crate::run::{Limits, Run, RunEnd};
use futures_util::future::{BoxFuture, join_all};
use std::collections::HashSet;
use tokio::time::Instant;

impl Manager {
    /// Waits until all the jobs have ended, and looks after those that nobody else does. Tells each
    /// as it ends, and gives all back in the order given, each once.
    ///
    /// When [`Limits::wait`] is over, so is this, whether or not a server has the jobs that are left.
    pub async fn wait(
        &self,
        job_ids: &[JobId],
        limits: &Limits,
        ended: &(dyn Fn(&Run) + Send + Sync),
    ) -> Result<Vec<Run>, Error> {
        let deadline = limits.wait.map(|wait| Instant::now() + wait);
        let each = Limits {
            wait: None,
            leave: limits.leave.child_token(),
            ..limits.clone()
        };
        let mut known = HashSet::new();
        let wanted = job_ids.iter().filter(|id| known.insert(**id));
        // Boxed one by one: together they are large.
        let following: Vec<BoxFuture<'_, _>> = wanted
            .map(|id| -> BoxFuture<'_, _> { Box::pin(self.wait_for_one(*id, &each, ended)) })
            .collect();
        let mut following = join_all(following);
        let waited_long = tokio::select! {
            runs = &mut following => return runs.into_iter().collect(),
            () = at(deadline) => {
                each.leave.cancel();
                following.await
            }
        };
        let mut runs: Vec<Run> = waited_long.into_iter().collect::<Result<_, _>>()?;
        for run in runs.iter_mut().filter(|run| run.end == RunEnd::Left) {
            run.end = RunEnd::WaitedLong;
        }
        Ok(runs)
    }

    async fn wait_for_one(
        &self,
        job_id: JobId,
        limits: &Limits,
        ended: &(dyn Fn(&Run) + Send + Sync),
    ) -> Result<Run, Error> {
        let run = self.follow(job_id, limits, &|_| ()).await?;
        if run.job.status.is_final() {
            ended(&run);
        }
        Ok(run)
    }
}
