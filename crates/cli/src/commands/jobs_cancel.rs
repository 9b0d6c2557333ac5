//! `comfyctl jobs cancel`: stops jobs and waits until they have ended.

use crate::arguments::CancelJobs;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::interrupt::leave_on_ctrl_c;
use crate::job_view::JobView;
use comfyctl_manager::{Job, JobStatus, Limits, Manager};
use serde_json::json;

pub(crate) async fn run(arguments: CancelJobs, context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let limits = Limits::default();
    let cancelling = Box::pin(cancel_all(&arguments.ids, &manager, &limits));
    let jobs = leave_on_ctrl_c(&limits, cancelling).await?;
    manager.close().await;
    let views: Vec<JobView<'_>> = jobs.iter().map(JobView::from).collect();
    context.printer.result(&json!({ "jobs": views }), || {
        let lines = jobs
            .iter()
            .map(|job| format!("{} {}", job.job_id, job.status));
        lines.collect::<Vec<_>>().join("\n")
    });
    Ok(if jobs.iter().all(|job| job.status.is_final()) {
        ExitStatus::Success
    } else {
        ExitStatus::Left
    })
}

/// Each as it stands when it has ended, be it because it ended before.
async fn cancel_all(
    ids: &[String],
    manager: &Manager,
    limits: &Limits,
) -> Result<Vec<Job>, Failure> {
    let mut asked = Vec::with_capacity(ids.len());
    for id in ids {
        asked.push(manager.job(id).await?.job_id);
    }
    let mut open = Vec::new();
    for id in &asked {
        let ended: Option<JobStatus> = manager.cancel(*id).await?;
        if ended.is_none() {
            open.push(*id);
        }
    }
    for id in open {
        manager.follow(id, limits, &|_| ()).await?;
    }
    let mut jobs = Vec::with_capacity(asked.len());
    for id in asked {
        jobs.push(manager.job(&id.to_string()).await?);
    }
    Ok(jobs)
}
