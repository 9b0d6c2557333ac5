//! The leases that this process holds, by clocks of its own.

use crate::clock::Clock;
use crate::job::JobId;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The part of a lease at its end in which nothing is sent any more.
const MARGIN: u32 = 5;

/// A moment by two clocks: one that cannot be set, and one that goes on while the machine sleeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    steady: Instant,
    of_day: Timestamp,
}

impl Moment {
    pub(crate) fn now(clock: &Clock) -> Self {
        Self {
            steady: Instant::now(),
            of_day: clock.now(),
        }
    }

    /// The time since, by the clock that says more.
    fn elapsed(self, clock: &Clock) -> Duration {
        let of_day = clock.now().duration_since(self.of_day);
        let of_day = Duration::try_from(of_day).unwrap_or_default();
        self.steady.elapsed().max(of_day)
    }
}

/// Each job with a moment before its lease was last given or renewed.
#[derive(Debug)]
pub(crate) struct Holdings {
    clock: Clock,
    jobs: Mutex<HashMap<JobId, Moment>>,
}

impl Holdings {
    /// Nothing is held yet.
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            jobs: Mutex::default(),
        }
    }

    /// A lease was given; `asked` is a moment before.
    pub(crate) fn add(&self, id: JobId, asked: Moment) {
        self.jobs().insert(id, asked);
    }

    /// The job is not looked after any more.
    pub(crate) fn remove(&self, id: JobId) {
        self.jobs().remove(&id);
    }

    /// These leases were renewed; `asked` is a moment before.
    pub(crate) fn renewed(&self, ids: &[JobId], asked: Moment) {
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
        let lease = self.clock.lease();
        given.is_some_and(|at| at.elapsed(&self.clock) + lease / MARGIN < lease)
    }

    /// Whether this process knows of the lease.
    pub(crate) fn contains(&self, id: JobId) -> bool {
        self.jobs().contains_key(&id)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.jobs().is_empty()
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<JobId, Moment>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    /// The lease, two jobs that are held, and what holds them.
    fn holdings(clock: &Clock) -> (Duration, [JobId; 2], Holdings) {
        let holdings = Holdings::new(clock.clone());
        let jobs = [JobId::generate(), JobId::generate()];
        for id in jobs {
            holdings.add(id, Moment::now(clock));
        }
        assert!(jobs.iter().all(|id| holdings.is_safe(*id)));
        (clock.lease(), jobs, holdings)
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_on_a_lease_that_others_may_hold() {
        let clock = Clock::default();
        let (lease, [kept, lost], holdings) = holdings(&clock);
        tokio::time::advance(lease.saturating_sub(lease / MARGIN)).await;
        assert!(!holdings.is_safe(kept));
        // Another process took one of them meanwhile, so that it was not renewed.
        holdings.renewed(&[kept], Moment::now(&clock));
        assert!(holdings.is_safe(kept));
        assert!(!holdings.is_safe(lost));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_goes_by_while_the_machine_sleeps() {
        let clock = Clock::default();
        let (lease, [held, _], holdings) = holdings(&clock);
        clock.turn(lease.try_into().unwrap());
        assert!(!holdings.is_safe(held));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_goes_by_when_the_clock_is_set_back() {
        let clock = Clock::default();
        let (lease, [held, _], holdings) = holdings(&clock);
        clock.turn(SignedDuration::from_hours(-1));
        tokio::time::advance(lease).await;
        assert!(!holdings.is_safe(held));
    }
}
