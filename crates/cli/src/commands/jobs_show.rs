//! `comfyctl jobs show`: the way back to a job.

use crate::arguments::ShowJob;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::job_view::{self, JobView};

pub(crate) async fn run(arguments: ShowJob, context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let mut job = manager.job(&arguments.id).await?;
    let mut unknown_to_server = false;
    if !job.status.is_final() {
        let server = manager.server_of(&job)?;
        match manager.refresh(&server, &job).await {
            Ok(Some(refreshed)) => job = refreshed,
            Ok(None) => unknown_to_server = true,
            Err(error) => context
                .printer
                .warning(&format!("{} does not answer: {error}", job.server_url)),
        }
    }
    if let Some(folder) = &arguments.output {
        let server = manager.server_of(&job)?;
        manager.save_outputs(&server, &mut job, folder).await?;
    }
    if context.printer.is_json() {
        context.printer.json(&JobView::from(&job));
    } else {
        job_view::print_outputs(&job, context.printer);
        job_view::print_summary(&JobView::from(&job), context.printer);
    }
    if unknown_to_server {
        context
            .printer
            .warning(&format!("{} knows nothing of this job now", job.server_url));
    }
    manager.close().await;
    Ok(ExitStatus::Success)
}
