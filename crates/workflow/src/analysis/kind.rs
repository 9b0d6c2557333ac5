//! What a value is for people: text, seed, size, model, file, choice, number or switch.
//!
//! The definition decides where there is one; else the input's name and the value's form. Names are
//! those of ComfyUI's own nodes, which packs follow.

use crate::definitions::InputSpec;
use crate::parameters::{ParameterKind, ValueType};
use serde_json::Value;

/// Kind and type of a literal; `None` for what no person types: objects, lists, nothing, states of
/// widgets.
pub(crate) fn of(
    input: &str,
    value: &Value,
    spec: Option<&InputSpec>,
) -> Option<(ParameterKind, ValueType)> {
    let name = last_segment(input);
    match value {
        Value::String(text) => of_text(name, text, spec),
        Value::Number(_) if spec.is_some_and(is_combo) => {
            Some((ParameterKind::Choice, ValueType::Any))
        }
        Value::Number(number) => {
            let kind = number_kind(name);
            let whole = match spec.map(InputSpec::type_name) {
                Some("INT") => true,
                Some("FLOAT") => false,
                _ => !number.is_f64() && (kind != ParameterKind::Number || counts(name)),
            };
            let whole_or_not = if whole {
                ValueType::Integer
            } else {
                ValueType::Number
            };
            Some((kind, whole_or_not))
        }
        Value::Bool(_) => Some((ParameterKind::Switch, ValueType::Boolean)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn of_text(name: &str, text: &str, spec: Option<&InputSpec>) -> Option<(ParameterKind, ValueType)> {
    let media = media_kind(name, text, spec);
    let kind = match spec {
        Some(spec) if spec.type_name() == "COMFY_DYNAMICCOMBO_V3" => ParameterKind::Choice,
        Some(spec) if is_combo(spec) => media
            .or_else(|| names_model(name, text).then_some(ParameterKind::Model))
            .unwrap_or(ParameterKind::Choice),
        Some(spec) => match spec.type_name() {
            "STRING" | "*" => media.unwrap_or(ParameterKind::Text),
            // A text such as "8" where a number is wanted is read by the server as that number.
            "INT" => return Some((number_kind(name), ValueType::Integer)),
            "FLOAT" => return Some((number_kind(name), ValueType::Number)),
            "BOOLEAN" => return Some((ParameterKind::Switch, ValueType::Boolean)),
            joined if joined.split(',').any(|one| one == "STRING") => ParameterKind::Text,
            // States that a widget of the browser keeps, such as curves and viewports.
            _ => return None,
        },
        None if names_model(name, text) => ParameterKind::Model,
        None => media.unwrap_or(if CHOICES.contains(&name) {
            ParameterKind::Choice
        } else {
            ParameterKind::Text
        }),
    };
    Some((kind, ValueType::String))
}

pub(super) fn is_combo(spec: &InputSpec) -> bool {
    matches!(spec.type_name(), "COMBO" | "COMFY_DYNAMICCOMBO_V3")
}

/// Whether the choices are files that people upload, so that any new name may be right.
pub(super) fn takes_uploads(spec: &InputSpec) -> bool {
    UPLOADS
        .iter()
        .any(|(option, _)| spec.option(option) == Some(&Value::Bool(true)))
}

const UPLOADS: [(&str, ParameterKind); 4] = [
    ("image_upload", ParameterKind::Image),
    ("video_upload", ParameterKind::Video),
    ("audio_upload", ParameterKind::Audio),
    ("file_upload", ParameterKind::File),
];

fn media_kind(name: &str, text: &str, spec: Option<&InputSpec>) -> Option<ParameterKind> {
    let declared = UPLOADS
        .iter()
        .find(|(option, _)| spec.and_then(|spec| spec.option(option)) == Some(&Value::Bool(true)));
    if let Some((_, kind)) = declared {
        return Some(*kind);
    }
    let by_name = match name {
        "image" | "mask" if spec.is_none() => Some(ParameterKind::Image),
        "video" if spec.is_none() => Some(ParameterKind::Video),
        "audio" if spec.is_none() => Some(ParameterKind::Audio),
        _ => None,
    };
    file_kind(text).or(by_name)
}

/// What a name's extension says; a file name has no line break and is short.
fn file_kind(text: &str) -> Option<ParameterKind> {
    const LONGEST: usize = 256;
    if text.len() > LONGEST || text.contains('\n') {
        return None;
    }
    // ComfyUI writes the folder behind the name: `photo.png [output]`.
    let name = text.split(" [").next().unwrap_or(text);
    let (stem, extension) = name.rsplit_once('.')?;
    if stem.is_empty() {
        return None;
    }
    match extension.to_ascii_lowercase().as_str() {
        "png" | "jpg" | "jpeg" | "webp" | "gif" | "bmp" | "tif" | "tiff" | "exr" => {
            Some(ParameterKind::Image)
        }
        "mp4" | "webm" | "mov" | "mkv" | "avi" => Some(ParameterKind::Video),
        "wav" | "mp3" | "flac" | "ogg" | "opus" | "m4a" => Some(ParameterKind::Audio),
        "glb" | "gltf" | "obj" | "fbx" | "stl" | "ply" | "latent" => Some(ParameterKind::File),
        _ => None,
    }
}

/// Whether the text names a model file.
fn names_model(name: &str, text: &str) -> bool {
    let extension = text.rsplit_once('.').map(|(_, extension)| extension);
    super::models::folder_of(name).is_some()
        || extension
            .is_some_and(|extension| MODEL_FILES.contains(&extension.to_ascii_lowercase().as_str()))
}

const MODEL_FILES: [&str; 8] = [
    "safetensors",
    "sft",
    "ckpt",
    "pt",
    "pth",
    "bin",
    "gguf",
    "onnx",
];

/// Inputs of ComfyUI's own nodes that are combos, for when there are no definitions.
const CHOICES: [&str; 22] = [
    "sampler_name",
    "scheduler",
    "type",
    "device",
    "weight_dtype",
    "upscale_method",
    "crop",
    "format",
    "codec",
    "channel",
    "add_noise",
    "return_with_leftover_noise",
    "resize_type",
    "scale_method",
    "interpolation",
    "mode",
    "quality",
    "aspect_ratio",
    "compare_view",
    "bit_depth",
    "sampling_mode",
    "reference_latents_method",
];

pub(super) fn number_kind(name: &str) -> ParameterKind {
    const SIZES: [&str; 7] = [
        "width",
        "height",
        "length",
        "batch_size",
        "longer_size",
        "shorter_size",
        "num_frames",
    ];
    if name == "seed" || name.ends_with("_seed") {
        ParameterKind::Seed
    } else if SIZES.contains(&name) || name.ends_with("_width") || name.ends_with("_height") {
        ParameterKind::Size
    } else {
        ParameterKind::Number
    }
}

/// Whether a number of that name is a count, for when there are no definitions.
fn counts(name: &str) -> bool {
    name.split('_').any(|word| {
        matches!(
            word,
            "steps" | "step" | "count" | "index" | "frames" | "frame" | "idx" | "num" | "layer"
        )
    })
}

/// The part after the last dot: `width` of `resize_type.width`.
pub(super) fn last_segment(input: &str) -> &str {
    input.rsplit_once('.').map_or(input, |(_, last)| last)
}
