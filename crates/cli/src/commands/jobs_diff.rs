//! `comfyctl jobs diff`: how two jobs differ in what they sent, what came of it, and how long it took.

use crate::arguments::DiffJobs;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::job_view::{JobView, duration, local_time, waited};
use crate::table;
use comfyctl_manager::{Job, JobComparison};
use comfyctl_workflow::Diff;
use serde::Serialize;

/// What is printed with `--json`.
#[derive(Serialize)]
struct Compared<'a> {
    older: JobView<'a>,
    newer: JobView<'a>,
    prompt: Prompts<'a>,
}

#[derive(Serialize)]
struct Prompts<'a> {
    equal: bool,
    #[serde(flatten)]
    diff: &'a Diff,
}

pub(crate) async fn run(arguments: &DiffJobs, context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let older = manager.job(&arguments.older).await?.job_id;
    let newer = manager.job(&arguments.newer).await?.job_id;
    let comparison = manager.compare(older, newer).await?;
    let compared = Compared {
        older: JobView::from(&comparison.older),
        newer: JobView::from(&comparison.newer),
        prompt: Prompts {
            equal: comparison.prompt.is_empty(),
            diff: &comparison.prompt,
        },
    };
    context.printer.result(&compared, || text(&comparison));
    manager.close().await;
    Ok(ExitStatus::Success)
}

fn text(comparison: &JobComparison) -> String {
    let JobComparison {
        older,
        newer,
        prompt,
    } = comparison;
    let rows = [older, newer].map(facts);
    let [older, newer] = rows;
    let rows = older.into_iter().zip(newer);
    let rows = rows.map(|((name, older), (_, newer))| [name.to_owned(), older, newer]);
    let rows = rows.filter(|[_, older, newer]| !(older.is_empty() && newer.is_empty()));
    let jobs = table::render(["", "FIRST", "SECOND"], rows);
    let prompt = if prompt.is_empty() {
        "the prompts are the same".to_owned()
    } else {
        prompt.to_string()
    };
    format!("{jobs}\n\n{}", prompt.trim_end())
}

/// What is told of each, in the same order.
fn facts(job: &Job) -> Vec<(&'static str, String)> {
    let error = job.error.as_ref();
    let at = |node: &String| format!(", node {node}");
    let error = error.map(|error| {
        let node = error.node.as_ref().map(at).unwrap_or_default();
        format!("{}{node}", error.code)
    });
    vec![
        ("job", job.job_id.to_string()),
        ("status", job.status.to_string()),
        ("error", error.unwrap_or_default()),
        ("workflow", job.workflow_name.clone().unwrap_or_default()),
        ("connection", job.connection.clone().unwrap_or_default()),
        ("submitted", local_time(job.created_at)),
        ("waited", waited(job).map(duration).unwrap_or_default()),
        (
            "ran",
            job.duration_seconds.map(duration).unwrap_or_default(),
        ),
        ("attempts", job.attempts.to_string()),
        ("outputs", job.outputs.len().to_string()),
    ]
}
