//! `comfyctl run`: from a workflow file to images and a record of the job.

use crate::arguments::RunArguments;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::interrupt::{cancel_on_ctrl_c, until_ctrl_c};
use crate::job_view::{self, JobView};
use crate::library;
use crate::progress_bar::ProgressBar;
use comfyctl_manager::{
    Code, JobError, JobStatus, Limits, Manager, Run, RunEnd, Server, prepare_folder,
};

pub(crate) async fn run(arguments: RunArguments, context: &Context) -> Result<ExitStatus, Failure> {
    if let Some(folder) = &arguments.output {
        prepare_folder(folder)?;
    }
    let manager = context.manager()?;
    let workflow = library::workflow(&arguments.workflow, context).await?;
    let server = context.server_with_labels(&manager, &arguments.label)?;
    let bar = ProgressBar::new(context);
    let limits = Limits {
        until_queued: arguments.no_wait,
        wait: arguments.timeout,
        ..Limits::default()
    };
    let changes = arguments.changes();
    let watcher = |notice| bar.show(notice);
    // All that a job goes through is in this one future: too large for the stack.
    let running = Box::pin(manager.run(&server, workflow, &changes, &limits, &watcher));
    let ran = cancel_on_ctrl_c(&limits, context.printer, running).await;
    bar.finish();
    let finished = finish(ran?, &arguments, &manager, &server, context).await;
    server.close().await;
    manager.close().await;
    finished
}

async fn finish(
    mut ran: Run,
    arguments: &RunArguments,
    manager: &Manager,
    server: &Server,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let saved = match &arguments.output {
        Some(folder) if ran.end == RunEnd::Ended => {
            let saving = manager.save_outputs(server, &mut ran.job, folder);
            until_ctrl_c(saving).await.unwrap_or_else(|| {
                ran.end = RunEnd::Left;
                Ok(())
            })
        }
        _ => Ok(()),
    };
    let open = still_open(&ran);
    let mut view = JobView::from(&ran.job);
    view.seed = ran.seed;
    view.error = view.error.or(open.as_ref());
    if context.printer.is_json() {
        // The job is told about even when its files could not be saved.
        let saved = saved.map_err(|error| Failure::from(error).into_error());
        view.error = view.error.or(saved.as_ref().err());
        context.printer.json(&view);
        let failed = saved.err().map(|error| ExitStatus::from(error.code));
        return Ok(failed.unwrap_or_else(|| exit_status(&ran)));
    }
    job_view::print_outputs(&ran.job, context.printer);
    job_view::print_summary(&view, context.printer);
    saved?;
    Ok(exit_status(&ran))
}

/// What to say of a job whose end we do not know, or whose outputs we did not wait for.
fn still_open(ran: &Run) -> Option<JobError> {
    let (code, message) = match &ran.end {
        RunEnd::Ended | RunEnd::Queued => return None,
        RunEnd::WaitedLong => (
            Code::WaitTimeout,
            "the wait ended before the job did".to_owned(),
        ),
        RunEnd::Left if ran.job.status.is_final() => (
            Code::WaitTimeout,
            "left before all outputs were saved".to_owned(),
        ),
        RunEnd::Left => (Code::WaitTimeout, "left before the job ended".to_owned()),
        RunEnd::Unreachable(error) => (error.code, error.message.clone()),
    };
    let see = format!("comfyctl jobs show {}", ran.job.job_id);
    let hint = match ran.job.status {
        JobStatus::Pending => format!("it may not have reached the server; ask with `{see}`"),
        status if status.is_final() => format!("save them with `{see} -o DIR`"),
        _ => format!("the job goes on; see how it stands with `{see}`"),
    };
    Some(JobError {
        code,
        message,
        node: None,
        class: None,
        hint: Some(hint),
    })
}

fn exit_status(ran: &Run) -> ExitStatus {
    match (&ran.end, ran.job.status, &ran.job.error) {
        (RunEnd::Left, ..) => ExitStatus::Left,
        (RunEnd::WaitedLong, ..) => ExitStatus::WaitTimeout,
        (RunEnd::Unreachable(error), ..) => error.code.into(),
        (RunEnd::Queued, ..) | (_, JobStatus::Completed, _) => ExitStatus::Success,
        (_, _, Some(error)) => error.code.into(),
        (_, _, None) => ExitStatus::JobFailed,
    }
}
