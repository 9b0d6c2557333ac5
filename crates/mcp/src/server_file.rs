//! Fetches a file of a server, and says which one it was that is not there.

use crate::failure::Failure;
use comfyctl_client::{Client, Download, FileReference, ViewOptions};
use comfyctl_manager::{Error, ErrorKind};

/// What a server says of a file that it does not have.
const NOT_THERE: Option<u16> = Some(404);

/// A file that is about to come.
pub(crate) async fn download(client: &Client, file: &FileReference) -> Result<Download, Failure> {
    let download = client.view(file, &ViewOptions::default()).await;
    download.map_err(|error| failure(file, error.into()))
}

/// A whole file.
pub(crate) async fn bytes(client: &Client, file: &FileReference) -> Result<Vec<u8>, Failure> {
    let bytes = client.view_bytes(file, &ViewOptions::default()).await;
    bytes.map_err(|error| failure(file, error.into()))
}

/// Why a file cannot be had.
pub(crate) fn failure(file: &FileReference, error: Error) -> Failure {
    match error.kind() {
        ErrorKind::Client(answer) if answer.status() == NOT_THERE => missing(file),
        _ => error.into(),
    }
}

fn missing(file: &FileReference) -> Failure {
    let path = match file.subfolder.as_str() {
        "" => file.filename.clone(),
        subfolder => format!("{subfolder}/{}", file.filename),
    };
    let folder = file.folder.as_str();
    Failure::not_found(format!(
        "the server has no file `{path}` in its folder {folder}"
    ))
    .with_hint("get_job_status tells the outputs of a job: filename, subfolder and type")
}
