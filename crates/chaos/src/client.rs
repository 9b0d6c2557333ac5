//! The client: submits the planned jobs, and cancels some. Started again after a kill, it does all of
//! it again: the same key gives the same job.

use crate::plan::{Plan, PlannedJob, connection, key_of};
use crate::process;
use comfyctl_manager::{
    Changes, ConnectionChoice, ErrorKind, JobId, Manager, Policy, Request, Terms, Workflow,
};
use comfyctl_workflow::{Document, Prompt};
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use tracing::info;

/// What is done with a job.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    Submit,
    Cancel,
}

pub(crate) async fn submit(
    folder: PathBuf,
    plan: &Plan,
    elapsed_ms: u64,
    turned_ms: i64,
) -> anyhow::Result<()> {
    process::log(&folder, "client")?;
    let started = Instant::now() - Duration::from_millis(elapsed_ms);
    let manager = process::manager(&folder, &process::clock(turned_ms))?;
    let mut ids = HashMap::new();
    for (at, deed, job) in deeds(plan) {
        sleep_until(started + at).await;
        match deed {
            Deed::Submit => {
                if let Some(id) = submit_one(&manager, job, &ids).await? {
                    ids.insert(job.number, id);
                }
            }
            Deed::Cancel => {
                if let Some(id) = ids.get(&job.number) {
                    manager.cancel(*id).await?;
                }
            }
        }
    }
    manager.close().await;
    Ok(())
}

fn deeds(plan: &Plan) -> Vec<(Duration, Deed, &PlannedJob)> {
    let mut deeds = Vec::new();
    for job in &plan.jobs {
        deeds.push((job.at, Deed::Submit, job));
        deeds.extend(job.cancel_at.map(|at| (at, Deed::Cancel, job)));
    }
    deeds.sort_by_key(|(at, deed, job)| (*at, *deed, job.number));
    deeds
}

/// `None` when the job that it was to run after has ended badly already.
async fn submit_one(
    manager: &Manager,
    job: &PlannedJob,
    ids: &HashMap<u32, JobId>,
) -> anyhow::Result<Option<JobId>> {
    let after = match job.after {
        None => Vec::new(),
        Some(before) => match ids.get(&before) {
            Some(id) => vec![*id],
            None => return Ok(None),
        },
    };
    let request = Request {
        connection: ConnectionChoice::Named(connection(job.server)),
        workflow: Workflow {
            name: Some("chaos".to_owned()),
            document: Document::Prompt(Prompt::from_value(job.prompt())?),
        },
        changes: Changes {
            unchecked: true,
            ..Changes::default()
        },
        terms: Terms {
            policy: Policy {
                retries: job.retries,
                resubmissions: job.resubmissions,
                patient: true,
                ..Policy::default()
            },
            idempotency_key: Some(key_of(job.number)),
            after,
            ..Terms::default()
        },
    };
    match manager.submit(request, &|_| ()).await {
        Ok(submission) => Ok(Some(submission.job_id)),
        Err(error) if matches!(error.kind(), ErrorKind::DependencyEnded { .. }) => {
            info!(job = job.number, %error, "refused");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
