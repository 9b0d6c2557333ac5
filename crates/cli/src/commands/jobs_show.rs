//! `comfyctl jobs show`: one job on one screen. What it shows of an open job is what its server says
//! now or, with the reason, what was recorded last.

use crate::arguments::ShowJob;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::job_screen::{Frame, Shown, render};
use crate::job_view::JobView;
use comfyctl_manager::{Code, Job, JobError, JobEvent, JobReport, Manager};
use console::Term;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;

/// A job and all that is known of it, as `--json` gives it.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    job: JobView<'a>,
    submitted_by: &'a str,
    source: &'a str,
    retries: u32,
    #[serde(flatten)]
    report: &'a JobReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<&'a [JobEvent]>,
}

pub(crate) async fn run(arguments: ShowJob, context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let mut job = manager.job(&arguments.id).await?;
    if arguments.prompt || arguments.workflow {
        let graph = graph(&arguments, &manager, &job).await?;
        manager.close().await;
        context.printer.json(&graph);
        return Ok(ExitStatus::Success);
    }
    let mut unknown = None;
    if !job.status.is_final() && job.attempts > 0 {
        match ask(&manager, &job).await {
            Ok(refreshed) => job = refreshed,
            Err(failure) => unknown = Some(failure.into_error()),
        }
    }
    if let Some(folder) = &arguments.output {
        let server = manager.server_of(&job)?;
        manager.save_outputs(&server, &mut job, folder).await?;
    }
    let report = manager.report(&job).await?;
    show(&job, &report, unknown.as_ref(), arguments.events, context);
    manager.close().await;
    Ok(ExitStatus::Success)
}

fn show(
    job: &Job,
    report: &JobReport,
    unknown: Option<&JobError>,
    events: bool,
    context: &Context,
) {
    if context.printer.is_json() {
        let mut view = JobView::from(job);
        view.error = view.error.or(unknown);
        context.printer.json(&Told {
            job: view,
            submitted_by: &job.submitted_by,
            source: &job.source,
            retries: job.retries,
            report,
            events: events.then_some(&report.events),
        });
        return;
    }
    let shown = Shown {
        job,
        report,
        unknown,
        events,
    };
    let frame = Frame {
        width: usize::from(Term::stdout().size().1),
        colors: console::colors_enabled(),
        zone: TimeZone::system(),
    };
    context.printer.data(render(&shown, &frame));
}

/// What the job sent, or the editor's graph that this was made from.
async fn graph(arguments: &ShowJob, manager: &Manager, job: &Job) -> Result<Value, Failure> {
    let text = if arguments.prompt {
        manager.prompt_of(job).await?
    } else {
        let graph = manager.editor_graph_of(job).await?;
        graph.ok_or_else(|| {
            let message = format!(
                "job {} was not made from a workflow of the editor",
                job.job_id
            );
            let hint = "`--prompt` shows what it sent".to_owned();
            Failure::new(Code::NotFound, message, Some(hint))
        })?
    };
    serde_json::from_str(&text).map_err(|error| {
        let message = format!("the graph of job {} is unreadable: {error}", job.job_id);
        Failure::new(Code::StoreError, message, None)
    })
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
