//! Thumbnails: a small picture of each image that a job produced, kept for as long as the job. Made from
//! the files that were just saved, when the job has ended; one that cannot be made harms nothing.

use crate::job::{Job, Output};
use crate::locations::Locations;
use crate::picture::{THUMBNAIL, is_picture, shrink_file};
use std::path::{Path, PathBuf};
use tracing::warn;

/// Makes the thumbnails of saved outputs and notes with each where it is.
pub(crate) async fn keep(outputs: &mut [Output], folder: &Path) {
    for (index, output) in outputs.iter_mut().enumerate() {
        let is_image = output.filename.as_deref().is_some_and(is_picture);
        let Some(path) = output.path.clone().filter(|_| is_image) else {
            continue;
        };
        let Some(picture) = shrink_file(path, THUMBNAIL).await else {
            continue;
        };
        match write(&picture, folder, index).await {
            Ok(path) => output.thumbnail = Some(path),
            Err(error) => return warn!(%error, "thumbnails cannot be kept"),
        }
    }
}

/// The thumbnail of an output, if it has one that is still there. Found by the id of the job: a path
/// that came with an imported job could lead anywhere.
pub(crate) async fn read(locations: &Locations, job: &Job, index: usize) -> Option<Vec<u8>> {
    job.outputs.get(index)?.thumbnail.as_ref()?;
    let path = locations.kept_thumbnails(job.job_id).join(name(index));
    fs_err::tokio::read(path).await.ok()
}

async fn write(picture: &[u8], folder: &Path, index: usize) -> std::io::Result<PathBuf> {
    fs_err::tokio::create_dir_all(folder).await?;
    let path = folder.join(name(index));
    fs_err::tokio::write(&path, picture).await?;
    Ok(path)
}

fn name(index: usize) -> String {
    format!("{index}.webp")
}
