//! `comfyctl upload`.

use super::file_report::FileReport;
use super::not_on_server;
use super::transfer_bar::TransferBar;
use crate::arguments::UploadArguments;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::file_name;
use crate::usage;
use comfyctl_client::{Client, FileReference, Folder, Upload, Uploaded};
use comfyctl_manager::{Code, Error, ErrorKind};
use indicatif::HumanBytes;
use serde::Serialize;
use std::path::Path;

/// A file that the server has now, as `--json` gives it.
#[derive(Debug, Serialize)]
struct UploadedFile {
    path: String,
    name: String,
    subfolder: String,
    #[serde(rename = "type")]
    folder: Folder,
    input_value: String,
}

pub(crate) async fn run(
    arguments: UploadArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    if let Err(error) = arguments.check() {
        return Ok(usage::report(&error, context.printer));
    }
    let sizes = arguments.files.iter().map(|path| size_of(path));
    let sizes: Vec<u64> = sizes.collect::<Result<_, Failure>>()?;
    let client = context.client()?;
    if let Some(original) = &arguments.mask_for {
        require(&client, original).await?;
    }
    let mut done = Vec::new();
    let mut outcome = Ok(());
    for (path, size) in arguments.files.iter().zip(sizes) {
        let text = format!("uploading {} ({})", path.display(), HumanBytes(size));
        let _bar = TransferBar::new(context, text);
        match send(&client, path, &arguments).await {
            Ok(uploaded) => done.push(UploadedFile::new(path, uploaded)),
            Err(failure) => {
                outcome = Err(failure);
                break;
            }
        }
    }
    FileReport::new(done, outcome).finish(context.printer, |file| &file.input_value)
}

impl UploadedFile {
    fn new(path: &Path, uploaded: Uploaded) -> Self {
        Self {
            path: path.display().to_string(),
            input_value: uploaded.input_value(),
            name: uploaded.name,
            subfolder: uploaded.subfolder,
            folder: uploaded.folder,
        }
    }
}

/// Size of a file that can be read.
fn size_of(path: &Path) -> Result<u64, Failure> {
    // A pipe would be waited for when opened, so its kind is asked first.
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => {
            return Err(Error::from(ErrorKind::IsFolder(path.to_owned())).into());
        }
        Ok(metadata) if !metadata.is_file() => {
            let message = format!("`{}` is not a regular file", path.display());
            let hint = "save its content to a file first".to_owned();
            return Err(Failure::new(Code::FileError, message, Some(hint)));
        }
        _ => {}
    }
    let file = fs_err::File::open(path).and_then(|file| file.metadata());
    let metadata = file.map_err(|error| Error::from(ErrorKind::File(error)))?;
    Ok(metadata.len())
}

async fn require(client: &Client, original: &FileReference) -> Result<(), Failure> {
    if client.file_exists(original).await? {
        return Ok(());
    }
    let otherwise = "name it as `comfyctl upload` printed it, or as `NAME [output]`";
    let name = file_name::show(original);
    Err(not_on_server::failure("file", &name, [], otherwise))
}

async fn send(
    client: &Client,
    path: &Path,
    arguments: &UploadArguments,
) -> Result<Uploaded, Failure> {
    let mut upload = Upload::from_path(path);
    upload.subfolder.clone_from(&arguments.subfolder);
    upload.folder = arguments.to;
    upload.overwrite = arguments.overwrite;
    if let Some(name) = &arguments.name {
        upload.name.clone_from(name);
    }
    let Some(original) = &arguments.mask_for else {
        return Ok(client.upload_image(&upload).await?);
    };
    let masked = client.upload_mask(&upload, original).await;
    masked.map_err(|error| match error.status() {
        Some(500) => {
            let hint = "a mask must be an image of the size of the one that it is laid onto";
            Failure::new(Code::HttpError, error.to_string(), Some(hint.to_owned()))
        }
        _ => error.into(),
    })
}
