//! The settings for routes and nodes: shown without secrets, changed one by one, each checked.

use super::jobs::bad;
use super::office::Office;
use crate::call::Answer;
use crate::error::Failure;
use comfyctl_manager::Error;
use comfyctl_manager::settings::{EffectiveSettings, SettingPath, SettingsDocument, UpperLayers};
use serde_json::Value;
use std::path::{Component, Path};

/// What can be changed from inside ComfyUI. Whoever reaches ComfyUI can change it, so nothing that
/// gives access to files, to other machines or to secrets is among it.
const CHANGEABLE: [(&str, &[&str]); 4] = [
    ("mcp", &["enabled", "host", "port", "transport"]),
    ("logging", &["level", "log_to_file", "log_file"]),
    (
        "api",
        &[
            "enable_workflow_list",
            "enable_execution",
            "max_concurrent_jobs",
        ],
    ),
    ("job_history", &["enabled", "max_jobs", "store_images"]),
];

pub(super) fn show(office: &Office) -> Result<Answer, Failure> {
    Ok(Answer::Json(effective(office)?))
}

fn effective(office: &Office) -> Result<Value, Error> {
    let layers = UpperLayers::from_environment()?;
    Ok(EffectiveSettings::load(office.settings_file(), &layers)?.values)
}

/// Sections with what is to be different in them. All of it comes about, or nothing.
pub(super) fn change(office: &Office, sections: &Value) -> Result<Answer, Failure> {
    let changes = changes(sections, &effective(office)?)?;
    SettingsDocument::edit(office.settings_file(), |document| {
        for (path, value) in changes {
            document.set(&path, value)?;
        }
        Ok(())
    })?;
    show(office)
}

pub(super) fn reset(office: &Office) -> Result<Answer, Failure> {
    SettingsDocument::edit(office.settings_file(), |document| {
        for (section, keys) in CHANGEABLE {
            for key in keys {
                let path = path(section, key)?;
                if document.get(&path).is_some() {
                    document.unset(&path)?;
                }
            }
        }
        Ok(())
    })?;
    show(office)
}

/// What differs from the settings in effect: whoever posts all of them changes what they changed.
fn changes(sections: &Value, present: &Value) -> Result<Vec<(SettingPath, Value)>, Failure> {
    let sections = sections.as_object();
    let sections = sections.ok_or_else(|| bad("settings are an object of sections".to_owned()))?;
    let mut changes = Vec::new();
    for (section, values) in sections {
        if present.get(section) == Some(values) {
            continue;
        }
        let known = CHANGEABLE.iter().find(|(name, _)| name == section);
        let Some((_, keys)) = known else {
            return Err(bad(format!("`{section}` cannot be changed from here")));
        };
        let values = values.as_object();
        let values = values.ok_or_else(|| bad(format!("`{section}` is an object")))?;
        for (key, value) in values {
            if present[section].get(key) == Some(value) {
                continue;
            }
            if !keys.contains(&key.as_str()) {
                return Err(bad(format!(
                    "`{section}.{key}` cannot be changed from here"
                )));
            }
            if key == "log_file" {
                check_log_file(value)?;
            }
            changes.push((path(section, key)?, value.clone()));
        }
    }
    Ok(changes)
}

/// Only a file beside the settings: anybody who reaches ComfyUI could have others written to.
fn check_log_file(value: &Value) -> Result<(), Failure> {
    let name = value.as_str().unwrap_or_default();
    let mut parts = Path::new(name).components();
    let is_plain = matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(_)), None)
    );
    let is_log = Path::new(name)
        .extension()
        .is_some_and(|ending| ending == "log");
    if is_plain && is_log && !name.contains(['\\', ':']) {
        return Ok(());
    }
    Err(bad(
        "`logging.log_file` is the name of a file that ends in .log; `comfyctl settings set` takes \
         whole paths"
            .to_owned(),
    ))
}

fn path(section: &str, key: &str) -> Result<SettingPath, Error> {
    Ok(format!("{section}.{key}").parse()?)
}
