//! What faces do with the files that jobs produced: save them, show them.

use crate::artifact;
use crate::error::{Error, ErrorKind};
use crate::job::{Job, Output};
use crate::manager::Manager;
use crate::picture::{PictureSize, THUMBNAIL, is_picture, shrink};
use crate::server::Server;
use crate::thumbnail;
use comfyctl_client::ViewOptions;
use std::path::Path;

/// Largest file that is read whole, as from a server.
const WHOLE: u64 = 256 << 20;

impl Manager {
    /// Fetches the files of an ended job into a folder and notes in the history where they are.
    pub async fn save_outputs(
        &self,
        server: &Server,
        job: &mut Job,
        folder: &Path,
    ) -> Result<(), Error> {
        let saved = artifact::save(server.client(), &mut job.outputs, folder).await;
        // What was saved before an error is noted too.
        self.store()
            .await?
            .record_artifacts(job.job_id, &job.outputs)
            .await?;
        saved
    }

    /// A file that a job produced, whole, up to 256 MiB: as the history keeps it, else as its server has
    /// it now.
    pub async fn output_bytes(&self, job: &Job, index: usize) -> Result<Vec<u8>, Error> {
        let (output, file) = job
            .outputs
            .get(index)
            .and_then(|output| Some((output, output.file()?)))
            .ok_or_else(|| no_such_output(index))?;
        if let Some(kept) = self.kept_file(job, output).await {
            return Ok(kept);
        }
        let server = self.server_of(job)?;
        let whole = ViewOptions::default();
        Ok(server.client().view_bytes(&file, &whole).await?)
    }

    /// A small picture, in WebP, of an image that a job produced: the thumbnail that was kept, if that is
    /// large enough or nothing else is left. `None` for outputs that are no images.
    pub async fn output_picture(
        &self,
        job: &Job,
        index: usize,
        size: PictureSize,
    ) -> Result<Option<Vec<u8>>, Error> {
        let output = job
            .outputs
            .get(index)
            .ok_or_else(|| no_such_output(index))?;
        if !output.filename.as_deref().is_some_and(is_picture) {
            return Ok(None);
        }
        let thumbnail = thumbnail::read(&self.locations, job, index).await;
        let is_enough =
            |picture: &Vec<u8>| size.side <= THUMBNAIL.side && picture.len() <= size.bytes;
        if thumbnail.as_ref().is_some_and(is_enough) {
            return Ok(thumbnail);
        }
        let image = match (self.output_bytes(job, index).await, thumbnail) {
            (Ok(image), _) | (Err(_), Some(image)) => image,
            (Err(error), None) => return Err(error),
        };
        Ok(shrink(image, size).await)
    }

    /// What the history itself keeps, and no other file, whatever path an imported job came with.
    async fn kept_file(&self, job: &Job, output: &Output) -> Option<Vec<u8>> {
        let name = output.path.as_ref()?.file_name()?;
        let path = self.locations.kept_outputs(job.job_id).join(name);
        let size = fs_err::tokio::metadata(&path).await.ok()?.len();
        if size > WHOLE {
            return None;
        }
        fs_err::tokio::read(path).await.ok()
    }
}

fn no_such_output(index: usize) -> Error {
    ErrorKind::NotOnServer {
        what: "file among the outputs",
        name: index.to_string(),
        nearest: None,
    }
    .into()
}
