//! Statistics of jobs under the names of version 2.0.0, for the tool and the resource.

use crate::failure::Failure;
use comfyctl_manager::{JobFilter, JobStatus, Manager, Percentiles, StatisticsBy, StatisticsRange};
use serde::Serialize;
use serde_json::{Map, Value};

/// Most open jobs of a status that are counted.
const SAMPLE: u32 = 1000;

/// How jobs fared. Ended jobs count also after they were removed from the history.
#[derive(Debug, Serialize)]
pub(crate) struct Statistics {
    total_jobs: u64,
    status_counts: Map<String, Value>,
    workflow_counts: Map<String, Value>,
    /// Of completed jobs.
    average_duration_seconds: f64,
    /// Completed ones of those completed or failed, in percent.
    success_rate: f64,
    active_jobs: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    running_seconds: Option<Percentiles>,
}

pub(crate) async fn of(manager: &Manager) -> Result<Statistics, Failure> {
    let range = StatisticsRange::default();
    let all = manager.statistics(StatisticsBy::All, range).await?;
    let workflows = manager.statistics(StatisticsBy::Workflow, range).await?;
    let all = all.first();
    let ended = [
        (JobStatus::Completed, all.map_or(0, |all| all.completed)),
        (JobStatus::Failed, all.map_or(0, |all| all.failed)),
        (JobStatus::Cancelled, all.map_or(0, |all| all.cancelled)),
    ];
    let mut counts = JobStatus::ALL.map(|status| (status, 0));
    for (status, count) in &mut counts {
        *count = match ended.iter().find(|(ended, _)| ended == status) {
            Some((_, count)) => *count,
            None => open(*status, manager).await?,
        };
    }
    let active = counts.iter().filter(|(status, _)| !status.is_final());
    let active_jobs = active.map(|(_, count)| count).sum();
    let count = |each: &comfyctl_manager::Statistics| each.completed + each.failed + each.cancelled;
    Ok(Statistics {
        total_jobs: counts.iter().map(|(_, count)| count).sum(),
        status_counts: counts
            .iter()
            .map(|(status, count)| (status.as_str().to_owned(), (*count).into()))
            .collect(),
        workflow_counts: workflows
            .iter()
            .map(|workflow| (workflow.name.clone(), count(workflow).into()))
            .collect(),
        average_duration_seconds: all.and_then(|all| all.average).unwrap_or_default(),
        success_rate: all.and_then(|all| all.success_rate).unwrap_or_default() * 100.0,
        active_jobs,
        running_seconds: all.and_then(|all| all.running),
    })
}

async fn open(status: JobStatus, manager: &Manager) -> Result<u64, Failure> {
    let filter = JobFilter {
        statuses: vec![status],
        limit: SAMPLE,
        ..JobFilter::default()
    };
    Ok(manager.jobs(&filter).await?.jobs.len() as u64)
}
