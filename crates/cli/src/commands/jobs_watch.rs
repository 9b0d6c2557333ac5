//! `comfyctl jobs watch`: back to a job, whoever started it and whatever became of them.

use crate::arguments::WatchJob;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::interrupt::leave_on_ctrl_c;
use crate::job_end;
use crate::progress_bar::ProgressBar;
use comfyctl_manager::Limits;

pub(crate) async fn run(arguments: WatchJob, context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let job = manager.job(&arguments.id).await?;
    let limits = Limits {
        wait: arguments.timeout,
        ..Limits::default()
    };
    let bar = ProgressBar::new(context);
    let watcher = |notice| bar.show(notice);
    let following = Box::pin(manager.follow(job.job_id, &limits, &watcher));
    let followed = leave_on_ctrl_c(&limits, following).await;
    bar.finish();
    manager.close().await;
    Ok(job_end::show(&followed?, context))
}
