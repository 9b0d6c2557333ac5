//! The leases that this process holds, by its own clock, which cannot be set.

use crate::job::JobId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The part of a lease at its end in which nothing is sent any more.
const MARGIN: u32 = 5;

/// Each job with a moment before its lease was last given or renewed.
#[derive(Debug)]
pub(crate) struct Holdings {
    lease: Duration,
    jobs: Mutex<HashMap<JobId, Instant>>,
}

impl Holdings {
    /// Nothing is held; leases will last so long.
    pub(crate) fn new(lease: Duration) -> Self {
        Self {
            lease,
            jobs: Mutex::default(),
        }
    }

    /// A lease was given; `asked` is a moment before.
    pub(crate) fn add(&self, id: JobId, asked: Instant) {
        self.jobs().insert(id, asked);
    }

    /// The job is not looked after any more.
    pub(crate) fn remove(&self, id: JobId) {
        self.jobs().remove(&id);
    }

    /// These leases were renewed; `asked` is a moment before.
    pub(crate) fn renewed(&self, ids: &[JobId], asked: Instant) {
        let mut jobs = self.jobs();
        for id in ids {
            if let Some(at) = jobs.get_mut(id) {
                *at = asked;
            }
        }
    }

    /// Whether nobody else can have taken the job over yet.
    pub(crate) fn is_safe(&self, id: JobId) -> bool {
        let given = self.jobs().get(&id).copied();
        given.is_some_and(|at| at.elapsed() + self.lease / MARGIN < self.lease)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.jobs().is_empty()
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<JobId, Instant>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_on_a_lease_that_others_may_hold() {
        let lease = Duration::from_secs(15);
        let holdings = Holdings::new(lease);
        let (kept, lost) = (JobId::generate(), JobId::generate());
        holdings.add(kept, Instant::now());
        holdings.add(lost, Instant::now());
        assert!(holdings.is_safe(kept) && holdings.is_safe(lost));
        tokio::time::advance(lease.saturating_sub(lease / MARGIN)).await;
        assert!(!holdings.is_safe(kept));
        // Another process took one of them meanwhile, so that it was not renewed.
        holdings.renewed(&[kept], Instant::now());
        assert!(holdings.is_safe(kept));
        assert!(!holdings.is_safe(lost));
    }
}
