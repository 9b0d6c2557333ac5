//! Tells the client how far a job is, in the job's own words.
//!
//! Numbers only ever rise, as the protocol demands, and what the client has not taken yet is replaced
//! by what is newer: a slow client never holds a job up. What stays as it is, as in a long queue, is
//! told again from time to time, for clients and proxies give up on calls that are silent.

use crate::call::Call;
use comfyctl_manager::{Job, JobStatus, Notice, Progress};
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use std::convert::Infallible;
use std::fmt::Write;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// Shortest time between two notifications.
const PACE: Duration = Duration::from_millis(100);

/// Longest silence: many clients give up after a minute.
const SILENCE: Duration = Duration::from_secs(20);

/// What a finished job has.
const ALL: f64 = 100.0;

/// By how much a notification rises that tells of no progress.
const NEXT: f64 = 0.001;

/// What is to be told next.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    percent: f64,
    message: String,
}

/// Tells one client of one job.
pub(crate) struct Reporter {
    token: Option<ProgressToken>,
    lines: watch::Sender<Option<Line>>,
}

impl Reporter {
    pub(crate) fn new(call: &Call) -> Self {
        Self {
            token: call.progress_token(),
            lines: watch::Sender::new(None),
        }
    }

    /// Takes note of what happened to the job.
    pub(crate) fn notice(&self, notice: Notice) {
        let Some(message) = describe(&notice) else {
            return;
        };
        self.lines.send_modify(|line| {
            let before = line.as_ref().map_or(0.0, |line| line.percent);
            let percent = match &notice {
                Notice::Progress(progress) => before.max(progress.fraction * ALL),
                _ => before,
            };
            *line = Some(Line { percent, message });
        });
    }

    /// Takes note of how much of something larger is done.
    pub(crate) fn note(&self, percent: f64, message: String) {
        let line = Line { percent, message };
        self.lines.send_if_modified(|before| {
            let is_news = before.as_ref() != Some(&line);
            *before = Some(line);
            is_news
        });
    }

    /// Tells the client until it is dropped.
    pub(crate) async fn tell(&self, call: &Call) -> Infallible {
        let mut lines = self.lines.subscribe();
        let mut told = 0.0;
        while let Some(token) = &self.token {
            let Some(line) = next_line(&mut lines).await else {
                break;
            };
            told = next(told, line.percent);
            let progress = ProgressNotificationParam::new(token.clone(), told)
                .with_total(ALL)
                .with_message(line.message);
            if call.request.peer.notify_progress(progress).await.is_err() {
                break;
            }
            tokio::time::sleep(PACE).await;
        }
        std::future::pending().await
    }
}

/// What is new, or what still is so after a silence; `None` when nothing will come any more.
async fn next_line(lines: &mut watch::Receiver<Option<Line>>) -> Option<Line> {
    let changed = timeout(SILENCE, lines.changed()).await;
    if let Ok(Err(_)) = changed {
        return None;
    }
    let line = lines.borrow_and_update().clone();
    Some(line.unwrap_or_else(|| Line {
        percent: 0.0,
        message: "waiting".to_owned(),
    }))
}

fn next(told: f64, percent: f64) -> f64 {
    if percent > told { percent } else { told + NEXT }
}

/// In a line; `None` for what is no news to whoever waits.
fn describe(notice: &Notice) -> Option<String> {
    Some(match notice {
        Notice::Queued { ahead: 0 } => "next in the queue".to_owned(),
        Notice::Queued { ahead } => format!("{ahead} before it in the queue"),
        Notice::Progress(progress) => running(progress),
        Notice::Partial { reasons } => format!("runs in part: {}", reasons.join("; ")),
        Notice::Trouble { reason } | Notice::Waiting { reason } => reason.clone(),
        Notice::Recovered => "the server answers again".to_owned(),
        Notice::Resubmitted { attempt, reason } => format!("sent again ({attempt}): {reason}"),
        Notice::Retrying { error, .. } => format!("tried again: {}", error.message),
        _ => return None,
    })
}

/// How far a job is that goes on.
pub(crate) fn of(job: &Job) -> String {
    match (&job.progress, &job.waiting_for) {
        (Some(progress), _) if job.status == JobStatus::Running => running(progress),
        (_, Some(reason)) => format!("{}: waits {reason}", job.status),
        _ => job.status.to_string(),
    }
}

/// `node 2 of 7: KSampler, step 12 of 20, 3 s left`.
fn running(progress: &Progress) -> String {
    let node = (progress.nodes_done + 1).min(progress.nodes_total);
    let mut text = format!("node {node} of {}", progress.nodes_total);
    // Writing to a string does not fail.
    if let Some(class) = &progress.class {
        let _ = write!(text, ": {class}");
    }
    if let Some(steps) = progress.steps.filter(|steps| steps.total > 1.0) {
        let _ = write!(text, ", step {} of {}", steps.done, steps.total);
        if let Some(left) = steps.seconds_left {
            let _ = write!(text, ", {left:.0} s left");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfyctl_manager::Steps;

    #[test]
    fn a_line_says_node_class_step_and_time_left() {
        let progress = Progress {
            nodes_done: 1,
            nodes_total: 7,
            node: None,
            class: Some("KSampler".to_owned()),
            steps: Some(Steps {
                done: 12.0,
                total: 20.0,
                per_second: Some(2.5),
                seconds_left: Some(3.2),
            }),
            fraction: 0.4,
        };
        assert_eq!(
            running(&progress),
            "node 2 of 7: KSampler, step 12 of 20, 3 s left"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_stays_as_it_is_is_told_again() {
        let (sender, mut lines) = watch::channel(None);
        let line = |message: &str| Line {
            percent: 1.0,
            message: message.to_owned(),
        };
        assert_eq!(next_line(&mut lines).await.unwrap().message, "waiting");
        sender.send_replace(Some(line("3 before it in the queue")));
        for _ in 0..2 {
            let told = next_line(&mut lines).await.unwrap();
            assert_eq!(told, line("3 before it in the queue"));
        }
        drop(sender);
        assert_eq!(next_line(&mut lines).await, None);
    }

    #[test]
    fn numbers_only_ever_rise() {
        let mut told = 0.0;
        for percent in [0.0, 0.0, 12.0, 12.0, 11.0, 99.0] {
            let next = next(told, percent);
            assert!(next > told);
            told = next;
        }
    }
}
