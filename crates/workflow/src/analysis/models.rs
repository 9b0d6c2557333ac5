//! Model files that a workflow needs, and the folders they belong to.

use super::known::Known;
use crate::node::NodeId;
use crate::parameters::{ParameterKind, Parameters};
use crate::prompt::Prompt;
use serde::Serialize;
use serde_json::Value;

/// A model file that a node loads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelUse {
    /// Name as the node gives it, with subfolders.
    pub file: String,
    /// Model folder, as ComfyUI calls it; absent where the input's name does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The node that loads it.
    pub node: NodeId,
    /// Its class.
    pub class: String,
    /// The input that names it.
    pub input: String,
    /// Whether the server lists it; absent without definitions, and for embeddings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<bool>,
}

/// Folder by the name of the input, as ComfyUI's own loaders have it.
pub(super) fn folder_of(input: &str) -> Option<&'static str> {
    let stem = input.trim_end_matches(|last: char| last.is_ascii_digit());
    Some(match stem {
        "ckpt_name" | "config_name" => "checkpoints",
        "unet_name" => "diffusion_models",
        "vae_name" => "vae",
        "clip_name" | "text_encoder" => "text_encoders",
        "lora_name" => "loras",
        "control_net_name" => "controlnet",
        "style_model_name" => "style_models",
        "gligen_name" => "gligen",
        "hypernetwork_name" => "hypernetworks",
        "photomaker_model_name" => "photomaker",
        "audio_encoder_name" => "audio_encoders",
        _ => return None,
    })
}

/// Folder where the class tells more than the input.
fn folder_by_class(class: &str, input: &str) -> Option<&'static str> {
    Some(match (class, input) {
        ("CLIPVisionLoader", "clip_name") => "clip_vision",
        ("UpscaleModelLoader", "model_name") => "upscale_models",
        ("LatentUpscaleModelLoader", "model_name") => "latent_upscale_models",
        ("ModelPatchLoader", "name") => "model_patches",
        (_, "config_name") => "configs",
        (_, input) => folder_of(super::kind::last_segment(input))?,
    })
}

pub(super) fn find(prompt: &Prompt, parameters: &Parameters, known: &Known) -> Vec<ModelUse> {
    let mut models = Vec::new();
    for parameter in parameters {
        let Some(Value::String(text)) = &parameter.value else {
            continue;
        };
        for target in &parameter.targets {
            let used = |file: &str, folder: Option<&str>, available| ModelUse {
                file: file.to_owned(),
                folder: folder.map(str::to_owned),
                node: target.node.clone(),
                class: target.class.clone(),
                input: target.input.clone(),
                available,
            };
            if parameter.kind == ParameterKind::Model && !text.is_empty() && text != "None" {
                let listed = || {
                    let node = prompt.node(target.node.as_str())?;
                    let spec = known.spec(node, &target.input)?;
                    let choices = spec.choices()?;
                    Some(choices.iter().any(|choice| choice == text))
                };
                let folder = folder_by_class(&target.class, &target.input);
                models.push(used(text, folder, listed()));
            } else if parameter.kind == ParameterKind::Text {
                models.extend(embeddings(text).map(|file| used(file, Some("embeddings"), None)));
            }
        }
    }
    models
}

/// `embedding:name` in a prompt loads a file; the name ends where ComfyUI's tokenizer ends it.
fn embeddings(text: &str) -> impl Iterator<Item = &str> {
    let named = text.split("embedding:").skip(1);
    named
        .filter_map(|rest| {
            rest.split(|end: char| end.is_whitespace() || matches!(end, ',' | '(' | ')' | ':'))
                .next()
        })
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embeddings_are_found_inside_weights_and_lists() {
        let text = "a cat, (embedding:EasyNegative:1.2), embedding:style/old.pt foo embedding:";
        let found: Vec<&str> = embeddings(text).collect();
        assert_eq!(found, ["EasyNegative", "style/old.pt"]);
    }
}
