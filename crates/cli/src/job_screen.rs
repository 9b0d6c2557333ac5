//! One job on one screen: how it stands, where its time went, what it brought, why it failed.
//!
//! Pure: `jobs show` gives it what it found, and prints the text.

mod nodes;
mod outcome;
mod story;

use crate::job_view::duration;
use crate::table;
use comfyctl_manager::{Job, JobError, JobReport, JobStatus, Placement, Progress, Statistics};
use console::{Style, StyledObject};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What a job is painted on.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Columns.
    pub(crate) width: usize,
    pub(crate) colors: bool,
    pub(crate) zone: TimeZone,
}

/// What is shown of a job.
pub(crate) struct Shown<'a> {
    pub(crate) job: &'a Job,
    pub(crate) report: &'a JobReport,
    /// Why nothing newer is known of a job that has not ended.
    pub(crate) unknown: Option<&'a JobError>,
    /// The whole story, not only what went otherwise than it should.
    pub(crate) events: bool,
}

impl Frame {
    fn heading(&self, text: &str) -> String {
        self.paint(&Style::new().bold(), text).to_string()
    }

    fn paint<'a>(&self, style: &Style, text: &'a str) -> StyledObject<&'a str> {
        style.clone().force_styling(self.colors).apply_to(text)
    }

    /// The time of day by the clock of this machine.
    fn clock(&self, time: Timestamp) -> String {
        let zoned = time.to_zoned(self.zone.clone());
        zoned.strftime("%H:%M:%S").to_string()
    }

    fn date(&self, time: Timestamp) -> String {
        let zoned = time.to_zoned(self.zone.clone());
        zoned.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The text, cut where the screen ends if it begins at this column.
    fn cut<'a>(&self, text: &'a str, column: usize) -> std::borrow::Cow<'a, str> {
        let room = self.width.saturating_sub(column).max(10);
        console::truncate_str(text, room, "…")
    }
}

/// The screen, without a line break at its end.
pub(crate) fn render(shown: &Shown<'_>, frame: &Frame) -> String {
    let sections = [
        section("", facts(shown, frame), frame),
        section("time", times(shown), frame),
        nodes::section(shown, frame),
        section("changes", changes(shown, frame), frame),
        story::section(shown, frame),
        outcome::outputs(shown, frame),
        outcome::error(shown, frame),
    ];
    let sections = sections.into_iter().flatten().collect::<Vec<_>>();
    sections.join("\n\n")
}

/// Lines under a heading; nothing without lines.
fn section(heading: &str, rows: Vec<(&str, String)>, frame: &Frame) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let rows = rows
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    Some(under(heading, &table::fields(rows), frame))
}

/// Indented below a heading, if there is one.
fn under(heading: &str, text: &str, frame: &Frame) -> String {
    if heading.is_empty() {
        return text.to_owned();
    }
    let indented = text
        .lines()
        .map(|line| format!("\n  {line}").trim_end().to_owned());
    let indented = indented.map(|line| {
        if line.is_empty() {
            "\n".to_owned()
        } else {
            line
        }
    });
    frame.heading(heading) + &indented.collect::<String>()
}

fn facts<'a>(shown: &Shown<'_>, frame: &Frame) -> Vec<(&'a str, String)> {
    let (job, report) = (shown.job, shown.report);
    let mut rows = vec![
        ("job", job.job_id.to_string()),
        ("status", status(job, frame)),
    ];
    rows.extend(waits_for(shown, frame).map(|waits| ("waits", waits)));
    if let Some(unknown) = shown.unknown {
        rows.push((
            "unknown",
            format!("{}, as was last recorded", unknown.message),
        ));
    }
    rows.extend(job.workflow_name.clone().map(|name| ("workflow", name)));
    rows.push(("connection", connection(job)));
    let by = match job.submitted_by.as_str() {
        "" => job.source.clone(),
        by => format!("{by}, {}", job.source),
    };
    rows.push((
        "submitted",
        format!("{} by {by}", frame.date(job.created_at)),
    ));
    rows.extend(job.finished_at.map(|at| ("ended", frame.date(at))));
    if job.priority != 0 {
        rows.push(("priority", job.priority.to_string()));
    }
    if let Some(group) = &job.group {
        let name = report.batch.as_ref().unwrap_or(&group.group_id);
        rows.push(("batch", format!("{name}, number {}", group.index + 1)));
    }
    rows.extend(job.rerun_of.map(|id| ("repeats", id.to_string())));
    if !report.tags.is_empty() {
        rows.push(("tags", report.tags.join(", ")));
    }
    rows
}

fn status(job: &Job, frame: &Frame) -> String {
    let style = match job.status {
        JobStatus::Completed => Style::new().green(),
        JobStatus::Failed => Style::new().red(),
        JobStatus::Cancelled => Style::new().yellow(),
        JobStatus::Pending | JobStatus::Queued | JobStatus::Running => Style::new().cyan(),
    };
    let mut text = frame.paint(&style.bold(), job.status.as_str()).to_string();
    if job.held {
        text += ", held";
    }
    if job.attempts > 1 {
        text = format!("{text} after {} attempts", job.attempts);
    }
    let progress = job.progress.as_ref().map(progress).unwrap_or_default();
    text + &progress
}

fn progress(progress: &Progress) -> String {
    let number = (progress.nodes_done + 1).min(progress.nodes_total);
    let class = progress.class.as_deref().unwrap_or_default();
    let steps = progress
        .steps
        .map(|steps| format!(", step {:.0}/{:.0}", steps.done, steps.total));
    format!(
        " {:.0} %: node {number}/{} {class}{}",
        100.0 * progress.fraction,
        progress.nodes_total,
        steps.unwrap_or_default()
    )
}

fn connection(job: &Job) -> String {
    let wanted = match &job.placement {
        Placement::Any { labels } if labels.is_empty() => "any".to_owned(),
        Placement::Any { labels } => format!("any with {}", labels.join(", ")),
        Placement::Connection(name) => name.clone(),
        Placement::Url(url) => url.clone(),
    };
    match (&job.connection, &job.server_url) {
        (None, _) => wanted,
        (Some(name), Some(url)) => format!("{name}, {url}"),
        (Some(name), None) => name.clone(),
    }
}

/// What keeps a job that no server has, and when it may start.
fn waits_for(shown: &Shown<'_>, frame: &Frame) -> Option<String> {
    let (job, line) = (shown.job, shown.report.line?);
    let mut reasons = Vec::new();
    if job.held {
        reasons.push("until it is released".to_owned());
    }
    for id in &shown.report.after {
        reasons.push(format!("for job {id}"));
    }
    reasons.extend(job.waiting_for.clone());
    if let Some(ready_at) = job.ready_at {
        reasons.push(format!("until {} to be tried again", frame.clock(ready_at)));
    }
    reasons.push(match line.ahead {
        0 => "first in line".to_owned(),
        1 => "1 job is before it".to_owned(),
        ahead => format!("{ahead} jobs are before it"),
    });
    if line.ahead > 0 && reasons.len() == 1 {
        reasons.extend(line.starts_in.map(|seconds| match seconds {
            ..1.0 => "expected to start within a second".to_owned(),
            _ => format!("expected to start in {}", duration(seconds)),
        }));
    }
    Some(reasons.join("; "))
}

fn times<'a>(shown: &Shown<'_>) -> Vec<(&'a str, String)> {
    let times = shown.report.times;
    let mut rows = Vec::new();
    if let Some(waiting) = times.waiting {
        let at_server = times.sending.map(|sending| waiting - sending);
        let at_server = at_server.filter(|queued| *queued >= 0.01);
        let of_that = at_server
            .map(|queued| format!(", of that {} in the queue of the server", duration(queued)));
        let waited = duration(waiting) + &of_that.unwrap_or_default();
        rows.push(("waited", waited));
    }
    if let Some(running) = times.running {
        let loading = times.loading.filter(|loading| *loading >= 0.01);
        let of_that = loading
            .map(|loading| format!(", of that {} in nodes that load models", duration(loading)));
        rows.push(("ran", duration(running) + &of_that.unwrap_or_default()));
    }
    rows.extend(shown.report.usual.as_ref().and_then(usually));
    rows
}

fn usually<'a>(usual: &Statistics) -> Option<(&'a str, String)> {
    let running = usual.running?;
    let waiting = usual.waiting.map(|waiting| duration(waiting.median));
    let waited = waiting
        .map(|time| format!("waited {time}, "))
        .unwrap_or_default();
    let of_what = match usual.name.as_str() {
        "all" => "all jobs".to_owned(),
        name => format!("`{name}`"),
    };
    let count = usual.completed;
    Some((
        "usually",
        format!(
            "{waited}ran {} (median of {of_what}, {count} completed)",
            duration(running.median)
        ),
    ))
}

fn changes<'a>(shown: &'a Shown<'_>, frame: &Frame) -> Vec<(&'a str, String)> {
    let overrides = shown.report.overrides.as_ref();
    let overrides = overrides.and_then(serde_json::Value::as_object);
    let overrides = overrides.into_iter().flatten();
    let widest = overrides.clone().map(|(name, _)| name.len()).max();
    let column = widest.unwrap_or_default() + 4;
    let rows = overrides.map(|(name, value)| {
        let text = match value.as_str() {
            Some(text) => text.replace('\n', "⏎"),
            None => value.to_string(),
        };
        (name.as_str(), frame.cut(&text, column).into_owned())
    });
    rows.collect()
}

#[cfg(test)]
mod tests;
