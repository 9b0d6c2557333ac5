//! `get_image`: a file of the server, as a small picture, whole, or saved on this machine.

use super::upload_image::folder;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::job_end;
use crate::preview;
use crate::server_file;
use crate::tool::{Effect, Tool};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use comfyctl_client::{Client, Existing, FileReference, Folder};
use comfyctl_manager::picture::is_picture;
use rmcp::model::ContentBlock;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Largest file that is given whole.
const MOST_BYTES: usize = 8 << 20;

pub(super) struct GetImage;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    filename: String,
    #[serde(default)]
    subfolder: String,
    /// output, input or temp
    #[serde(default = "output_folder")]
    image_type: String,
    connection: Option<String>,
    /// All of it instead of a preview: many tokens.
    #[serde(default)]
    full: bool,
    #[serde(default = "job_end::default_preview")]
    preview_size: u32,
    /// File or folder to write to, instead of showing it.
    save_to: Option<String>,
}

fn output_folder() -> String {
    Folder::Output.as_str().to_owned()
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    filename: String,
    /// Was base64 in version 2.0.0: always null, the image is in the content.
    data: Option<String>,
    size: u64,
    mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

impl Tool for GetImage {
    const NAME: &'static str = "get_image";
    const DESCRIPTION: &'static str = "Show a file of the server as a small preview, or save it.";
    const EFFECT: Effect = Effect::Adds;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let place = input
            .save_to
            .as_deref()
            .map(|path| call.access().place(path, &input.filename));
        let place = place.transpose()?;
        let server = call.server(input.connection.as_deref())?;
        let (subfolder, filename) = place_on_server(input.subfolder, input.filename);
        let file = FileReference {
            folder: folder(&input.image_type)?,
            filename,
            subfolder,
        };
        let mut output = Output {
            mime_type: preview::mime_type(&file.filename),
            filename: file.filename.clone(),
            data: None,
            size: 0,
            path: None,
        };
        if let Some(place) = place {
            let (path, size) = save(server.client(), &file, &place).await?;
            output.path = Some(path);
            output.size = size;
            return Ok(output.into());
        }
        let (size, content) = show(server.client(), &file, input.full, input.preview_size).await?;
        output.size = size;
        Ok(Answer::from(output).with(content))
    }
}

/// Subfolder and name of a file: a name may come with folders, as inputs of nodes have it.
fn place_on_server(subfolder: String, filename: String) -> (String, String) {
    match filename.rsplit_once('/') {
        Some((inner, name)) => {
            let folders = [subfolder.trim_end_matches('/'), inner];
            let folders = folders.into_iter().filter(|folder| !folder.is_empty());
            (folders.collect::<Vec<_>>().join("/"), name.to_owned())
        }
        None => (subfolder, filename),
    }
}

/// Never replaces a file: a name that is taken gets a number.
async fn save(
    client: &Client,
    file: &FileReference,
    place: &Path,
) -> Result<(String, u64), Failure> {
    let download = server_file::download(client, file).await?;
    let mut size = 0;
    let path = download
        .save(place, Existing::Number, |progress| size = progress.received)
        .await?;
    Ok((path.display().to_string(), size))
}

async fn show(
    client: &Client,
    file: &FileReference,
    full: bool,
    preview_size: u32,
) -> Result<(u64, Option<ContentBlock>), Failure> {
    let bytes = server_file::bytes(client, file).await?;
    let size = bytes.len() as u64;
    if full && bytes.len() > MOST_BYTES {
        return Err(
            Failure::invalid(format!("`{}` has {size} bytes", file.filename))
                .with_hint("give save_to and look at it as a file"),
        );
    }
    if full && is_picture(&file.filename) {
        let image = ContentBlock::image(BASE64.encode(bytes), preview::mime_type(&file.filename));
        return Ok((size, Some(image)));
    }
    Ok((size, preview::of_bytes(bytes, preview_size).await))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_come_with_folders() {
        let place = |subfolder: &str, name: &str| place_on_server(subfolder.into(), name.into());
        assert_eq!(place("", "a.png"), (String::new(), "a.png".to_owned()));
        assert_eq!(
            place("x/", "y/a.png"),
            ("x/y".to_owned(), "a.png".to_owned())
        );
    }
}
