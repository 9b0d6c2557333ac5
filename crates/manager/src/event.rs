//! What happens to a job, one line of its story at a time.
//!
//! Every change of a job is one of these, committed together with the new state under the job's
//! next sequence number, and shown to watchers only then. Stored as JSON: a released variant is
//! never renamed, a new field gets a default.

use crate::job::{JobError, JobStatus};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Position in the story of a job. The first event is 1, and none is left out.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// As a column has it.
    pub(crate) fn stored(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }
}

/// An event as the history holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobEvent {
    /// Its place in the story.
    pub seq: Seq,
    /// When it was recorded.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub change: Change,
}

/// Something that happened to a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// It was stored.
    Submitted,
    /// It is about to be posted, by this process and to this connection.
    Sending {
        /// 1 for the first; a repeated request belongs to the same attempt.
        attempt: u32,
        /// Name of the connection.
        connection: String,
        /// The process that owns the job.
        worker: String,
        /// Why it is sent again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The request certainly did not reach the server; the job waits again.
    Unsent {
        /// Why.
        error: JobError,
    },
    /// Another process looks after it now.
    Adopted {
        /// That process.
        worker: String,
    },
    /// A server accepted it.
    Queued,
    /// A server executes it.
    Running,
    /// The server runs it only in part: these outputs were refused, with the reason of each.
    Partial {
        /// For people; each names node, class and input.
        reasons: Vec<String>,
    },
    /// The server does not answer; the job may go on there.
    Trouble {
        /// For people.
        reason: String,
    },
    /// The server answers again.
    Recovered,
    /// Someone wants it to stop.
    CancelRequested {
        /// Who.
        by: String,
    },
    /// It failed in a way that may pass, and will be sent again as a new attempt.
    Retrying {
        /// What went wrong.
        error: JobError,
        /// When it will be ready to be sent.
        ready_at: Timestamp,
    },
    /// It is kept from being sent.
    Held,
    /// It may be sent again.
    Unheld,
    /// Its place in the line or its connection was changed before it was sent.
    Moved {
        /// For people.
        what: String,
    },
    /// It ended well.
    Completed,
    /// It ended with an error.
    Failed {
        /// Why.
        error: JobError,
    },
    /// It ended because someone wanted it to.
    Cancelled {
        /// Who or how.
        error: JobError,
    },
    /// Its files were fetched.
    Saved {
        /// How many there are on this machine.
        files: usize,
    },
}

/// An event that a job cannot meet where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {status} cannot become {event}")]
pub struct IllegalTransition {
    status: JobStatus,
    event: &'static str,
}

/// Where a job stands after an event; `None` when the event tells nothing new, such as a queue
/// sighting of a job that runs already. Final statuses are never left.
pub(crate) fn transition(
    status: JobStatus,
    change: &Change,
) -> Result<Option<JobStatus>, IllegalTransition> {
    use JobStatus::{Pending, Queued, Running};
    let illegal = |event| Err(IllegalTransition { status, event });
    if status.is_final() {
        return match change {
            Change::Saved { .. } => Ok(Some(status)),
            other => illegal(other.name()),
        };
    }
    let next = match (change, status) {
        (Change::Submitted | Change::Saved { .. }, _)
        | (
            Change::Unsent { .. } | Change::Held | Change::Unheld | Change::Moved { .. },
            Queued | Running,
        ) => {
            return illegal(change.name());
        }
        (Change::Queued, Queued | Running) | (Change::Running, Running) => return Ok(None),
        (Change::Queued, _) => Queued,
        (Change::Running, _) => Running,
        (Change::Completed, _) => JobStatus::Completed,
        (Change::Failed { .. }, _) => JobStatus::Failed,
        (Change::Cancelled { .. }, _) => JobStatus::Cancelled,
        (Change::Sending { .. } | Change::Retrying { .. }, _) => Pending,
        (
            Change::Unsent { .. }
            | Change::Adopted { .. }
            | Change::Partial { .. }
            | Change::Trouble { .. }
            | Change::Recovered
            | Change::CancelRequested { .. }
            | Change::Held
            | Change::Unheld
            | Change::Moved { .. },
            _,
        ) => status,
    };
    Ok(Some(next))
}

impl Change {
    fn name(&self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Sending { .. } => "sending",
            Self::Unsent { .. } => "unsent",
            Self::Adopted { .. } => "adopted",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Partial { .. } => "partly refused",
            Self::Trouble { .. } => "in trouble",
            Self::Recovered => "recovered",
            Self::CancelRequested { .. } => "asked to stop",
            Self::Retrying { .. } => "retried",
            Self::Held => "held",
            Self::Unheld => "unheld",
            Self::Moved { .. } => "moved",
            Self::Completed => "completed",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
            Self::Saved { .. } => "saved",
        }
    }

    /// Whether nothing but `Saved` can follow.
    pub fn is_end(&self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed { .. } | Self::Cancelled { .. }
        )
    }
}
