//! What the settings promise, one file for each promise.

mod choosing;
mod documents;
mod fresh;
mod layering;
mod loading;
mod watching;

use super::*;
use reading::Source;

/// Settings from a text, as if it stood in a file of that folder.
fn settings_in(folder: &str, text: &str) -> Result<Settings, Error> {
    let file = Path::new(folder).join("settings.json");
    Settings::from_source(&file, Source::Text(text.to_owned()), UpperLayers::default())
}

fn settings(text: &str) -> Settings {
    settings_in("/etc/comfy", text).unwrap()
}

fn path(text: &str) -> SettingPath {
    text.parse().unwrap()
}
