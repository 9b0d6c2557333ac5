//! `comfyctl run`: from a workflow file to images and a record of the job.

use super::jobs_line::find;
use crate::arguments::RunArguments;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::interrupt::cancel_on_ctrl_c;
use crate::job_end;
use crate::library;
use crate::no_worker;
use crate::progress_bar::ProgressBar;
use comfyctl_manager::{Limits, Request, RunEnd, prepare_folder};

pub(crate) async fn run(arguments: RunArguments, context: &Context) -> Result<ExitStatus, Failure> {
    if let Some(folder) = &arguments.output {
        prepare_folder(folder)?;
    }
    let manager = context.manager()?;
    let workflow = library::workflow(&arguments.workflow, context).await?;
    let bar = ProgressBar::new(context);
    let limits = Limits {
        until_queued: arguments.no_wait,
        wait: arguments.timeout,
        ..Limits::default()
    };
    let after = find(&arguments.terms.after, &manager).await?;
    let request = Request {
        workflow,
        changes: arguments.changes(),
        connection: context.choice_with_labels(&arguments.label)?,
        terms: arguments.terms(manager.usual_policy(), after)?,
    };
    let watcher = |notice| bar.show(notice);
    // All that a job goes through is in this one future: too large for the stack.
    let running = Box::pin(manager.run(request, &limits, &watcher));
    let ran = cancel_on_ctrl_c(&limits, context.printer, running).await;
    bar.finish();
    let ran = ran?;
    if matches!(ran.end, RunEnd::Pending(_)) {
        no_worker::warn(&manager, context).await?;
    }
    manager.close().await;
    Ok(job_end::show(&ran, context))
}
