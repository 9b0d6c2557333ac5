//! What the editor's own extensions add to classes that they know by name.

use super::super::plan::{Kind, Transform, Widget};
use super::{Declared, Spec};
use serde_json::json;

/// Classes whose `filename_prefix` may refer to other widgets and to the date.
const FILE_NAME_CLASSES: [&str; 20] = [
    "CLIPSave",
    "LoraSave",
    "ModelSave",
    "Save3DAdvanced",
    "SaveAnimatedPNG",
    "SaveAnimatedWEBP",
    "SaveAudio",
    "SaveAudioAdvanced",
    "SaveAudioMP3",
    "SaveAudioOpus",
    "SaveGLB",
    "SaveGaussianSplat",
    "SaveImage",
    "SaveImageAdvanced",
    "SaveLatent",
    "SavePointCloud",
    "SaveSVGNode",
    "SaveVideo",
    "SaveWEBM",
    "VAESave",
];

/// Whether file names of a class are filled in. Such classes have no name of their own to be
/// referred to by (`Node name for S&R`).
pub(crate) fn fills_file_names(class: &str) -> bool {
    FILE_NAME_CLASSES.binary_search(&class).is_ok()
}

/// Adds the widgets at the end of a node.
pub(super) fn append(class: &str, declared: &[Declared<'_>], widgets: &mut Vec<Widget>) {
    let required = |test: fn(Spec<'_>) -> bool| {
        declared
            .iter()
            .any(|input| input.required && test(input.spec))
    };
    let plays = class.starts_with("SaveAudio") || matches!(class, "LoadAudio" | "PreviewAudio");
    if plays {
        widgets.push(Widget::constant("audioUI", Kind::Preview, json!("")));
    }
    if required(|spec| spec.flag("audio_upload")) || required(takes_pictures) {
        widgets.push(Widget::control("upload"));
    }
    match class {
        "SaveGLB" | "Preview3D" => widgets.push(Widget::new("image", Kind::Other, Some(json!("")))),
        "CustomCombo" => {
            widgets.push(Widget::new("index", Kind::Other, Some(json!(-1))));
        }
        _ => {}
    }
}

fn takes_pictures(spec: Spec<'_>) -> bool {
    let flags = ["image_upload", "video_upload", "animated_image_upload"];
    spec.kind() == "COMBO" && flags.iter().any(|flag| spec.flag(flag))
}

/// Marks the file name of a class whose file names are filled in.
pub(super) fn mark_file_name(class: &str, widgets: &mut [Widget]) {
    if !fills_file_names(class) {
        return;
    }
    for widget in widgets
        .iter_mut()
        .filter(|widget| &*widget.name == "filename_prefix")
    {
        widget.transform = Transform::FileName;
    }
}
