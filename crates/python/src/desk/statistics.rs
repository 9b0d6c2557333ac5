//! The six statistics of version 2.0.0. Ended jobs count also after they were removed.

use super::office::OPEN;
use crate::call::Answer;
use crate::error::Failure;
use comfyctl_manager::{JobFilter, JobStatus, Manager, StatisticsBy, StatisticsRange};
use serde_json::{Map, Value, json};

/// Jobs that the average is taken of, and most open jobs that are counted.
const SAMPLE: u32 = 1000;

pub(super) async fn of(manager: &Manager) -> Result<Answer, Failure> {
    let range = StatisticsRange::default();
    let all = manager.statistics(StatisticsBy::All, range).await?;
    let all = all.first();
    let mut counts = Map::new();
    let (mut total, mut active) = (0, 0);
    for status in JobStatus::ALL {
        let count = match status {
            JobStatus::Completed => all.map_or(0, |all| all.completed),
            JobStatus::Failed => all.map_or(0, |all| all.failed),
            JobStatus::Cancelled => all.map_or(0, |all| all.cancelled),
            status => sample(manager, status).await?.len() as u64,
        };
        total += count;
        active += if OPEN.contains(&status) { count } else { 0 };
        counts.insert(status.as_str().to_owned(), count.into());
    }
    Answer::json(&json!({
        "total_jobs": total,
        "status_counts": counts,
        "workflow_counts": workflows(manager, range).await?,
        "average_duration_seconds": average(&sample(manager, JobStatus::Completed).await?),
        "success_rate": all.and_then(|all| all.success_rate).unwrap_or_default(),
        "active_jobs": active,
    }))
}

async fn workflows(
    manager: &Manager,
    range: StatisticsRange,
) -> Result<Map<String, Value>, Failure> {
    let found = manager.statistics(StatisticsBy::Workflow, range).await?;
    let count = |each: &comfyctl_manager::Statistics| each.completed + each.failed + each.cancelled;
    let counted = found
        .iter()
        .map(|each| (each.name.clone(), count(each).into()));
    Ok(counted.collect())
}

/// Seconds of the latest jobs of a status; 0 for those that have none.
async fn sample(manager: &Manager, status: JobStatus) -> Result<Vec<f64>, Failure> {
    let filter = JobFilter {
        statuses: vec![status],
        limit: SAMPLE,
        ..JobFilter::default()
    };
    let page = manager.jobs(&filter).await?;
    let seconds = page
        .jobs
        .iter()
        .map(|job| job.duration_seconds.unwrap_or_default());
    Ok(seconds.collect())
}

fn average(seconds: &[f64]) -> f64 {
    let known: Vec<_> = seconds.iter().filter(|seconds| **seconds > 0.0).collect();
    let count = u32::try_from(known.len()).unwrap_or(SAMPLE).max(1);
    // The sum of nothing is -0.
    known.into_iter().fold(0.0, |sum, seconds| sum + seconds) / f64::from(count)
}
