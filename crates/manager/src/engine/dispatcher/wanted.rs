//! Jobs that this process was asked to look after: where each can be sent, and what it waits for.

use super::Dispatcher;
use crate::code::Code;
use crate::engine::glimpse::Glimpse;
use crate::error::Error;
use crate::job::{Job, JobId};
use crate::server::Server;
use crate::store::Scope;
use indexmap::IndexMap;
use std::sync::Arc;

/// Jobs that are asked for in one go.
const ASKED_AT_ONCE: usize = 256;

/// The turn of a wanted job at a server.
pub(super) struct Turn {
    server: Arc<Server>,
    /// It waits for as long as the server cannot be reached.
    patient: bool,
    /// What it waits for if not for a slot.
    reason: String,
}

impl Dispatcher {
    /// Takes those of the wanted jobs that may be taken.
    pub(super) async fn look_after_wanted(&mut self) -> Result<(), Error> {
        let new = self.wanted.iter().filter(|(_, turn)| turn.is_none());
        let new: Vec<JobId> = new.map(|(id, _)| *id).collect();
        for id in new {
            if self.reins.contains_key(&id) {
                continue;
            }
            self.try_to_find_server(id).await?;
        }
        for (server, ids) in self.lines() {
            self.take_from_line(&server, &ids).await?;
        }
        Ok(())
    }

    /// A job that cannot be sent, because its connection is wrong, keeps no other from it.
    pub(super) async fn try_to_find_server(&mut self, id: JobId) -> Result<(), Error> {
        match self.find_server(id).await {
            Err(error) if error.code() != Code::StoreError => {
                self.waits(id, format!("for its connection: {error}"));
                Ok(())
            }
            found => found,
        }
    }

    /// Finds out what is to be done about a job, and where it is to be sent.
    async fn find_server(&mut self, id: JobId) -> Result<(), Error> {
        let job = self.shared.store.job(id).await?;
        let Some(job) = job.filter(|job| !job.status.is_final() || job.unsaved) else {
            self.wanted.shift_remove(&id);
            return Ok(());
        };
        if job.posts > 0 || job.unsaved {
            // Whoever cannot ask its server leaves the job to those who can.
            self.server_of(&job)?;
            return self.adopt(vec![id]).await;
        }
        if job.connection.is_none() {
            self.place(&job);
            return Ok(());
        }
        let turn = Turn {
            server: self.server_of(&job)?,
            patient: job.policy.patient,
            reason: reason_to_wait(&job),
        };
        if let Some(wanted) = self.wanted.get_mut(&id) {
            *wanted = Some(turn);
        }
        Ok(())
    }

    /// The wanted jobs that nobody here follows, by server, in the order in which they are wanted.
    fn lines(&self) -> Vec<(Arc<Server>, Vec<JobId>)> {
        let mut lines: IndexMap<*const Server, (Arc<Server>, Vec<JobId>)> = IndexMap::new();
        for (id, turn) in &self.wanted {
            if let Some(turn) = turn
                && !self.reins.contains_key(id)
            {
                let server = &turn.server;
                let line = lines.entry(Arc::as_ptr(server));
                let (_, ids) = line.or_insert_with(|| (Arc::clone(server), Vec::new()));
                ids.push(*id);
            }
        }
        lines.into_values().collect()
    }

    /// Takes as many of the jobs as the server has free slots.
    async fn take_from_line(&mut self, server: &Arc<Server>, ids: &[JobId]) -> Result<(), Error> {
        let name = server.name();
        if server.is_paused() {
            let paused = |id: &JobId| self.waits(*id, format!("until `{name}` is resumed"));
            ids.iter().for_each(paused);
            return Ok(());
        }
        let is_promising = self.is_promising(server);
        let waits_for_server = |id: &JobId| !is_promising && self.is_patient(*id);
        let (patient, ready): (Vec<_>, Vec<_>) = ids.iter().copied().partition(waits_for_server);
        for id in patient {
            self.waits(id, format!("until `{name}` can be reached"));
        }
        let mut free = 1;
        for ids in ready.chunks(ASKED_AT_ONCE) {
            if free > 0 {
                free = self.claim(server, Scope::Jobs(ids.to_vec())).await?;
            }
            for id in ids {
                self.show_what_it_waits_for(*id, name, free);
            }
        }
        Ok(())
    }

    fn is_patient(&self, id: JobId) -> bool {
        matches!(self.wanted.get(&id), Some(Some(turn)) if turn.patient)
    }

    /// A job that was not taken though slots are free is looked at again.
    fn show_what_it_waits_for(&mut self, id: JobId, connection: &str, free: u32) {
        if self.reins.contains_key(&id) {
            return;
        }
        if free == 0 {
            self.waits(id, format!("for a free slot of `{connection}`"));
        } else if let Some(turn) = self.wanted.get_mut(&id)
            && let Some(Turn { reason, .. }) = turn.take()
        {
            self.waits(id, reason);
        }
    }

    /// Shows why a job is not sent yet.
    pub(super) fn waits(&self, id: JobId, reason: String) {
        self.shared.glimpses.show(id, Glimpse::Waiting(reason));
    }
}

/// Why a job is not sent though its server would take it.
fn reason_to_wait(job: &Job) -> String {
    if job.held {
        "until it is released".to_owned()
    } else if let Some(ready_at) = job.ready_at {
        format!("until {ready_at}")
    } else {
        "for other jobs to complete".to_owned()
    }
}
