//! Inputs that name a file of the server's input folder. Their classes look for the file themselves.

use super::finding::did_you_mean;
use crate::definitions::{Definition, InputSpec};
use crate::suggest::{nearest, nearest_file};
use serde_json::Value;

/// Options that mark such an input: it takes names that the list of choices does not have, such as
/// `folder/a.png [output]`.
const FLAGS: [&str; 5] = [
    "image_upload",
    "audio_upload",
    "video_upload",
    "file_upload",
    "image_folder",
];

/// By option, what ComfyUI's own loaders call the file, and endings that it lists wherever it runs.
/// Others depend on the types that the server's machine knows.
const LISTED: [(&str, &str, &[&str]); 3] = [
    (
        "image_upload",
        "image",
        &["png", "jpg", "jpeg", "webp", "gif", "bmp"],
    ),
    ("audio_upload", "audio", &["wav", "mp3", "flac"]),
    ("video_upload", "video", &["mp4", "webm"]),
];

/// Whether the input names a file that was uploaded.
pub(super) fn names_file(spec: &InputSpec) -> bool {
    // Options are few, and looking one up is slow.
    let mut options = spec.options().into_iter().flatten();
    options.any(|(name, flag)| FLAGS.contains(&name.as_str()) && is_set(flag))
}

/// Whether a file is not among those that the server lists, though one of the input folder itself
/// should be. Those of other folders and below folders are not listed, and yet found.
pub(super) fn is_unlisted(name: &str, spec: &InputSpec) -> bool {
    let elsewhere = name.contains(['/', '\\']) || name.ends_with(']');
    !elsewhere && spec.choices().is_some() && !listed(spec).any(|known| known == name)
}

/// The server's own words for a file that is certainly not there.
pub(super) fn refusal(name: &str, spec: &InputSpec, definition: &Definition) -> Option<String> {
    let ending = name.rsplit_once('.')?.1.to_lowercase();
    let (_, kind, _) = LISTED.iter().find(|(flag, _, endings)| {
        spec.option(flag).is_some_and(is_set) && endings.contains(&ending.as_str())
    })?;
    let certain = is_unlisted(name, spec) && !is_of_pack(definition);
    certain.then(|| format!("Invalid {kind} file: {name}"))
}

/// The file that may be meant, or how to bring it there.
pub(super) fn suggestion(name: &str, spec: &InputSpec) -> Option<String> {
    let near = nearest_file(name, listed(spec)).or_else(|| nearest(name, listed(spec)));
    did_you_mean(near).or_else(|| Some(format!("put it there with `comfyctl upload {name}`")))
}

/// Whether a class comes from a node pack, which may do all it does differently.
pub(super) fn is_of_pack(definition: &Definition) -> bool {
    let module = definition.rest.get("python_module").and_then(Value::as_str);
    module.is_some_and(|module| module.starts_with("custom_nodes"))
}

fn listed(spec: &InputSpec) -> impl Iterator<Item = &str> {
    spec.choices()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn is_set(flag: &Value) -> bool {
    !matches!(flag, Value::Null | Value::Bool(false))
}
