//! `comfyctl jobs hold`, `release` and `move`: what may be done with jobs while no server has them.

use crate::arguments::{HoldJobs, MoveJobs, ReleaseJobs};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::job_view::JobView;
use crate::no_worker;
use comfyctl_manager::{Job, JobId, Manager, Notice};
use serde_json::json;

pub(crate) async fn hold(arguments: HoldJobs, context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let mut jobs = Vec::with_capacity(arguments.ids.len());
    for id in find(&arguments.ids, &manager).await? {
        jobs.push(manager.hold(id).await?);
    }
    show(&jobs, "held", context);
    manager.close().await;
    Ok(ExitStatus::Success)
}

pub(crate) async fn release(
    arguments: ReleaseJobs,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let mut jobs = Vec::with_capacity(arguments.ids.len());
    for id in find(&arguments.ids, &manager).await? {
        jobs.push(manager.release(id).await?);
    }
    show(&jobs, "released", context);
    no_worker::warn(&manager, context).await?;
    manager.close().await;
    Ok(ExitStatus::Success)
}

pub(crate) async fn relocate(
    arguments: MoveJobs,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let watcher = |notice| {
        if let Notice::Odd(finding) = notice {
            context.printer.finding(&finding);
        }
    };
    let mut ids = find(&arguments.ids, &manager).await?;
    if arguments.first {
        // Each goes before all others, so that the last one that moves is the first.
        ids.reverse();
    }
    let mut jobs = Vec::with_capacity(ids.len());
    for id in ids {
        let moved = Box::pin(manager.move_job(id, arguments.place(), &watcher));
        jobs.push(moved.await?);
    }
    if arguments.first {
        jobs.reverse();
    }
    show(&jobs, "moved", context);
    manager.close().await;
    Ok(ExitStatus::Success)
}

/// All of them, before anything is done to one.
pub(super) async fn find(ids: &[String], manager: &Manager) -> Result<Vec<JobId>, Failure> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let id = manager.job(id).await?.job_id;
        if !found.contains(&id) {
            found.push(id);
        }
    }
    Ok(found)
}

fn show(jobs: &[Job], done: &str, context: &Context) {
    let views: Vec<JobView<'_>> = jobs.iter().map(JobView::from).collect();
    context.printer.result(&json!({ "jobs": views }), || {
        let lines = jobs.iter().map(|job| format!("{} {done}", job.job_id));
        lines.collect::<Vec<_>>().join("\n")
    });
}
