//! The time of day and the length of leases, which tests may set: leases and time stamps come from
//! here.

use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How long a lease lasts unless it is renewed.
const LEASE: Duration = Duration::from_secs(15);

/// The system's clock, and how far it is turned.
#[derive(Debug, Clone)]
pub struct Clock {
    turned_ms: Arc<AtomicI64>,
    lease: Duration,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            turned_ms: Arc::default(),
            lease: LEASE,
        }
    }
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Timestamp {
        let turned = SignedDuration::from_millis(self.turned_ms.load(Ordering::Relaxed));
        let now = Timestamp::now();
        now.checked_add(turned).unwrap_or(now)
    }

    /// Turns the clock as an administrator would, for all that hold it.
    pub fn turn(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(0);
        self.turned_ms.fetch_add(by, Ordering::Relaxed);
    }

    /// Has leases last so long unless they are renewed; all processes of a history must agree. By
    /// default 15 s.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How long a lease lasts unless it is renewed.
    pub(crate) fn lease(&self) -> Duration {
        self.lease
    }
}
