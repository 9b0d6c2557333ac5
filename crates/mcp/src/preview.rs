//! What goes with the result of a job: a link to each file, and small pictures of the images, so
//! that a context is never flooded.

use crate::backend::Backend;
use crate::job_view;
use crate::picture;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use comfyctl_client::{Client, FileReference, ViewOptions};
use comfyctl_manager::Job;
use futures_util::{StreamExt, stream};
use rmcp::model::{ContentBlock, Resource};
use tracing::debug;

/// Pixels of a side, where nothing is said.
pub(crate) const SIZE: u32 = 512;

/// Most pixels of a side.
const LARGEST: u32 = 2048;

/// Most characters of base64 for all pictures of a result.
const CHARACTERS: usize = 150_000;

/// Most pictures of a result.
const PICTURES: usize = 6;

/// How many are fetched at once.
const AT_ONCE: usize = 3;

/// Links and pictures of what a job produced.
pub(crate) async fn of_job(job: &Job, size: u32, backend: &Backend) -> Vec<ContentBlock> {
    let mut content: Vec<ContentBlock> = job
        .outputs
        .iter()
        .enumerate()
        .filter_map(|(at, output)| {
            let file = output.file()?;
            let mut link = Resource::new(job_view::uri(job, at), &file.filename)
                .with_mime_type(mime_type(&file.filename));
            link.size = output.size;
            Some(ContentBlock::resource_link(link))
        })
        .collect();
    let files = job
        .outputs
        .iter()
        .filter_map(comfyctl_manager::Output::file);
    let images: Vec<FileReference> = files.filter(is_image).take(PICTURES).collect();
    if size == 0 || images.is_empty() {
        return content;
    }
    let Ok(server) = backend.manager.server_of(job) else {
        return content;
    };
    let share = CHARACTERS / images.len();
    let client = server.client();
    let pictures = stream::iter(images)
        .map(|image| of_file(client.clone(), image, size, share))
        .buffered(AT_ONCE)
        .filter_map(std::future::ready);
    content.extend(pictures.collect::<Vec<_>>().await);
    content
}

/// A small picture of an image that is at hand; none where it is no image.
pub(crate) async fn of_bytes(bytes: Vec<u8>, size: u32) -> Option<ContentBlock> {
    shrink(bytes, size, CHARACTERS).await
}

/// The kind of a file, by its name.
pub(crate) fn mime_type(filename: &str) -> String {
    mime_guess::from_path(filename)
        .first_or_octet_stream()
        .to_string()
}

pub(crate) fn is_image(file: &FileReference) -> bool {
    let kind = mime_type(&file.filename);
    ["image/png", "image/jpeg", "image/webp"].contains(&kind.as_str())
}

/// A result without its picture is a result all the same: what goes wrong is only logged.
async fn of_file(
    client: Client,
    file: FileReference,
    size: u32,
    characters: usize,
) -> Option<ContentBlock> {
    let bytes = match client.view_bytes(&file, &ViewOptions::default()).await {
        Ok(bytes) => bytes,
        Err(error) => {
            debug!(%error, file = file.filename, "no preview: the file cannot be fetched");
            return None;
        }
    };
    shrink(bytes, size, characters).await
}

async fn shrink(bytes: Vec<u8>, size: u32, characters: usize) -> Option<ContentBlock> {
    if size == 0 {
        return None;
    }
    let most_bytes = characters / 4 * 3;
    let shrinking = move || picture::shrink(&bytes, size.min(LARGEST), most_bytes);
    let small = tokio::task::spawn_blocking(shrinking).await.ok()??;
    Some(ContentBlock::image(BASE64.encode(small), "image/webp"))
}
