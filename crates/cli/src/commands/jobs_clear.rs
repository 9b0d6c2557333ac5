//! `comfyctl jobs clear`: what is not to be kept goes, once somebody said so.

use crate::arguments::ClearJobs;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use comfyctl_manager::{Code, Manager, Removed, Retention};
use indicatif::HumanBytes;
use jiff::SignedDuration;
use std::io::{BufRead as _, IsTerminal as _};

pub(crate) async fn run(arguments: ClearJobs, context: &Context) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let retentions = retentions(&arguments, &manager)?;
    let mut count = 0;
    for retention in &retentions {
        count += manager.count_to_clean_up(*retention).await?;
    }
    if count > 0 && !arguments.yes && !agrees(count, context)? {
        context.printer.note("nothing is removed");
        return Ok(ExitStatus::Success);
    }
    let mut removed = Removed::default();
    for retention in retentions {
        let more = manager.clean_up(retention).await?;
        removed.jobs += more.jobs;
        removed.files += more.files;
        removed.bytes += more.bytes;
    }
    manager.close().await;
    context.printer.result(&removed, || describe(removed));
    Ok(ExitStatus::Success)
}

fn describe(removed: Removed) -> String {
    let jobs = jobs(removed.jobs);
    match removed.files {
        0 => format!("{jobs} removed"),
        files => {
            let size = HumanBytes(removed.bytes);
            format!("{jobs} removed, and {files} kept files ({size}) with them")
        }
    }
}

/// What to keep, one for each status that was asked for.
fn retentions(arguments: &ClearJobs, manager: &Manager) -> Result<Vec<Retention>, Failure> {
    let mut retention = Retention {
        max_jobs: arguments.keep,
        max_age: arguments.older_than,
        only: None,
    };
    if retention == Retention::default() {
        retention = if arguments.status.is_empty() {
            manager.retention().ok_or_else(nothing_asked_for)?
        } else {
            Retention {
                max_age: Some(SignedDuration::ZERO),
                ..Retention::default()
            }
        };
    }
    if arguments.status.is_empty() {
        return Ok(vec![retention]);
    }
    let each = arguments.status.iter().map(|status| Retention {
        only: Some(*status),
        ..retention
    });
    Ok(each.collect())
}

fn nothing_asked_for() -> Failure {
    let message = "the settings keep all jobs, and nothing else was asked for";
    let hint = "say what is to go with --older-than, --keep or --status".to_owned();
    Failure::new(Code::InvalidSettings, message, Some(hint))
}

/// Asks a person; without one at hand the answer must have been given.
fn agrees(count: u64, context: &Context) -> Result<bool, Failure> {
    let input = std::io::stdin();
    if !input.is_terminal() || context.printer.is_json() {
        let jobs = jobs(count);
        let message = format!("{jobs} would be removed for good, and nobody is here to agree");
        let hint = "say so with --yes".to_owned();
        return Err(Failure::new(Code::Cancelled, message, Some(hint)));
    }
    let question = format!("remove {} for good? [y/N]", jobs(count));
    context.printer.note(question);
    let mut answer = String::new();
    // No answer is no.
    let _ = input.lock().read_line(&mut answer);
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn jobs(count: u64) -> String {
    match count {
        1 => "1 job".to_owned(),
        count => format!("{count} jobs"),
    }
}
