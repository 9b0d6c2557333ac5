//! `comfyctl settings path`, `schema` and `export`.

use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use comfyctl_manager::settings::{SettingsDocument, json_schema};
use serde_json::json;

pub(crate) fn path(context: &Context) -> Result<ExitStatus, Failure> {
    let locations = context.locations()?;
    let file = &locations.settings_file;
    let result = json!({
        "settings_file": file, "exists": file.exists(), "data_folder": locations.data_folder,
    });
    context
        .printer
        .result(&result, || file.display().to_string());
    Ok(ExitStatus::Success)
}

/// JSON is the only form there is.
pub(crate) fn schema(context: &Context) -> ExitStatus {
    context.printer.json(json_schema());
    ExitStatus::Success
}

/// JSON is the only form there is.
pub(crate) fn export(context: &Context) -> Result<ExitStatus, Failure> {
    let document = SettingsDocument::read(&context.locations()?.settings_file)?;
    let (shared, secrets) = document.without_secrets();
    context.printer.json(&shared);
    match secrets {
        0 => {}
        1 => context.printer.note("left out 1 secret"),
        count => context
            .printer
            .note(format_args!("left out {count} secrets")),
    }
    Ok(ExitStatus::Success)
}
