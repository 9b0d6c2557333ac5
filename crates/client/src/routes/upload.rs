//! `POST /upload/image` and `/upload/mask`: files onto the server, streamed from the disk.

mod sending;

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::output::{FileReference, Folder};
use crate::transport::Call;
use bytes::Bytes;
use reqwest::multipart::Form;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// A file to upload. Any kind of file will do, not only images.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Where the bytes are.
    pub source: UploadSource,
    /// Name to ask for, without folders. The server may choose another.
    pub name: String,
    /// Path below the folder, which the server makes if need be; empty for none.
    pub subfolder: String,
    /// Folder to put it into.
    pub folder: Folder,
    /// Replace a file of this name. Otherwise the server gives another name, unless the file there
    /// has the same bytes.
    pub overwrite: bool,
}

/// Where the bytes of an upload are.
#[derive(Debug, Clone)]
pub enum UploadSource {
    /// In a file, which is read while it is sent.
    Path(PathBuf),
    /// In memory.
    Bytes(Bytes),
}

/// A file that the server has now, under the name that it chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Uploaded {
    /// Its name, without folders.
    pub name: String,
    /// Path below the folder.
    #[serde(default)]
    pub subfolder: String,
    /// Folder that it is in.
    #[serde(rename = "type")]
    pub folder: Folder,
    /// Fields that we do not know, such as `asset`.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Upload {
    /// A file into the input folder, under its own name, replacing nothing.
    pub fn from_path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Self::new(UploadSource::Path(path), name)
    }

    /// Bytes into the input folder, replacing nothing.
    pub fn from_bytes(bytes: impl Into<Bytes>, name: impl Into<String>) -> Self {
        Self::new(UploadSource::Bytes(bytes.into()), name.into())
    }

    fn new(source: UploadSource, name: String) -> Self {
        Self {
            source,
            name,
            subfolder: String::new(),
            folder: Folder::Input,
            overwrite: false,
        }
    }

    /// What the server would answer with a bare 500, or take for another header.
    fn refusal(&self) -> Option<String> {
        let name = &self.name;
        if name.is_empty() {
            Some("the file has no name".to_owned())
        } else if name.contains('/') {
            Some(format!(
                "the file name `{name}` holds a folder; name it as the subfolder"
            ))
        } else if name
            .chars()
            .chain(self.subfolder.chars())
            .any(char::is_control)
        {
            Some(format!(
                "the file name `{}` holds control characters",
                name.escape_debug()
            ))
        } else {
            None
        }
    }

    /// Everything but the file itself. Names go as they are: the server takes percent signs
    /// literally.
    fn form(&self) -> Form {
        let form = Form::new()
            .percent_encode_noop()
            .text("type", self.folder.as_str());
        let form = form.text("subfolder", self.subfolder.clone());
        // The server takes only `true` and `1` for yes.
        if self.overwrite {
            form.text("overwrite", "true")
        } else {
            form
        }
    }
}

impl Uploaded {
    /// The file, for downloading it.
    pub fn reference(&self) -> FileReference {
        FileReference {
            filename: self.name.clone(),
            subfolder: self.subfolder.clone(),
            folder: self.folder,
        }
    }

    /// The value that a `LoadImage` input takes for this file: with its subfolder, and with its
    /// folder unless it is the input folder.
    pub fn input_value(&self) -> String {
        let path = if self.subfolder.is_empty() {
            self.name.clone()
        } else {
            format!("{}/{}", self.subfolder, self.name)
        };
        match self.folder {
            Folder::Input => path,
            folder => format!("{path} [{}]", folder.as_str()),
        }
    }
}

impl Client {
    /// Uploads a file. Use the name in the answer: the server may have chosen another.
    pub async fn upload_image(&self, upload: &Upload) -> Result<Uploaded, Error> {
        let call = self.post(&["api", "upload", "image"]);
        self.upload(call, upload, upload.form()).await
    }

    /// Lays the alpha channel of an uploaded image onto an image that the server has, and keeps the
    /// result under the upload's name. Both must have the same size.
    ///
    /// The server says yes even when it has no such original and writes nothing, so the original is
    /// looked for before, and the result after.
    pub async fn upload_mask(
        &self,
        upload: &Upload,
        original: &FileReference,
    ) -> Result<Uploaded, Error> {
        let call = self.post(&["api", "upload", "mask"]);
        if !self.file_exists(original).await? {
            let name = &original.filename;
            return Err(call.refuse(format!("the server has no original `{name}` to mask")));
        }
        let reference = serde_json::to_string(original)
            .map_err(|error| call.refuse(format!("the original cannot be named: {error}")))?;
        let form = upload.form().text("original_ref", reference);
        let masked = self.upload(call, upload, form).await?;
        if self.file_exists(&masked.reference()).await? {
            return Ok(masked);
        }
        let kind = ErrorKind::MaskNotWritten { name: masked.name };
        Err(self.post(&["api", "upload", "mask"]).error(kind))
    }

    async fn upload(&self, call: Call<'_>, upload: &Upload, form: Form) -> Result<Uploaded, Error> {
        if let Some(refusal) = upload.refusal() {
            return Err(call.refuse(refusal));
        }
        let (file, flow) = sending::part(upload).await?;
        let form = form.part("image", file);
        call.multipart(form).whole_while(flow).await?.ok()?.parse()
    }
}
