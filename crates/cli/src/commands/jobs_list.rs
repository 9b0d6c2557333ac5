//! `comfyctl jobs list` and `comfyctl jobs search`: a page of the history.

use crate::arguments::{ListJobs, SearchJobs};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::job_view::{JobView, duration, local_time};
use crate::table;
use comfyctl_manager::{Job, JobFilter, JobStatus};
use serde_json::json;

pub(crate) async fn list(arguments: ListJobs, context: &Context) -> Result<ExitStatus, Failure> {
    let filter = arguments.filter(context.connection_name());
    show(&filter, context).await
}

pub(crate) async fn search(
    arguments: SearchJobs,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let filter = arguments.filter(context.connection_name());
    show(&filter, context).await
}

async fn show(filter: &JobFilter, context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let page = manager.jobs(filter).await?;
    let next = page.next.map(|next| next.to_string());
    let views: Vec<JobView<'_>> = page.jobs.iter().map(JobView::from).collect();
    let found = json!({ "jobs": views, "next": next });
    context.printer.result(&found, || text(&page.jobs));
    if let Some(next) = next.filter(|_| !context.printer.is_json()) {
        let hint = format!("there are more: add `--page {next}`");
        context.printer.hint(&hint);
    }
    Ok(ExitStatus::Success)
}

fn text(jobs: &[Job]) -> String {
    if jobs.is_empty() {
        return "no jobs".to_owned();
    }
    let rows = jobs.iter().map(|job| {
        [
            job.job_id.to_string(),
            standing(job),
            local_time(job.created_at),
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

/// The status, and what else matters at first sight.
fn standing(job: &Job) -> String {
    match (job.status, &job.progress) {
        (JobStatus::Pending, _) if job.held => "pending, held".to_owned(),
        (JobStatus::Running, Some(progress)) => {
            format!("running {:.0} %", 100.0 * progress.fraction)
        }
        (status, _) => status.to_string(),
    }
}
