//! Cleans the history up as the settings say, for as long as a worker is alive.

use crate::engine::Shared;
use crate::settings::Settings;
use crate::tidying::tidy;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, info};

/// Time between two clean-ups. There is little to do each time, so that it holds nobody up.
const PERIOD: Duration = Duration::from_hours(1);

/// Runs until it is aborted, which may be at any time.
pub(crate) async fn caretaker(shared: Arc<Shared>, settings: watch::Receiver<Arc<Settings>>) {
    let mut round = interval(PERIOD);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        round.tick().await;
        let kept = settings.borrow().job_history().clone();
        match tidy(&shared.store, &kept, &shared.locations, None).await {
            Ok(0) => {}
            Ok(jobs) => info!(jobs, "old jobs are removed from the history"),
            Err(error) => debug!(%error, "the history is not cleaned up; it is tried again"),
        }
    }
}
