//! Renews the leases of this process, gives back those that it does not know of, and says that it is
//! alive if it takes any job.

use crate::engine::Shared;
use crate::engine::holdings::{Holdings, Moment};
use crate::job::JobId;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::time::{MissedTickBehavior, interval};
use tracing::debug;

/// Runs until it is aborted.
pub(crate) async fn heartbeat(shared: Arc<Shared>) {
    let mut beat = interval(shared.store.clock().lease() / 3);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut strays = Strays::default();
    loop {
        beat.tick().await;
        if !shared.holdings.is_empty() {
            let asked = Moment::now(shared.store.clock());
            match shared.store.renew(&shared.worker).await {
                Ok(ids) => {
                    shared.holdings.renewed(&ids, asked);
                    give_back(&shared, strays.among(ids, &shared.holdings)).await;
                }
                Err(error) => debug!(%error, "failed to renew the leases of jobs"),
            }
        }
        if shared.is_working()
            && let Err(error) = shared.store.announce(&shared.worker).await
        {
            debug!(%error, "failed to announce this worker");
        }
    }
}

/// Leases that were renewed though this process does not know of them, because the answer that gave
/// them was lost: nobody follows their jobs.
#[derive(Default)]
struct Strays {
    /// Unknown at the last beat. One that was given just now becomes known until the next.
    suspects: HashSet<JobId>,
}

impl Strays {
    /// Those that are unknown for the second time.
    fn among(&mut self, renewed: Vec<JobId>, holdings: &Holdings) -> Vec<JobId> {
        let unknown: HashSet<JobId> = renewed
            .into_iter()
            .filter(|id| !holdings.contains(*id))
            .collect();
        let before = std::mem::replace(&mut self.suspects, unknown);
        self.suspects.intersection(&before).copied().collect()
    }
}

async fn give_back(shared: &Shared, strays: Vec<JobId>) {
    if strays.is_empty() {
        return;
    }
    debug!(
        jobs = strays.len(),
        "leases that nobody follows are given back"
    );
    if let Err(error) = shared.store.give_back(&shared.worker, strays).await {
        debug!(%error, "failed to give leases back; it is tried again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn a_lease_that_stays_unknown_is_a_stray() {
        let clock = Clock::default();
        let holdings = Holdings::new(clock.clone());
        let (known, new, stray) = (JobId::generate(), JobId::generate(), JobId::generate());
        holdings.add(known, Moment::now(&clock));
        let mut strays = Strays::default();
        assert_eq!(strays.among(vec![known, new, stray], &holdings), []);
        holdings.add(new, Moment::now(&clock));
        assert_eq!(strays.among(vec![known, new, stray], &holdings), [stray]);
        assert_eq!(strays.among(vec![known, new], &holdings), []);
        assert_eq!(strays.among(vec![stray], &holdings), []);
    }
}
