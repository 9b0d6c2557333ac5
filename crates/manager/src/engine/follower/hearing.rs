//! What the socket says of a job, told to its course.

use super::Follower;
use super::journey::Journey;
use crate::course::Observation;
use crate::error::Error;
use crate::event::Change;
use comfyctl_client::{Disconnection, Event, Signal};

impl Follower {
    pub(super) async fn hear(&self, journey: &mut Journey, signal: Signal) -> Result<(), Error> {
        let observation = match signal {
            // After a lag too, what was missed is in the queue and the history.
            Signal::Connected { .. } | Signal::Lagged { .. } => Observation::SocketUp,
            // The listener renews a socket that may be deaf; a node that works for long is no trouble.
            Signal::Disconnected { reason } if matches!(*reason, Disconnection::Quiet { .. }) => {
                return Ok(());
            }
            Signal::Disconnected { reason } => {
                self.trouble(journey, &reason.to_string()).await?;
                Observation::SocketDown
            }
            Signal::Event(event) => {
                journey.track(&event, self);
                match meaning(&event) {
                    Some(observation) => observation,
                    None => return Ok(()),
                }
            }
            _ => return Ok(()),
        };
        journey.end_heard |= observation == Observation::EndHeard;
        self.observe(journey, observation).await
    }

    /// The story tells of each outage once. While nothing is posted, none concerns the job.
    pub(super) async fn trouble(&self, journey: &mut Journey, reason: &str) -> Result<(), Error> {
        if std::mem::replace(&mut journey.in_trouble, true) || journey.post_at.is_some() {
            return Ok(());
        }
        let reason = reason.to_owned();
        self.record(Change::Trouble { reason }).await
    }
}

/// What an event says about where the job stands. Only the end marker means that the history has
/// it: it follows success, error and interruption alike, and an error alone may be survived.
fn meaning(event: &Event) -> Option<Observation> {
    match event {
        Event::Executing(executing) if executing.node.is_none() => Some(Observation::EndHeard),
        Event::ExecutionStart(_) | Event::Executing(_) | Event::ProgressState(_) => {
            Some(Observation::StartHeard)
        }
        _ => None,
    }
}
