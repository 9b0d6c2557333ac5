//! Renews the leases of this process, and says that it is alive if it takes any job.

use crate::engine::Shared;
use crate::engine::holdings::Moment;
use std::sync::Arc;
use tokio::time::{MissedTickBehavior, interval};
use tracing::debug;

/// Runs until it is aborted.
pub(crate) async fn heartbeat(shared: Arc<Shared>) {
    let mut beat = interval(shared.store.clock().lease() / 3);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        if !shared.holdings.is_empty() {
            let asked = Moment::now(shared.store.clock());
            match shared.store.renew(&shared.worker).await {
                Ok(ids) => shared.holdings.renewed(&ids, asked),
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
