//! `comfyctl jobs rerun`: a job once more, as it was or with changes.

use crate::arguments::RerunJob;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::interrupt::cancel_on_ctrl_c;
use crate::job_end;
use crate::no_worker;
use crate::progress_bar::ProgressBar;
use comfyctl_manager::{Limits, Run, RunEnd, prepare_folder};

pub(crate) async fn run(arguments: RerunJob, context: &Context) -> Result<ExitStatus, Failure> {
    if let Some(folder) = &arguments.output {
        prepare_folder(folder)?;
    }
    let manager = context.manager()?;
    let before = manager.job(&arguments.id).await?.job_id;
    let again = arguments.again(context.named_choice())?;
    let limits = Limits {
        until_queued: arguments.no_wait,
        wait: arguments.timeout,
        ..Limits::default()
    };
    let bar = ProgressBar::new(context);
    let watcher = |notice| bar.show(notice);
    let running = Box::pin(async {
        let submission = manager.rerun(before, again, &watcher).await?;
        let run = manager.follow(submission.job_id, &limits, &watcher).await?;
        let seed = submission.seed;
        Ok(Run { seed, ..run })
    });
    let ran: Result<Run, Failure> = cancel_on_ctrl_c(&limits, context.printer, running).await;
    bar.finish();
    let ran = ran?;
    if matches!(ran.end, RunEnd::Pending(_)) {
        no_worker::warn(&manager, context).await?;
    }
    manager.close().await;
    Ok(job_end::show(&ran, context))
}
