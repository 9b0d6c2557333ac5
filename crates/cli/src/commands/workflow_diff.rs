//! `comfyctl workflow diff`.

use super::workflow_source;
use crate::arguments::DiffArguments;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use comfyctl_workflow::Diff;
use serde::Serialize;

/// What is printed with `--json`.
#[derive(Serialize)]
struct Compared<'a> {
    equal: bool,
    #[serde(flatten)]
    diff: &'a Diff,
}

pub(crate) async fn run(
    arguments: &DiffArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let older = workflow_source::prompt(&arguments.older, context).await?;
    let newer = workflow_source::prompt(&arguments.newer, context).await?;
    let diff = Diff::between(&older, &newer);
    let compared = Compared {
        equal: diff.is_empty(),
        diff: &diff,
    };
    context.printer.result(&compared, || {
        if diff.is_empty() {
            "no difference".to_owned()
        } else {
            diff.to_string().trim_end().to_owned()
        }
    });
    Ok(ExitStatus::Success)
}
