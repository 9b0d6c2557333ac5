//! The time of day, which tests may set: leases and time stamps come from here.

use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The system's clock, and how far it is turned.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    turned_ms: Arc<AtomicI64>,
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
}
