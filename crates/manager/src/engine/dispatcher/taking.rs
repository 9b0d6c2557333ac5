//! Takes jobs under leases, starts their followers, and takes back what these leave.

use super::{Dispatcher, Occasion};
use crate::code::Code;
use crate::ending::Ending;
use crate::engine::follower::{FollowEnd, Follower, Reins};
use crate::engine::holdings::Moment;
use crate::error::{Error, ErrorKind};
use crate::job::{JobError, JobId};
use crate::server::Server;
use crate::store::{Claim, Claimed, Lease, Scope};
use std::sync::Arc;
use tokio::task::{Id, JoinError};
use tracing::{debug, warn};

/// Jobs that are adopted in one go.
const ADOPTED_AT_ONCE: u32 = 64;

/// A job that is followed.
pub(super) struct Active {
    job_id: JobId,
    lease: Lease,
    server: Arc<Server>,
}

impl Dispatcher {
    /// Takes jobs that may be sent to a server now; says how many slots are left.
    pub(super) async fn claim(&mut self, server: &Arc<Server>, scope: Scope) -> Result<u32, Error> {
        let asked = Moment::now(self.shared.store.clock());
        let claim = Claim {
            worker: self.shared.worker.clone(),
            connection: server.name().to_owned(),
            server_url: server.client().base_url().to_string(),
            client_id: server.client_id().as_str().to_owned(),
            max_jobs: server.max_jobs(),
            scope,
        };
        let claims = self.shared.store.claim(claim).await?;
        for claimed in claims.claimed {
            self.start(Arc::clone(server), claimed, false, asked)
                .await?;
        }
        if claims.free == 0 && !self.fills(server) {
            // Or nobody would ever find out that a slot of a process that is gone is free.
            let left = self.shared.store.orphans_on(server.name()).await?;
            self.adopt(left).await?;
        }
        Ok(claims.free)
    }

    /// Whether this process follows as many jobs there as the server may have.
    fn fills(&self, server: &Arc<Server>) -> bool {
        let active = self.active.values();
        let there = active.filter(|active| Arc::ptr_eq(&active.server, server));
        there.count() >= usize::try_from(server.max_jobs()).unwrap_or(usize::MAX)
    }

    /// Takes jobs that nobody looks after, as far as their server can be told from the settings: what
    /// this process cannot ask for is left to others.
    pub(super) async fn adopt_orphans(&mut self) -> Result<(), Error> {
        let mut after = i64::MIN;
        loop {
            let orphans = self.shared.store.orphans(after, ADOPTED_AT_ONCE).await?;
            let Some(last) = orphans.last() else {
                return Ok(());
            };
            after = last.number;
            let mut ids = Vec::with_capacity(orphans.len());
            for orphan in &orphans {
                let name = orphan.connection.as_deref().unwrap_or_default();
                match self.shared.servers.find(name, orphan.server_url.as_deref()) {
                    Ok(_) => ids.push(orphan.job_id),
                    Err(error) => {
                        debug!(job.id = %orphan.job_id, %error, "no server to ask about a job");
                    }
                }
            }
            if !ids.is_empty() {
                return self.adopt(ids).await;
            }
        }
    }

    /// Takes those of the jobs that nobody looks after.
    pub(super) async fn adopt(&mut self, ids: Vec<JobId>) -> Result<(), Error> {
        let asked = Moment::now(self.shared.store.clock());
        let worker = self.shared.worker.clone();
        for adopted in self.shared.store.adopt(&worker, ids).await? {
            match self.server_of(&adopted.job) {
                Ok(server) => self.start(server, adopted, true, asked).await?,
                // The settings were changed in between.
                Err(_) => self.stale.push(adopted.lease),
            }
        }
        Ok(())
    }

    async fn start(
        &mut self,
        server: Arc<Server>,
        claimed: Claimed,
        adopted: bool,
        asked: Moment,
    ) -> Result<(), Error> {
        let (job_id, lease) = (claimed.job.job_id, claimed.lease.clone());
        let reins = Reins::default();
        if claimed.job.cancel_requested {
            reins.cancel.cancel();
        }
        self.shared.holdings.add(job_id, asked);
        let shared = Arc::clone(&self.shared);
        match Follower::new(shared, Arc::clone(&server), claimed, reins.clone()) {
            Ok(follower) => {
                let following = async move { Box::pin(follower.run(adopted)).await };
                let task = self.followers.spawn(following).id();
                self.reins.insert(job_id, reins);
                // Its turn has come; where it goes if it comes back is found out then.
                if let Some(turn) = self.wanted.get_mut(&job_id) {
                    *turn = None;
                }
                let active = Active {
                    job_id,
                    lease,
                    server,
                };
                self.active.insert(task, active);
            }
            Err(error) => {
                self.shared.holdings.remove(job_id);
                self.shared
                    .store
                    .end(&lease, unreadable(&error), None)
                    .await?;
                self.shared.store.release(&lease).await?;
            }
        }
        Ok(())
    }

    /// A follower ended. Its slot is free for another job.
    pub(super) fn take_back(
        &mut self,
        ended: Result<(Id, Result<FollowEnd, Error>), JoinError>,
    ) -> Occasion {
        let (task, end) = match ended {
            Ok((task, end)) => (task, end),
            Err(error) => {
                warn!(%error, "the follower of a job ended badly");
                (error.id(), Err(ErrorKind::StoreClosed.into()))
            }
        };
        let Some(Active {
            job_id,
            lease,
            server,
        }) = self.active.remove(&task)
        else {
            return Occasion::None;
        };
        self.reins.remove(&job_id);
        self.shared.holdings.remove(job_id);
        match end {
            Ok(FollowEnd::Done | FollowEnd::Left) => {
                self.wanted.shift_remove(&job_id);
            }
            Ok(FollowEnd::Unsent) => self.shared.servers.is_out(&server),
            Ok(FollowEnd::Retrying) => {}
            // It may well be ours still: then it would be renewed for ever, and followed by nobody.
            Ok(FollowEnd::LeaseLost) => self.stale.push(lease),
            Err(error) if matches!(error.kind(), ErrorKind::LeaseLost(_)) => {
                debug!(job.id = %job_id, "another process looks after the job");
            }
            Err(error) => {
                warn!(job.id = %job_id, %error, "a job is let go of, because it cannot be recorded");
                self.stale.push(lease);
            }
        }
        for waiting in self.leaving.remove(&job_id).into_iter().flatten() {
            // Whoever asked may have left.
            let _ = waiting.send(());
        }
        Occasion::Slot
    }

    /// Leases are renewed for as long as they carry this process's name, followed or not.
    pub(super) async fn release_stale(&mut self) {
        let mut left = Vec::new();
        for lease in std::mem::take(&mut self.stale) {
            if let Err(error) = self.shared.store.release(&lease).await {
                debug!(job.id = %lease.job_id, %error, "failed to give a lease back");
                left.push(lease);
            }
        }
        self.stale = left;
    }
}

/// An error that ends a job which nobody can send: its stored graph is unreadable.
fn unreadable(error: &Error) -> Ending {
    let error: JobError = error.to_job_error();
    Ending::failed(JobError {
        code: Code::StoreError,
        ..error
    })
}
