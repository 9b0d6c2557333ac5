//! Where a job stands, and what is to be done next: the decisions of the engine, pure.
//!
//! The driver in [`crate::engine`] turns everything that happens into an [`Observation`], gives it
//! to [`Course::observe`] and carries out the [`Action`]s. Nothing here does I/O or reads a clock:
//! `now` is the time since the job was taken up.
//!
//! What this guards: a prompt is posted again only when the server certainly does not have it, a
//! silent or lost socket never fails a job, and an end is believed only from the server's records.

mod exchange;
mod patience;

pub(crate) use exchange::{Action, Observation, PostAnswer, Sighting};
pub use patience::Patience;

use crate::code::Code;
use crate::ending::Ending;
use crate::job::{JobError, JobStatus};
use std::time::Duration;

/// Everything that the engine knows of a job while it follows it.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    patience: Patience,
    stage: Stage,
    /// Times that the job was handed to a server.
    attempt: u32,
    /// Attempts that were made because a server forgot the job.
    resubmissions: u32,
    /// POSTs of this attempt.
    posts: u32,
    /// An answer to one of them came, or failed to come, here.
    posted: bool,
    cancel_wanted: bool,
    /// Why it is stopped though nobody wants it to: it takes too long.
    overdue: Option<JobError>,
    socket: Socket,
    /// The socket said that it is over; the records must say so too.
    end_heard: bool,
    outage_since: Option<Duration>,
    /// Counts what makes a look that is under way worthless.
    turns: Turns,
}

/// How often something happened after which an older look says nothing: a look that began before a
/// POST came through does not see the prompt, one that began before a restart sees what is gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Turns(u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Socket {
    /// Nothing was heard of it yet.
    Unknown,
    Down,
    /// Up, and was down since the prompt was last posted or seen on the server, which may have been
    /// restarted meanwhile.
    Renewed,
    /// Never down since the prompt was last posted or seen on the server: it is the same process.
    Unbroken,
}

#[derive(Debug, Clone, PartialEq)]
enum Stage {
    /// The request is on its way, or about to be.
    Posting,
    /// The server may or may not have it; "not there" counts from `until` on. Then it is posted
    /// once more, or the job fails with the error.
    InDoubt {
        until: Duration,
        error: JobError,
        repeat: bool,
    },
    Queued,
    Running,
    Ended,
}

impl Course {
    /// A job that is recorded as about to be posted, and was not posted in this attempt.
    pub(crate) fn start(patience: Patience, attempt: u32, resubmissions: u32) -> Self {
        Self {
            patience,
            stage: Stage::Posting,
            attempt,
            resubmissions,
            posts: 1,
            posted: false,
            cancel_wanted: false,
            overdue: None,
            socket: Socket::Unknown,
            end_heard: false,
            outage_since: None,
            turns: Turns::default(),
        }
    }

    /// A job that somebody else posted, or was about to, when they went away. One that no server
    /// said to have may be on its way still, or be sent yet by an owner who holds a lease of this
    /// length for valid: when the clock was set, a lease ends early.
    pub(crate) fn resume(
        patience: Patience,
        status: JobStatus,
        attempt: u32,
        resubmissions: u32,
        lease: Duration,
    ) -> Self {
        let stage = match status {
            JobStatus::Queued => Stage::Queued,
            JobStatus::Running => Stage::Running,
            _ => Stage::InDoubt {
                until: patience.doubt.max(lease),
                error: JobError::new(Code::Unreachable, "nobody knows whether it was sent"),
                repeat: true,
            },
        };
        Self {
            stage,
            ..Self::start(patience, attempt, resubmissions)
        }
    }

    /// The status that the store should show.
    pub(crate) fn status(&self) -> JobStatus {
        match self.stage {
            Stage::Posting | Stage::InDoubt { .. } | Stage::Ended => JobStatus::Pending,
            Stage::Queued => JobStatus::Queued,
            Stage::Running => JobStatus::Running,
        }
    }

    /// To be noted when a look begins, and given back with what it saw.
    pub(crate) fn turns(&self) -> Turns {
        self.turns
    }

    /// Takes note of what happened and says what to do.
    pub(crate) fn observe(&mut self, observation: Observation, now: Duration) -> Vec<Action> {
        if self.stage == Stage::Ended {
            return Vec::new();
        }
        let before = self.standing();
        let actions = self.consider(observation, now);
        if self.standing() != before {
            self.turns.0 += 1;
        }
        actions
    }

    fn standing(&self) -> (bool, Socket, u32, u32) {
        (self.is_on_server(), self.socket, self.attempt, self.posts)
    }

    fn consider(&mut self, observation: Observation, now: Duration) -> Vec<Action> {
        match observation {
            Observation::Posted(answer) => self.posted(answer, now),
            Observation::StartHeard => {
                self.seen(Stage::Running);
                Vec::new()
            }
            Observation::EndHeard => {
                self.seen(Stage::Running);
                self.end_heard = true;
                vec![look(Duration::ZERO)]
            }
            Observation::SocketUp => {
                let on_server = self.is_on_server();
                self.socket = match self.socket {
                    Socket::Unknown if !on_server => Socket::Unbroken,
                    Socket::Unknown | Socket::Down => Socket::Renewed,
                    up => up,
                };
                if on_server {
                    vec![look(Duration::ZERO)]
                } else {
                    Vec::new()
                }
            }
            Observation::SocketDown => {
                self.socket = Socket::Down;
                if self.is_on_server() {
                    vec![look(self.patience.urgent_look)]
                } else {
                    Vec::new()
                }
            }
            Observation::Looked { sighting, since } if since == self.turns => {
                self.looked(sighting, now)
            }
            // An end is one whenever it was seen.
            Observation::Looked {
                sighting: sighting @ Sighting::Finished(_),
                ..
            } => self.looked(sighting, now),
            Observation::Looked { .. } => vec![look(Duration::ZERO)],
            Observation::CancelWanted { unsent: true } => {
                self.end(Ending::cancelled("cancelled before it was sent"))
            }
            Observation::CancelWanted { unsent: false } => self.stop(),
            Observation::Overdue { error, unsent } => {
                self.overdue = Some(error);
                if unsent {
                    self.end(Ending::cancelled("not sent in time"))
                } else {
                    self.stop()
                }
            }
        }
    }

    fn stop(&mut self) -> Vec<Action> {
        self.cancel_wanted = true;
        vec![Action::Cancel, look(self.patience.urgent_look)]
    }

    fn is_on_server(&self) -> bool {
        matches!(self.stage, Stage::Queued | Stage::Running)
    }

    /// The server has the prompt, and so it is not one that was restarted before the present socket.
    fn seen(&mut self, stage: Stage) {
        self.renew_evidence();
        self.taken(stage);
    }

    /// What the socket told before counts for nothing.
    fn renew_evidence(&mut self) {
        if self.socket == Socket::Renewed {
            self.socket = Socket::Unbroken;
        }
    }

    /// A server has or had the prompt. A running one does not go back to the queue.
    fn taken(&mut self, stage: Stage) {
        if self.stage != Stage::Running {
            self.stage = stage;
        }
        self.outage_since = None;
    }

    fn posted(&mut self, answer: PostAnswer, now: Duration) -> Vec<Action> {
        if self.stage != Stage::Posting {
            // Seen on the server before its answer came.
            return Vec::new();
        }
        self.posted = true;
        match answer {
            PostAnswer::Accepted => {
                // By a server that may have been restarted before this answer was read.
                self.taken(Stage::Queued);
                let next = look(self.time_to_next_look());
                if self.cancel_wanted {
                    vec![Action::Cancel, next]
                } else {
                    vec![next]
                }
            }
            PostAnswer::Rejected(error) => self.end(Ending::failed(error)),
            PostAnswer::NotSent(error) => self.not_sent(error, now),
            PostAnswer::Busy(error) => self.doubt(error, now, true),
            PostAnswer::Failed(error) => self.doubt(error, now, false),
            PostAnswer::Lost(error) => self.doubt(error, now + self.patience.doubt, true),
        }
    }

    fn doubt(&mut self, error: JobError, until: Duration, repeat: bool) -> Vec<Action> {
        self.stage = Stage::InDoubt {
            until,
            error,
            repeat,
        };
        vec![look(Duration::ZERO)]
    }

    /// A job that waits for its server goes back in line. One that does not is told at once the
    /// first time, since the address may be wrong; a server that was there before is given time to
    /// come back.
    fn not_sent(&mut self, error: JobError, now: Duration) -> Vec<Action> {
        if self.cancel_wanted {
            return self.end(Ending::cancelled("cancelled before it was sent"));
        }
        if self.patience.waits_for_server {
            self.stage = Stage::Ended;
            return vec![Action::Unsend(error)];
        }
        if self.attempt == 1 {
            return self.end(Ending::failed(error));
        }
        let since = *self.outage_since.get_or_insert(now);
        if self.is_too_long(since, now) {
            return self.end(Ending::failed(lost_error(self.resubmissions)));
        }
        vec![Action::Post {
            after: self.patience.urgent_look,
            attempt: self.attempt,
            reason: "the server could not be reached",
        }]
    }

    fn looked(&mut self, sighting: Sighting, now: Duration) -> Vec<Action> {
        match sighting {
            Sighting::Finished(ending) => self.end(ending),
            Sighting::Queued { .. } => self.still_there(Stage::Queued),
            Sighting::Running => self.still_there(Stage::Running),
            Sighting::Absent => self.absent(now),
            Sighting::NoAnswer { error, for_now } => self.no_answer(error, for_now, now),
        }
    }

    fn no_answer(&mut self, error: JobError, for_now: bool, now: Duration) -> Vec<Action> {
        if let Stage::InDoubt { error, until, .. } = &self.stage
            && !for_now
            && self.posted
            && now >= *until
        {
            // Neither request was understood: what answers there is no ComfyUI, or not for us. A job
            // that somebody else sent may run behind what answers in its server's place just now.
            let error = JobError {
                code: Code::NotComfyui,
                ..error.clone()
            };
            return self.end(Ending::failed(error));
        }
        let since = *self.outage_since.get_or_insert(now);
        if self.is_too_long(since, now) {
            self.stage = Stage::Ended;
            return vec![Action::GiveUp(error)];
        }
        vec![look(self.patience.urgent_look)]
    }

    fn is_too_long(&self, since: Duration, now: Duration) -> bool {
        let outage = self.patience.outage;
        outage.is_some_and(|outage| now.saturating_sub(since) >= outage)
    }

    fn still_there(&mut self, stage: Stage) -> Vec<Action> {
        self.seen(stage);
        let next = look(self.time_to_next_look());
        if self.cancel_wanted {
            vec![Action::Cancel, next]
        } else {
            vec![next]
        }
    }

    fn time_to_next_look(&self) -> Duration {
        let deaf = matches!(self.socket, Socket::Unknown | Socket::Down);
        let hurry = self.end_heard || self.cancel_wanted || deaf;
        if hurry {
            self.patience.urgent_look
        } else {
            self.patience.look
        }
    }

    /// Neither in the queue nor in the history.
    fn absent(&mut self, now: Duration) -> Vec<Action> {
        self.outage_since = None;
        let unbroken = self.socket == Socket::Unbroken;
        match &self.stage {
            Stage::Ended => Vec::new(),
            Stage::Posting => vec![look(self.patience.urgent_look)],
            Stage::InDoubt { until, .. } if now < *until => vec![look(self.patience.urgent_look)],
            Stage::InDoubt { .. } if self.cancel_wanted => {
                self.end(Ending::cancelled("cancelled before the server took it"))
            }
            Stage::InDoubt { error, repeat, .. } => {
                if *repeat && self.posts < self.patience.posts {
                    self.post_again()
                } else {
                    let error = error.clone();
                    self.end(Ending::failed(error))
                }
            }
            _ if self.cancel_wanted => self.end(Ending::cancelled("cancelled")),
            Stage::Queued if unbroken => self.end(Ending::cancelled(
                "removed from the server's queue by someone else",
            )),
            Stage::Running if unbroken => self.end(Ending::failed(erased_error())),
            Stage::Queued | Stage::Running => self.lost(),
        }
    }

    fn post_again(&mut self) -> Vec<Action> {
        let doublings = self.posts.saturating_sub(1).min(6);
        self.posts += 1;
        self.renew_evidence();
        self.stage = Stage::Posting;
        let after = self.patience.post_backoff * 2_u32.pow(doublings);
        vec![Action::Post {
            after,
            attempt: self.attempt,
            reason: "the server does not have it",
        }]
    }

    /// A restarted server has forgotten the job.
    fn lost(&mut self) -> Vec<Action> {
        if self.resubmissions >= self.patience.resubmissions {
            return self.end(Ending::failed(lost_error(self.resubmissions + 1)));
        }
        self.resubmissions += 1;
        self.attempt += 1;
        self.posts = 1;
        self.end_heard = false;
        self.renew_evidence();
        self.stage = Stage::Posting;
        vec![Action::Post {
            after: Duration::ZERO,
            attempt: self.attempt,
            reason: "the server forgot it, most likely by a restart",
        }]
    }

    fn end(&mut self, mut ending: Ending) -> Vec<Action> {
        self.stage = Stage::Ended;
        if ending.status == JobStatus::Cancelled
            && let Some(error) = self.overdue.take()
        {
            (ending.status, ending.error) = (JobStatus::Failed, Some(error));
        }
        vec![Action::End(ending)]
    }
}

fn look(after: Duration) -> Action {
    Action::Look { after }
}

fn lost_error(attempts: u32) -> JobError {
    let message = format!("the server forgot the job, most likely by a restart, {attempts} times");
    let mut error = JobError::new(Code::ServerLostJob, &message);
    error.hint = Some("look at the server's log for the reason, then run it again".to_owned());
    error
}

fn erased_error() -> JobError {
    let message = "the server's record of the job was erased before it could be read";
    let mut error = JobError::new(Code::ServerLostJob, message);
    error.hint = Some("someone cleared the history; look for the files on the server".to_owned());
    error
}

#[cfg(test)]
mod tests;
