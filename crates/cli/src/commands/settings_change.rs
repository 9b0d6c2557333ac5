//! `comfyctl settings set`, `unset` and `import`.

use crate::arguments::{ImportSettings, SetSetting, UnsetSetting};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use comfyctl_manager::Error;
use comfyctl_manager::settings::{
    Imported, SettingPath, SettingsDocument, UpperLayers, import as import_file, is_read_at_start,
    parse_value,
};
use serde_json::json;

pub(crate) fn set(arguments: &SetSetting, context: &Context) -> Result<ExitStatus, Failure> {
    let path = &arguments.path;
    let value = parse_value(path, &arguments.value).map_err(Error::from)?;
    let file = context.locations()?.settings_file;
    SettingsDocument::edit(&file, |document| document.set(path, value))?;
    if let Some(origin) = UpperLayers::from_environment()?.origin(path) {
        context
            .printer
            .warning(&format!("{origin} beats the file: `{path}` stays as it is"));
    }
    let result = json!({ "set": path.to_string() });
    context
        .printer
        .result(&result, || format!("set `{path}` in {}", file.display()));
    tell_when(path, context);
    Ok(ExitStatus::Success)
}

pub(crate) fn unset(arguments: &UnsetSetting, context: &Context) -> Result<ExitStatus, Failure> {
    let path = &arguments.path;
    let file = context.locations()?.settings_file;
    SettingsDocument::edit(&file, |document| document.unset(path))?;
    let result = json!({ "unset": path.to_string() });
    context
        .printer
        .result(&result, || format!("unset `{path}` in {}", file.display()));
    tell_when(path, context);
    Ok(ExitStatus::Success)
}

pub(crate) fn import(arguments: &ImportSettings, context: &Context) -> Result<ExitStatus, Failure> {
    let file = context.locations()?.settings_file;
    let imported =
        SettingsDocument::edit(&file, |document| import_file(document, &arguments.file))?;
    context.printer.result(&imported, || text(&imported));
    Ok(ExitStatus::Success)
}

/// Most settings are followed by what runs already.
fn tell_when(path: &SettingPath, context: &Context) {
    if is_read_at_start(path) {
        context.printer.note(format_args!(
            "programs that run already take `{path}` up when they are started again"
        ));
    }
}

fn text(imported: &Imported) -> String {
    let taken = imported.taken.iter().map(|path| format!("took `{path}`"));
    let left = imported
        .left
        .iter()
        .map(|left| format!("left `{}`: {}", left.path, left.reason));
    let lines: Vec<_> = taken.chain(left).collect();
    if lines.is_empty() {
        return "nothing to take: everything there is as by default".to_owned();
    }
    lines.join("\n")
}
