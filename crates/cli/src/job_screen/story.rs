//! The story of a job in words: all of it, or what went otherwise than it should.

use super::{Frame, Shown, under};
use crate::job_view::duration;
use comfyctl_manager::{Change, JobEvent};

/// Nothing where all went its usual way and nobody asked for more.
pub(super) fn section(shown: &Shown<'_>, frame: &Frame) -> Option<String> {
    let events = shown.report.events.iter();
    let told: Vec<&JobEvent> = events
        .filter(|event| shown.events || is_unusual(&event.change))
        .collect();
    if told.is_empty() {
        return None;
    }
    let start = shown.job.created_at;
    let lines = told.into_iter().map(|event| {
        let after = event.at.duration_since(start).as_secs_f64().max(0.0);
        let (words, after) = (words(&event.change), duration(after));
        // What goes over many lines is told in full where the error is.
        let first = words.lines().next().unwrap_or_default();
        let line = format!("{}  {after:>11}  {first}", frame.clock(event.at));
        frame.cut(&line, 2).into_owned()
    });
    let lines = lines.collect::<Vec<_>>().join("\n");
    Some(under("story", &lines, frame))
}

/// Whether a job that nothing happens to goes without it.
fn is_unusual(change: &Change) -> bool {
    match change {
        Change::Sending { reason, .. } => reason.is_some(),
        Change::Submitted
        | Change::Queued
        | Change::Running
        | Change::Completed
        | Change::Failed { .. }
        | Change::Saved { .. } => false,
        _ => true,
    }
}

fn words(change: &Change) -> String {
    match change {
        Change::Submitted => "submitted".to_owned(),
        Change::Sending {
            attempt,
            connection,
            worker,
            reason,
        } => {
            let sent = format!("sent to `{connection}` by {worker}");
            match reason {
                None => sent,
                Some(reason) => format!("attempt {attempt}: {reason}; {sent}"),
            }
        }
        Change::Unsent { error } => format!("not sent: {}", error.message),
        Change::Adopted { worker } => format!("taken over by {worker}"),
        Change::Queued => "in the queue of the server".to_owned(),
        Change::Running => "running".to_owned(),
        Change::Partial { reasons } => format!("outputs left out: {}", reasons.join("; ")),
        Change::Trouble { reason } => format!("no answer from the server: {reason}"),
        Change::Recovered => "the server answers again".to_owned(),
        Change::CancelRequested { by } => format!("{by} wants it to stop"),
        Change::Retrying { error, .. } => format!("failed, to be tried again: {}", error.message),
        Change::Held => "held".to_owned(),
        Change::Unheld => "released".to_owned(),
        Change::Moved { what } => format!("moved {what}"),
        Change::Completed => "completed".to_owned(),
        Change::Failed { error } => format!("failed: {}", error.message),
        Change::Cancelled { error } => format!("cancelled: {}", error.message),
        Change::Saved { files } => format!("files on this machine: {files}"),
        _ => "something that this version does not know".to_owned(),
    }
}
