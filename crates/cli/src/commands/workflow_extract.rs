//! `comfyctl workflow extract`.

use crate::arguments::{ExtractArguments, Part};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use comfyctl_manager::{Code, Error, ErrorKind};
use comfyctl_workflow::Embedded;
use comfyctl_workflow::json::from_slice_lenient;
use serde_json::{Value, json};

pub(crate) fn run(arguments: &ExtractArguments, context: &Context) -> Result<ExitStatus, Failure> {
    let name = arguments.file.display().to_string();
    let bytes =
        fs_err::read(&arguments.file).map_err(|error| Error::from(ErrorKind::File(error)))?;
    let embedded = Embedded::from_bytes(&bytes).map_err(|source| {
        Error::from(ErrorKind::Document {
            name: name.clone(),
            source,
        })
    })?;
    if context.printer.is_json() {
        let (prompt, workflow) = (
            parsed(embedded.prompt.as_deref()),
            parsed(embedded.workflow.as_deref()),
        );
        context
            .printer
            .json(&json!({ "prompt": prompt, "workflow": workflow }));
        return Ok(ExitStatus::Success);
    }
    let text = match arguments.part {
        Some(Part::Prompt) => embedded.prompt,
        Some(Part::Workflow) => embedded.workflow,
        None => embedded.prompt.or(embedded.workflow),
    };
    let missing = || {
        let hint = Some("leave out --part to get the other one".to_owned());
        Failure::new(
            Code::InvalidWorkflow,
            format!("`{name}` does not carry that graph"),
            hint,
        )
    };
    context.printer.data(text.ok_or_else(missing)?);
    Ok(ExitStatus::Success)
}

/// Null where there is none, and where it is no JSON.
fn parsed(text: Option<&str>) -> Option<Value> {
    from_slice_lenient(text?.as_bytes()).ok()
}
