//! What a server turned out to lack, noticed once and remembered.

use std::sync::atomic::{AtomicBool, Ordering};

/// Starts with the belief that the server has everything. Kept for the life of a client: what works
/// around a missing route works just as well on a server that has been updated since.
#[derive(Debug, Default)]
pub(crate) struct Capabilities {
    /// `/api/jobs` and `/api/jobs/{id}`, absent in 0.3.64.
    pub(crate) no_jobs: Missing,
    /// `/api/jobs/{id}/cancel` and `/api/jobs/cancel`, which came later.
    pub(crate) no_cancel: Missing,
}

/// Whether a route is known to be missing.
#[derive(Debug, Default)]
pub(crate) struct Missing(AtomicBool);

impl Missing {
    pub(crate) fn is_known(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn remember(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
