//! How jobs fared, all together: what version 2.0.0 called the statistics.

use crate::error::Error;
use crate::job::JobStatus;
use crate::manager::Manager;
use crate::store::{Percentiles, StatisticsBy, StatisticsRange};
use indexmap::IndexMap;
use serde::Serialize;

/// How jobs fared, under the names of version 2.0.0. Ended jobs count also after they were removed from
/// the history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    /// All jobs, ended or not.
    pub total_jobs: u64,
    /// Jobs of each status.
    pub status_counts: IndexMap<JobStatus, u64>,
    /// Ended jobs of each workflow that has a name, most first.
    pub workflow_counts: IndexMap<String, u64>,
    /// Seconds that completed jobs ran, on average; 0 without any.
    pub average_duration_seconds: f64,
    /// Completed jobs among those completed or failed, from 0 to 1; 0 without any.
    pub success_rate: f64,
    /// Jobs that have not ended.
    pub active_jobs: u64,
    /// How long completed jobs ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running_seconds: Option<Percentiles>,
}

impl Manager {
    /// How all jobs fared.
    pub async fn overview(&self) -> Result<Overview, Error> {
        let (store, range) = (self.store().await?, StatisticsRange::default());
        let all = store.statistics(StatisticsBy::All, range).await?;
        let all = all.first();
        let workflows = store.statistics(StatisticsBy::Workflow, range).await?;
        let open = store.open_jobs().await?;
        let count = |status| match status {
            JobStatus::Completed => all.map_or(0, |all| all.completed),
            JobStatus::Failed => all.map_or(0, |all| all.failed),
            JobStatus::Cancelled => all.map_or(0, |all| all.cancelled),
            open_status => open.get(&open_status).copied().unwrap_or_default(),
        };
        let status_counts = JobStatus::ALL.map(|status| (status, count(status)));
        Ok(Overview {
            total_jobs: status_counts.iter().map(|(_, count)| count).sum(),
            status_counts: status_counts.into_iter().collect(),
            workflow_counts: workflows
                .into_iter()
                .map(|each| (each.name, each.completed + each.failed + each.cancelled))
                .collect(),
            average_duration_seconds: all.and_then(|all| all.average).unwrap_or_default(),
            success_rate: all.and_then(|all| all.success_rate).unwrap_or_default(),
            active_jobs: open.values().sum(),
            running_seconds: all.and_then(|all| all.running),
        })
    }
}
