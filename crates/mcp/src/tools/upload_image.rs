//! `upload_image`: a file of this machine onto the server.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::preview;
use crate::tool::{Effect, Tool};
use comfyctl_client::{Folder, Upload};
use comfyctl_manager::Code;
use comfyctl_manager::picture::{begins_as_picture, is_picture};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

pub(super) struct UploadImage;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    image_path: String,
    #[serde(default)]
    subfolder: String,
    /// input, temp or output
    #[serde(default = "input_folder")]
    image_type: String,
    connection: Option<String>,
}

fn input_folder() -> String {
    Folder::Input.as_str().to_owned()
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    name: String,
    subfolder: String,
    #[serde(rename = "type")]
    folder: &'static str,
    /// For the input of a `LoadImage` node.
    input_value: String,
}

impl Tool for UploadImage {
    const NAME: &'static str = "upload_image";
    const DESCRIPTION: &'static str =
        "Upload a file of this machine for LoadImage and the like; input_value is what those take.";
    const EFFECT: Effect = Effect::Adds;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let file = call.access().file(&input.image_path)?;
        expect_media(&file, &input.image_path)?;
        let server = call.server(input.connection.as_deref())?;
        let upload = Upload {
            subfolder: input.subfolder,
            folder: folder(&input.image_type)?,
            ..Upload::from_path(file)
        };
        let uploaded = server.client().upload_image(&upload).await?;
        Ok(Answer::from(Output {
            input_value: uploaded.input_value(),
            name: uploaded.name,
            subfolder: uploaded.subfolder,
            folder: uploaded.folder.as_str(),
        }))
    }
}

/// What the nodes that load files read besides images, videos, audio and models.
const OTHER_MEDIA: [&str; 12] = [
    "exr", "fbx", "gltf", "hdr", "ksplat", "latent", "obj", "ply", "splat", "spz", "stl", "usdz",
];

/// Fails for what no node loads: nobody who talks a model into it gets keys and notes out of the allowed
/// folders. Fails too for a file that is called an image and is none: every workflow with it would fail.
pub(super) fn expect_media(file: &Path, path: &str) -> Result<(), Failure> {
    let kind = preview::mime_type(path);
    let is_media = ["image/", "video/", "audio/", "model/"]
        .iter()
        .any(|media| kind.starts_with(media));
    let ending = file.extension().and_then(|ending| ending.to_str());
    let ending = ending.unwrap_or_default().to_lowercase();
    if !is_media && !OTHER_MEDIA.contains(&&*ending) {
        let message = format!("`{path}` is no image, video, audio or 3D file, by its name");
        return Err(Failure::invalid(message));
    }
    let broken = |error: std::io::Error| {
        Failure::new(
            Code::FileError.as_str(),
            format!("`{path}` cannot be read: {error}"),
        )
    };
    if !is_picture(path) || begins_as_picture(file).map_err(broken)? {
        return Ok(());
    }
    Err(Failure::invalid(format!(
        "`{path}` is no image, by its content"
    )))
}

/// A folder of the server by ComfyUI's word for it.
pub(super) fn folder(name: &str) -> Result<Folder, Failure> {
    let all = [Folder::Input, Folder::Output, Folder::Temp];
    let found = all.into_iter().find(|folder| folder.as_str() == name);
    found.ok_or_else(|| {
        Failure::invalid(format!(
            "`image_type`: `{name}` is not input, output or temp"
        ))
    })
}
