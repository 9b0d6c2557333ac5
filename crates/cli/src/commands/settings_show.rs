//! `comfyctl settings show` and `get`.

use crate::arguments::{GetSetting, ShowSettings};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::table;
use comfyctl_manager::Error;
use comfyctl_manager::settings::{
    EffectiveSettings, Origin, SettingOrigin, SettingsError, UpperLayers,
};
use serde_json::{Map, Value, json};

pub(crate) fn show(arguments: &ShowSettings, context: &Context) -> Result<ExitStatus, Failure> {
    let file = context.locations()?.settings_file;
    let effective = EffectiveSettings::load(&file, &UpperLayers::from_environment()?)?;
    let is_wanted = |setting: &&SettingOrigin| !arguments.set || setting.origin != Origin::Default;
    let wanted: Vec<_> = effective.origins.iter().filter(is_wanted).collect();
    let origins = wanted
        .iter()
        .map(|setting| (setting.path.to_string(), setting.origin.to_string()));
    let origins: Map<String, Value> = origins.map(|(path, from)| (path, from.into())).collect();
    let result = json!({ "file": file, "settings": effective.values, "from": origins });
    context.printer.result(&result, || {
        let row = |setting: &&SettingOrigin| {
            [
                setting.path.to_string(),
                text(&setting.value),
                setting.origin.to_string(),
            ]
        };
        table::render(["SETTING", "VALUE", "FROM"], wanted.iter().map(row))
    });
    Ok(ExitStatus::Success)
}

pub(crate) fn get(arguments: &GetSetting, context: &Context) -> Result<ExitStatus, Failure> {
    let path = &arguments.path;
    let file = context.locations()?.settings_file;
    let effective = EffectiveSettings::load(&file, &UpperLayers::from_environment()?)?;
    let found = effective.get(path)?;
    let value = found.ok_or_else(|| Error::from(SettingsError::NotSet(path.clone())))?;
    let result = json!({ "path": path.to_string(), "value": value });
    context.printer.result(&result, || text(&value));
    Ok(ExitStatus::Success)
}

/// Text as it is, all else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) if !fields.is_empty() => format!("{value:#}"),
        value => value.to_string(),
    }
}
