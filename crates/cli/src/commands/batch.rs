//! `comfyctl batch`: many jobs of one workflow, submitted together and followed together.

use super::jobs_line::find;
use crate::arguments::{BatchArguments, BatchCommand, ListBatches, NewBatch};
use crate::batch_bar::BatchBar;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::interrupt::leave_on_ctrl_c;
use crate::job_view::local_time;
use crate::{library, no_worker, table};
use comfyctl_manager::{
    BatchEnd, BatchRequest, Code, Group, Limits, Manager, Notice, prepare_folder,
};
use serde_json::json;

pub(crate) async fn run(
    arguments: BatchArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    match (arguments.command, arguments.new) {
        (Some(BatchCommand::List(arguments)), _) => list(&arguments, context).await,
        (Some(BatchCommand::Show(arguments)), _) => {
            let group = context.manager()?.batch(&arguments.batch).await?;
            context.printer.result(&group, || described(&group));
            Ok(ExitStatus::Success)
        }
        (Some(BatchCommand::Resume(arguments)), _) => {
            let manager = context.manager()?;
            let group = manager.batch(&arguments.batch).await?;
            follow(&group, &manager, context).await
        }
        (None, new) => Box::pin(submit(new, context)).await,
    }
}

async fn submit(new: NewBatch, context: &Context) -> Result<ExitStatus, Failure> {
    // Only the other commands do without one.
    let Some(workflow) = &new.workflow else {
        let message = "no workflow is given";
        return Err(Failure::new(Code::InvalidWorkflow, message, None));
    };
    if let Some(folder) = &new.output {
        prepare_folder(folder)?;
    }
    let manager = context.manager()?;
    let after = find(&new.terms.after, &manager).await?;
    let request = BatchRequest {
        workflow: library::workflow(workflow, context).await?,
        connection: context.choice_with_labels(&new.label)?,
        changes: new.changes(),
        terms: new.terms(manager.usual_policy(), after)?,
        sweeps: new.sweep,
        zip: new.zip,
        name: new.name,
    };
    let watcher = |notice| match notice {
        Notice::Odd(finding) => context.printer.finding(&finding),
        Notice::Converted(warning) => context.printer.warning(&warning.to_string()),
        _ => {}
    };
    let group = Box::pin(manager.submit_batch(request, &watcher)).await?;
    let jobs = group.counts.total();
    context.printer.note(format_args!(
        "batch {} of {jobs} jobs is stored",
        group.name
    ));
    if new.no_wait {
        no_worker::warn(&manager, context).await?;
        manager.close().await;
        context.printer.result(&group, || group.group_id.clone());
        return Ok(ExitStatus::Success);
    }
    follow(&group, &manager, context).await
}

async fn follow(
    group: &Group,
    manager: &Manager,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let limits = Limits::default();
    let bar = BatchBar::new(group.counts, context);
    let show = |counts| bar.show(counts);
    let following = Box::pin(manager.follow_batch(&group.group_id, &limits, &show));
    let end = leave_on_ctrl_c(&limits, following).await?;
    bar.finish();
    let group = manager.batch(&group.group_id).await?;
    if end == BatchEnd::Left {
        let hint = format!("go on with `comfyctl batch resume {}`", group.name);
        context.printer.hint(&hint);
    }
    manager.close().await;
    context.printer.result(&group, || described(&group));
    Ok(match end {
        BatchEnd::Left => ExitStatus::Left,
        _ if group.counts.failed > 0 => ExitStatus::JobFailed,
        _ if group.counts.cancelled > 0 => ExitStatus::Cancelled,
        BatchEnd::Ended | BatchEnd::Held => ExitStatus::Success,
    })
}

async fn list(arguments: &ListBatches, context: &Context) -> Result<ExitStatus, Failure> {
    let groups = context.manager()?.batches(arguments.limit).await?;
    context.printer.result(&json!({ "batches": groups }), || {
        if groups.is_empty() {
            return "no batches".to_owned();
        }
        let rows = groups.iter().map(|group| {
            let counts = group.counts;
            [
                group.name.clone(),
                counts.total().to_string(),
                counts.completed.to_string(),
                counts.failed.to_string(),
                (counts.total() - counts.ended()).to_string(),
                local_time(group.created_at),
                group.group_id.clone(),
            ]
        });
        let heading = ["NAME", "JOBS", "DONE", "FAILED", "OPEN", "CREATED", "ID"];
        table::render(heading, rows)
    });
    Ok(ExitStatus::Success)
}

fn described(group: &Group) -> String {
    let counts = group.counts;
    let swept = group.sweeps.as_object().into_iter().flatten();
    let swept = swept.map(|(name, values)| {
        let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
        let word = |at: usize| values.get(at).and_then(serde_json::Value::as_str);
        let (first, last) = (word(0), values.len().checked_sub(1).and_then(word));
        let shown = match (first, last) {
            (Some(first), Some(last)) if values.len() > 1 => {
                format!("{} values, {first} to {last}", values.len())
            }
            (first, _) => first.unwrap_or_default().to_owned(),
        };
        (name.clone(), shown)
    });
    let numbers = [
        ("done", counts.completed),
        ("failed", counts.failed),
        ("cancelled", counts.cancelled),
        ("running", counts.running),
        ("queued", counts.queued),
        ("waiting", counts.pending),
    ];
    let numbers = numbers.iter().filter(|(_, count)| *count > 0);
    let numbers: Vec<_> = numbers
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    let rows = [
        ("batch".to_owned(), group.name.clone()),
        ("id".to_owned(), group.group_id.clone()),
        ("created".to_owned(), local_time(group.created_at)),
        (
            "jobs".to_owned(),
            format!("{}: {}", counts.total(), numbers.join(", ")),
        ),
    ];
    table::fields(rows.into_iter().chain(swept))
}
