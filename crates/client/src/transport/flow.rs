//! Tells whether the body of a request still moves, so that a slow upload may take its time and a
//! stuck one may not.

use crate::error::{Error, ErrorKind, Operation, TimeoutPhase};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// Marks the flow of a body. Dropped with the body, when all of it was taken.
pub(crate) struct FlowGauge(watch::Sender<()>);

/// Watches the flow of a body.
pub(crate) struct Flow(watch::Receiver<()>);

impl Flow {
    pub(crate) fn new() -> (FlowGauge, Self) {
        let (sender, receiver) = watch::channel(());
        (FlowGauge(sender), Self(receiver))
    }

    /// Waits for the answer to a request as long as its body moves, with pauses of at most
    /// `silence`, and then for at most `request`.
    pub(super) async fn guard<T>(
        mut self,
        answer: impl Future<Output = Result<T, Error>>,
        operation: Operation,
        silence: Duration,
        request: Duration,
    ) -> Result<T, Error> {
        let mut answer = std::pin::pin!(answer);
        loop {
            let moved = tokio::select! {
                answered = &mut answer => return answered,
                moved = timeout(silence, self.0.changed()) => moved,
            };
            let (phase, after) = match moved {
                Ok(Ok(())) => continue,
                Err(_) => (TimeoutPhase::Silence, silence),
                Ok(Err(_)) => match timeout(request, answer).await {
                    Ok(answered) => return answered,
                    Err(_) => (TimeoutPhase::Request, request),
                },
            };
            return Err(Error::new(operation, ErrorKind::Timeout { phase, after }));
        }
    }
}

impl FlowGauge {
    pub(crate) fn mark(&self) {
        self.0.send_replace(());
    }
}
