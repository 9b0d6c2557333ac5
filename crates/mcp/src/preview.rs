//! What goes with the result of a job: a link to each file, and small pictures of the images, so
//! that a context is never flooded.

use crate::backend::Backend;
use crate::job_view;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use comfyctl_manager::Job;
use comfyctl_manager::picture::{self, PictureSize, is_picture};
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
    let mut content = Vec::new();
    let mut images = Vec::new();
    for (at, output) in job.outputs.iter().enumerate() {
        let Some(file) = output.file() else { continue };
        let mut link = Resource::new(job_view::uri(job, at), &file.filename)
            .with_mime_type(mime_type(&file.filename));
        link.size = output.size;
        content.push(ContentBlock::resource_link(link));
        if is_picture(&file.filename) {
            images.push(at);
        }
    }
    images.truncate(PICTURES);
    if size == 0 || images.is_empty() {
        return content;
    }
    let size = of_size(size, CHARACTERS / images.len());
    let pictures = stream::iter(images)
        .map(|at| of_output(job, at, size, backend))
        .buffered(AT_ONCE)
        .filter_map(std::future::ready);
    content.extend(pictures.collect::<Vec<_>>().await);
    content
}

/// A small picture of an image that is at hand; none where it is no image.
pub(crate) async fn of_bytes(bytes: Vec<u8>, size: u32) -> Option<ContentBlock> {
    if size == 0 {
        return None;
    }
    picture::shrink(bytes, of_size(size, CHARACTERS))
        .await
        .map(block)
}

/// The kind of a file, by its name.
pub(crate) fn mime_type(filename: &str) -> String {
    mime_guess::from_path(filename)
        .first_or_octet_stream()
        .to_string()
}

/// A result without its picture is a result all the same: what goes wrong is only logged.
async fn of_output(
    job: &Job,
    at: usize,
    size: PictureSize,
    backend: &Backend,
) -> Option<ContentBlock> {
    match backend.manager.output_picture(job, at, size).await {
        Ok(picture) => picture.map(block),
        Err(error) => {
            debug!(%error, job.id = %job.job_id, "no preview: the file cannot be fetched");
            None
        }
    }
}

/// Base64 has four characters for three bytes.
fn of_size(side: u32, characters: usize) -> PictureSize {
    PictureSize {
        side: side.min(LARGEST),
        bytes: characters / 4 * 3,
    }
}

fn block(picture: Vec<u8>) -> ContentBlock {
    ContentBlock::image(BASE64.encode(picture), "image/webp")
}
