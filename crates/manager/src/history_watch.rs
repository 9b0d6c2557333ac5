//! Watching the history as a whole: for faces that show what goes on.

use crate::store::{Store, Wake};

/// Wakes whenever any process has changed a job. Says only that it is worth looking again.
#[derive(Debug)]
pub struct HistoryWatch {
    store: Store,
    wake: Wake,
}

impl HistoryWatch {
    /// Watches from now on.
    pub(crate) fn new(store: Store) -> Self {
        Self {
            wake: store.feed().all(),
            store,
        }
    }

    /// Returns at once if something changed since the last call. `false` when this process has closed
    /// the history, so that no more will come.
    pub async fn changed(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.wake.changed() => true,
            () = self.store.feed().closed() => false,
        }
    }
}
