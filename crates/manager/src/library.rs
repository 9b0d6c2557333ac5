//! Saved workflows: in a folder of this machine, or in the editor's own folder on a server.
//!
//! Both keep what they are given, byte for byte, and only what is a workflow. Nothing is written
//! outside of the folder, and nothing is replaced unless asked.

mod local;
mod name;

pub(crate) use name::InvalidName;
pub use name::WorkflowName;

use crate::error::{Error, ErrorKind};
use comfyctl_client::{Client, ErrorKind as ClientErrorKind, Overwrite};
use comfyctl_workflow::Document;
use jiff::Timestamp;
use serde::Serialize;
use std::path::PathBuf;

/// Folder of a server's user data in which the editor keeps workflows.
const SERVER_FOLDER: &str = "workflows";

/// Where workflows are saved.
#[derive(Debug, Clone)]
pub enum Library {
    /// A folder of this machine, which need not exist.
    Local(PathBuf),
    /// What the editor on a server shows.
    Server(Client),
}

/// A saved workflow as a listing shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SavedWorkflow {
    /// Its name.
    pub name: WorkflowName,
    /// Size in bytes.
    pub size: u64,
    /// When it was last changed, if that is known.
    pub modified: Option<Timestamp>,
}

impl Library {
    /// All saved workflows, by name.
    pub async fn list(&self) -> Result<Vec<SavedWorkflow>, Error> {
        let mut found = match self {
            Self::Local(folder) => local::list(folder)?,
            Self::Server(client) => list_server(client).await?,
        };
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// The bytes of a saved workflow; `None` when there is none of that name.
    pub async fn read(&self, name: &WorkflowName) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::Local(folder) => local::read(folder, name),
            Self::Server(client) => Ok(client.read_userdata(&server_path(name)).await?),
        }
    }

    /// Saves a workflow. One of the same name is replaced only if `replace` says so.
    pub async fn save(
        &self,
        name: &WorkflowName,
        bytes: &[u8],
        replace: bool,
    ) -> Result<(), Error> {
        Document::from_bytes(bytes).map_err(|source| ErrorKind::Document {
            name: name.to_string(),
            source,
        })?;
        match self {
            Self::Local(folder) => local::save(folder, name, bytes, replace),
            Self::Server(client) => save_server(client, name, bytes, replace).await,
        }
    }

    /// Deletes a workflow. `false` when there was none of that name.
    pub async fn delete(&self, name: &WorkflowName) -> Result<bool, Error> {
        match self {
            Self::Local(folder) => local::delete(folder, name),
            Self::Server(client) => Ok(client.delete_userdata(&server_path(name)).await?),
        }
    }
}

fn server_path(name: &WorkflowName) -> String {
    format!("{SERVER_FOLDER}/{}", name.file())
}

async fn list_server(client: &Client) -> Result<Vec<SavedWorkflow>, Error> {
    let files = client.list_userdata(SERVER_FOLDER).await?;
    let saved = files.into_iter().filter_map(|file| {
        // In milliseconds (0.28.1); a fraction of one does not matter.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a time far outside is no time"
        )]
        let modified = file
            .modified
            .and_then(|ms| Timestamp::from_millisecond(ms as i64).ok());
        Some(SavedWorkflow {
            name: WorkflowName::of_file(&file.path)?,
            size: file.size,
            modified,
        })
    });
    Ok(saved.collect())
}

async fn save_server(
    client: &Client,
    name: &WorkflowName,
    bytes: &[u8],
    replace: bool,
) -> Result<(), Error> {
    let overwrite = if replace {
        Overwrite::Yes
    } else {
        Overwrite::No
    };
    match client
        .write_userdata(&server_path(name), bytes.to_vec(), overwrite)
        .await
    {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), ClientErrorKind::Status { status: 409, .. }) => {
            Err(ErrorKind::NameTaken(name.to_string()).into())
        }
        Err(error) => Err(error.into()),
    }
}
