//! What the engine's loop tells a course, and what a course tells the loop to do.

use crate::course::Turns;
use crate::ending::Ending;
use crate::job::JobError;
use std::time::Duration;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Observation {
    /// The POST came back.
    Posted(PostAnswer),
    /// The socket says that the prompt is being executed.
    StartHeard,
    /// The socket says that it is over.
    EndHeard,
    /// The socket is connected (again).
    SocketUp,
    /// The socket is gone.
    SocketDown,
    /// The server's queue and history were looked at; the look began that many turns ago.
    Looked { sighting: Sighting, since: Turns },
    /// The user wants it to stop. `unsent` when a POST was due and was called off.
    CancelWanted { unsent: bool },
    /// It waited or ran longer than it may. `unsent` as above.
    Overdue { error: JobError, unsent: bool },
}

/// What became of a POST.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PostAnswer {
    /// The server took it.
    Accepted,
    /// The server refuses this prompt for good.
    Rejected(JobError),
    /// It certainly did not reach the server.
    NotSent(JobError),
    /// The server answered that it cannot just now.
    Busy(JobError),
    /// The server answered with an error that says nothing about the prompt.
    Failed(JobError),
    /// No answer: the server may have it.
    Lost(JobError),
}

/// Where the server has the prompt: its queue was looked at first, then its history.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sighting {
    /// Waiting behind so many others.
    Queued {
        ahead: usize,
    },
    Running,
    Finished(Ending),
    Absent,
    /// It could not be asked. `for_now` when that may pass by itself.
    NoAnswer {
        error: JobError,
        for_now: bool,
    },
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Send the prompt, as the given attempt and for the given reason.
    Post {
        after: Duration,
        attempt: u32,
        reason: &'static str,
    },
    /// Look at queue and history.
    Look { after: Duration },
    /// Ask the server to stop it.
    Cancel,
    /// Record the end.
    End(Ending),
    /// Put it back in line: it did not reach the server.
    Unsend(JobError),
    /// Stop watching; the job stays open.
    GiveUp(JobError),
}
