//! `comfyctl jobs show`: the way back to a job. What it shows of an open job is what its server says
//! now or, with the reason, what was recorded last.

use crate::arguments::ShowJob;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::job_view::{self, JobView};
use comfyctl_manager::{Code, Job, Manager};

pub(crate) async fn run(arguments: ShowJob, context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let mut job = manager.job(&arguments.id).await?;
    let mut unknown = None;
    if !job.status.is_final() {
        match ask(&manager, &job).await {
            Ok(refreshed) => job = refreshed,
            Err(failure) => unknown = Some(failure.into_error()),
        }
    }
    if let Some(folder) = &arguments.output {
        let server = manager.server_of(&job)?;
        manager.save_outputs(&server, &mut job, folder).await?;
    }
    let mut view = JobView::from(&job);
    if context.printer.is_json() {
        view.error = view.error.or(unknown.as_ref());
        context.printer.json(&view);
    } else {
        job_view::print_outputs(&job, context.printer);
        job_view::print_summary(&view, context.printer);
        if let Some(error) = unknown {
            context.printer.warning(&error.message);
        }
    }
    manager.close().await;
    Ok(ExitStatus::Success)
}

/// The job as its server has it now.
async fn ask(manager: &Manager, job: &Job) -> Result<Job, Failure> {
    let server = manager.server_of(job)?;
    let refreshed = manager.refresh(&server, job).await?;
    let url = server.client().base_url();
    refreshed.ok_or_else(|| {
        let message = format!("{url} knows nothing of this job now");
        let hint = "a restart makes a server forget its jobs; run it again".to_owned();
        Failure::new(Code::ServerLostJob, message, Some(hint))
    })
}
