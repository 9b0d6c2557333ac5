//! `comfyctl jobs stats`: what is known of all jobs that ended, also of those that are gone.

use crate::arguments::JobStatistics;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::job_view::duration;
use crate::table;
use comfyctl_manager::{Percentiles, Statistics, StatisticsBy};
use serde_json::json;

pub(crate) async fn run(
    arguments: &JobStatistics,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let by = arguments.by();
    let found = context.manager()?.statistics(by, arguments.range()).await?;
    context
        .printer
        .result(&json!({ "statistics": found }), || match by {
            _ if found.is_empty() => "no job has ended".to_owned(),
            StatisticsBy::Class => classes(&found),
            _ => jobs(&found),
        });
    Ok(ExitStatus::Success)
}

fn jobs(found: &[Statistics]) -> String {
    let rows = found.iter().map(|line| {
        [
            line.name.clone(),
            line.completed.to_string(),
            line.failed.to_string(),
            line.cancelled.to_string(),
            share(line),
            times(line.waiting),
            times(line.running),
        ]
    });
    table::render(
        [
            "NAME",
            "COMPLETED",
            "FAILED",
            "CANCELLED",
            "SUCCESS",
            "WAITED (95 %)",
            "RAN (95 %)",
        ],
        rows,
    )
}

fn classes(found: &[Statistics]) -> String {
    let rows = found.iter().map(|line| {
        [
            line.name.clone(),
            line.completed.to_string(),
            line.failed.to_string(),
            line.cached.to_string(),
            times(line.running),
        ]
    });
    table::render(["CLASS", "RAN", "FAILED", "CACHED", "TOOK (95 %)"], rows)
}

fn share(line: &Statistics) -> String {
    let rate = line.success_rate;
    rate.map(|rate| format!("{:.1} %", 100.0 * rate))
        .unwrap_or_default()
}

/// The median, and what 95 of 100 stay below.
fn times(times: Option<Percentiles>) -> String {
    let shown =
        |times: Percentiles| format!("{} ({})", duration(times.median), duration(times.p95));
    times.map(shown).unwrap_or_default()
}
