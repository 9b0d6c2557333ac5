//! `comfyctl jobs list`.

use crate::arguments::ListJobs;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::job_view::{JobView, duration};
use crate::table;
use comfyctl_manager::{Job, JobFilter};
use jiff::tz::TimeZone;
use serde_json::json;

pub(crate) async fn run(arguments: ListJobs, context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let filter = JobFilter {
        statuses: arguments.status.into_iter().collect(),
        connection: context.connection_name().map(str::to_owned),
        limit: arguments.limit,
        ..JobFilter::default()
    };
    let jobs = manager.jobs(&filter).await?.jobs;
    let views: Vec<JobView<'_>> = jobs.iter().map(JobView::from).collect();
    context
        .printer
        .result(&json!({ "jobs": views }), || text(&jobs));
    Ok(ExitStatus::Success)
}

fn text(jobs: &[Job]) -> String {
    if jobs.is_empty() {
        return "no jobs".to_owned();
    }
    let rows = jobs.iter().map(|job| {
        let created = job.created_at.to_zoned(TimeZone::system());
        [
            job.job_id.to_string(),
            job.status.to_string(),
            created.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            job.duration_seconds.map(duration).unwrap_or_default(),
            job.connection.clone().unwrap_or_default(),
            job.workflow_name.clone().unwrap_or_default(),
        ]
    });
    table::render(
        ["JOB", "STATUS", "CREATED", "TOOK", "CONNECTION", "WORKFLOW"],
        rows,
    )
}
