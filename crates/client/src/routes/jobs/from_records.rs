//! The list of executions, made from a server's queue and history. Pure.

use super::{JobFilter, JobInfo, JobPage, JobSort, JobStatus, Pagination};
use crate::ids::PromptId;
use crate::routes::history::HistoryEntry;
use crate::routes::queue::{Queue, QueueItem};
use crate::verdict::Verdict;
use indexmap::IndexMap;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// What `GET /api/jobs` would say.
pub(super) fn page(
    filter: &JobFilter,
    queue: Queue,
    history: IndexMap<PromptId, HistoryEntry>,
) -> JobPage {
    let mut all: IndexMap<PromptId, JobInfo> = IndexMap::new();
    let running = queue
        .running
        .into_iter()
        .map(|item| waiting(item, JobStatus::InProgress));
    let pending = queue
        .pending
        .into_iter()
        .map(|item| waiting(item, JobStatus::Pending));
    // An execution that ended between the two looks is in both; its end is the newer word.
    let ended = history
        .into_iter()
        .map(|(id, entry)| listed(ended(id, entry)));
    all.extend(
        running
            .chain(pending)
            .chain(ended)
            .map(|job| (job.id.clone(), job)),
    );

    let mut jobs: Vec<JobInfo> = all.into_values().filter(|job| filter.admits(job)).collect();
    jobs.sort_by_key(|job| filter.sort_key(job));
    if !filter.ascending {
        jobs.reverse();
    }
    cut(filter, jobs)
}

/// The execution if it waits or runs.
pub(super) fn queued(queue: Queue, id: &PromptId) -> Option<JobInfo> {
    let is_it = |item: &QueueItem| item.prompt_id == *id;
    let running = queue.running.into_iter().find(is_it);
    let job = running.map(|item| waiting(item, JobStatus::InProgress));
    job.or_else(|| {
        let pending = queue.pending.into_iter().find(is_it);
        pending.map(|item| waiting(item, JobStatus::Pending))
    })
}

/// The execution that a history entry records.
pub(super) fn ended(id: PromptId, entry: HistoryEntry) -> JobInfo {
    let (status, error) = match entry.verdict() {
        Verdict::Success => (JobStatus::Completed, None),
        Verdict::Interrupted(_) => (JobStatus::Cancelled, None),
        Verdict::Failed(error) => (JobStatus::Failed, Some(error)),
    };
    JobInfo {
        id,
        execution_start_time: entry.status.started_at(),
        execution_end_time: entry.status.ended_at(),
        execution_error: error,
        outputs_count: Some(entry.outputs.files().count() as u64),
        outputs: Some(entry.outputs),
        execution_status: Some(entry.status),
        ..waiting(entry.prompt, status)
    }
}

fn waiting(item: QueueItem, status: JobStatus) -> JobInfo {
    let workflow_id = item.extra("extra_pnginfo");
    let workflow_id = workflow_id
        .as_ref()
        .and_then(|info| info.pointer("/workflow/id"));
    JobInfo {
        create_time: item.extra("create_time").and_then(|time| time.as_i64()),
        workflow_id: workflow_id.and_then(Value::as_str).map(str::to_owned),
        workflow: workflow(&item),
        id: item.prompt_id,
        status,
        priority: Some(item.number),
        execution_start_time: None,
        execution_end_time: None,
        execution_error: None,
        outputs_count: None,
        outputs: None,
        execution_status: None,
        rest: Map::new(),
    }
}

fn workflow(item: &QueueItem) -> Option<Box<RawValue>> {
    let json = format!(
        r#"{{"prompt":{},"extra_data":{}}}"#,
        item.prompt, item.extra_data
    );
    RawValue::from_string(json).ok()
}

/// A list holds less of each than a look at one.
fn listed(job: JobInfo) -> JobInfo {
    JobInfo {
        outputs: None,
        execution_status: None,
        workflow: None,
        ..job
    }
}

fn cut(filter: &JobFilter, jobs: Vec<JobInfo>) -> JobPage {
    let total = jobs.len();
    let offset = filter.offset as usize;
    let count = filter.limit.map_or(usize::MAX, |limit| limit as usize);
    let jobs: Vec<JobInfo> = jobs.into_iter().skip(offset).take(count).collect();
    let pagination = Pagination {
        offset: offset as u64,
        limit: filter.limit.map(u64::from),
        total: total as u64,
        has_more: offset.saturating_add(jobs.len()) < total,
    };
    JobPage {
        jobs,
        pagination,
        rest: Map::new(),
    }
}

impl JobFilter {
    fn admits(&self, job: &JobInfo) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&job.status))
            && (self.workflow_id.is_none() || self.workflow_id == job.workflow_id)
    }

    /// Milliseconds; what has not started has run for none.
    fn sort_key(&self, job: &JobInfo) -> i64 {
        match self.sort {
            JobSort::CreatedAt => job.create_time.unwrap_or_default(),
            JobSort::ExecutionDuration => {
                let times = job.execution_start_time.zip(job.execution_end_time);
                times.map_or(0, |(start, end)| end - start)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn records() -> (Queue, IndexMap<PromptId, HistoryEntry>) {
        let item = |id: &str, time: i64| json!([time, id, {"1": {}}, {"create_time": time}, ["1"]]);
        let entry = |id: &str, time: i64, end: i64, event: &str| {
            json!({"prompt": item(id, time), "outputs": {"1": {"images": [{"filename": "x.png"}]}},
                "status": {"status_str": "success", "messages": [
                    ["execution_start", {"timestamp": time}], [event, {"timestamp": end}]]}})
        };
        let queue = json!({
            "queue_running": [item("running", 4), item("both", 3)],
            "queue_pending": [item("pending", 5)]
        });
        let history = json!({
            "fine": entry("fine", 1, 9, "execution_success"),
            "lied": entry("lied", 2, 4, "execution_error"),
            "both": entry("both", 3, 5, "execution_interrupted"),
        });
        // Through text: raw values cannot come out of parsed ones.
        let queue = serde_json::from_str(&queue.to_string()).unwrap();
        (queue, serde_json::from_str(&history.to_string()).unwrap())
    }

    fn listed(filter: &JobFilter) -> Vec<String> {
        let (queue, history) = records();
        let page = page(filter, queue, history);
        page.jobs
            .iter()
            .map(|job| format!("{} {}", job.id, job.status.as_str()))
            .collect()
    }

    #[test]
    fn every_execution_is_listed_once_with_its_true_state() {
        assert_eq!(
            listed(&JobFilter::default()),
            [
                "pending pending",
                "running in_progress",
                "both cancelled",
                "lied failed",
                "fine completed"
            ]
        );
    }

    #[test]
    fn filters_sort_orders_and_pages_are_those_of_the_server() {
        let by_duration = JobFilter {
            sort: JobSort::ExecutionDuration,
            statuses: vec![JobStatus::Completed, JobStatus::Failed],
            ascending: true,
            ..JobFilter::default()
        };
        assert_eq!(listed(&by_duration), ["lied failed", "fine completed"]);
        let (queue, history) = records();
        let second = JobFilter {
            offset: 1,
            limit: Some(2),
            ..JobFilter::default()
        };
        let page = page(&second, queue, history);
        let expected = Pagination {
            offset: 1,
            limit: Some(2),
            total: 5,
            has_more: true,
        };
        assert_eq!((page.jobs.len(), page.pagination), (2, expected));
    }

    #[test]
    fn one_execution_has_everything() {
        let (queue, mut history) = records();
        let lied = PromptId::new("lied");
        let job = ended(lied.clone(), history.swap_remove(&lied).unwrap());
        assert_eq!(
            (job.execution_start_time, job.execution_end_time),
            (Some(2), Some(4))
        );
        assert_eq!(job.outputs_count, Some(1));
        assert!(job.execution_error.is_some());
        let workflow = job.workflow.unwrap();
        assert_eq!(
            workflow.get(),
            r#"{"prompt":{"1":{}},"extra_data":{"create_time":2}}"#
        );
        assert!(queued(queue, &lied).is_none());
    }
}
