//! What a face may show while a job is followed. Nothing depends on a notice being seen.

use crate::job::JobError;
use crate::progress::Progress;
use comfyctl_workflow::check::Finding;
use comfyctl_workflow::convert::Warning;
use jiff::Timestamp;

/// Something that happened to a job on its way.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// Something is odd about the workflow; it is sent all the same.
    Odd(Finding),
    /// Something is odd about the file of the editor that the workflow is made from.
    Converted(Warning),
    /// It waits in the server's queue behind so many others.
    Queued {
        /// Jobs before it, running ones included.
        ahead: usize,
    },
    /// It runs.
    Progress(Progress),
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
    /// It waits to be sent.
    Waiting {
        /// For what, for people.
        reason: String,
    },
    /// It is sent again: a server forgot it, or the request did not get through.
    Resubmitted {
        /// Which attempt this is; the first one is 1.
        attempt: u32,
        /// Why, for people.
        reason: String,
    },
    /// It failed in a way that may pass, and will be sent again.
    Retrying {
        /// What went wrong.
        error: JobError,
        /// When it will be ready to be sent.
        ready_at: Timestamp,
    },
}

/// Called for each notice, from the task that follows the job: must return soon.
pub type Watcher<'a> = &'a (dyn Fn(Notice) + Send + Sync);
