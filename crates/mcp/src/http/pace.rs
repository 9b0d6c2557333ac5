//! How many requests a client may make: `mcp.requests_per_minute`, for each address.
//!
//! Goes by the settings as they are changed. Behind a proxy all clients have one address.

use crate::backend::Backend;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Addresses that are remembered before those are forgotten that have their whole share again.
const REMEMBERED: usize = 1024;

/// The shares of all addresses.
#[derive(Debug)]
pub(super) struct Pace {
    backend: Arc<Backend>,
    limiter: Mutex<Option<(NonZeroU32, Arc<DefaultKeyedRateLimiter<IpAddr>>)>>,
}

impl Pace {
    pub(super) fn new(backend: Arc<Backend>) -> Self {
        Self {
            backend,
            limiter: Mutex::default(),
        }
    }

    /// How long an address has to wait; `None` when it may go on.
    pub(super) fn wait(&self, address: IpAddr) -> Option<Duration> {
        let limit = NonZeroU32::new(self.backend.settings().mcp().requests_per_minute)?;
        let limiter = self.limiter(limit);
        if limiter.len() > REMEMBERED {
            limiter.retain_recent();
        }
        let refused = limiter.check_key(&address).err()?;
        Some(refused.wait_time_from(DefaultClock::default().now()))
    }

    fn limiter(&self, limit: NonZeroU32) -> Arc<DefaultKeyedRateLimiter<IpAddr>> {
        let mut current = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        match &*current {
            Some((same, limiter)) if *same == limit => Arc::clone(limiter),
            _ => {
                let limiter = Arc::new(RateLimiter::keyed(Quota::per_minute(limit)));
                *current = Some((limit, Arc::clone(&limiter)));
                limiter
            }
        }
    }
}
