//! How long a database that is busy or away is waited for.

use crate::store::database::is_locked;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long it is tried again.
const PERSISTENCE: Duration = Duration::from_secs(30);
/// First wait; doubled up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Counts the time since something was first tried.
pub(crate) struct Patience {
    started: Instant,
    wait: Duration,
}

impl Patience {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            wait: FIRST_WAIT,
        }
    }

    /// Waits before the next try, longer each time; `false`, at once, when it is enough.
    pub(crate) async fn wait(&mut self) -> bool {
        if self.started.elapsed() >= PERSISTENCE {
            return false;
        }
        sleep(self.wait).await;
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        true
    }
}

/// Whether trying again may help: the database is busy, restarting or out of reach.
pub(crate) fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(database) => {
            let code = database.code();
            let postgres = code.is_some_and(|code| {
                // Connection lost, too many of them, server stopping or starting, deadlock.
                code.starts_with("08")
                    || ["53300", "57P01", "57P02", "57P03", "40001", "40P01"].contains(&&*code)
            });
            postgres || is_locked(error)
        }
        _ => false,
    }
}
