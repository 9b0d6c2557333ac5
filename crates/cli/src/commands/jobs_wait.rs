//! `comfyctl jobs wait`: for scripts that submitted several jobs and go on when all have ended.

use super::jobs_line::find;
use crate::arguments::WaitForJobs;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::interrupt::leave_on_ctrl_c;
use crate::job_end;
use crate::job_view::JobView;
use comfyctl_manager::{Limits, Run};
use serde_json::json;

pub(crate) async fn run(arguments: WaitForJobs, context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let ids = find(&arguments.ids, &manager).await?;
    let limits = Limits {
        wait: arguments.timeout,
        ..Limits::default()
    };
    let printer = context.printer;
    let ended = |run: &Run| {
        if !printer.is_json() {
            printer.data(format_args!("{} {}", run.job.job_id, run.job.status));
        }
    };
    let waiting = Box::pin(manager.wait(&ids, &limits, &ended));
    let waited = leave_on_ctrl_c(&limits, waiting).await;
    manager.close().await;
    let runs = waited?;
    if printer.is_json() {
        let views: Vec<JobView<'_>> = runs.iter().map(|run| JobView::from(&run.job)).collect();
        printer.json(&json!({ "jobs": views }));
    } else {
        for job in runs.iter().map(|run| &run.job) {
            if !job.status.is_final() {
                printer.data(format_args!("{} {}", job.job_id, job.status));
            } else if let Some(error) = &job.error {
                printer.note(format_args!("job {} {}", job.job_id, job.status));
                printer.job_error(error);
            }
        }
    }
    let statuses = runs.iter().map(job_end::exit_status);
    let mut not_completed = statuses.filter(|status| *status != ExitStatus::Success);
    Ok(not_completed.next().unwrap_or(ExitStatus::Success))
}
