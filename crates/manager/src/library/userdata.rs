//! Workflows in the editor's own folder on a server.

use super::{SavedWorkflow, Source, WorkflowName, content_hash};
use crate::error::{Error, ErrorKind};
use comfyctl_client::{Client, ErrorKind as ClientErrorKind, Overwrite, UserFile};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

/// Folder of a server's user data in which the editor keeps workflows.
const FOLDER: &str = "workflows";

/// How many are read at once, for their hashes.
const AT_ONCE: usize = 8;

pub(super) async fn list(client: &Client) -> Result<Vec<SavedWorkflow>, Error> {
    let files = client.list_userdata(FOLDER).await?;
    let named = files.into_iter().filter_map(|file| {
        let name = WorkflowName::of_file(&file.path)?;
        Some((name, file))
    });
    let saved = stream::iter(named).map(|(name, file)| saved(client, name, file));
    saved.buffered(AT_ONCE).try_collect().await
}

async fn saved(
    client: &Client,
    name: WorkflowName,
    file: UserFile,
) -> Result<SavedWorkflow, Error> {
    // In milliseconds (0.28.1); a fraction of one does not matter.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a time far outside is no time"
    )]
    let time = |ms: f64| Timestamp::from_millisecond(ms as i64).ok();
    let content = read(client, &name).await?;
    Ok(SavedWorkflow {
        size: Some(file.size),
        modified: file.modified.and_then(time),
        content_hash: content.as_deref().map(content_hash),
        ..SavedWorkflow::new(Source::Server, name.as_str())
    })
}

pub(super) async fn read(client: &Client, name: &WorkflowName) -> Result<Option<Vec<u8>>, Error> {
    Ok(client.read_userdata(&path(name)).await?)
}

pub(super) async fn save(
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
    let path = path(name);
    match client
        .write_userdata(&path, bytes.to_vec(), overwrite)
        .await
    {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), ClientErrorKind::Status { status: 409, .. }) => {
            Err(ErrorKind::NameTaken(name.to_string()).into())
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn delete(client: &Client, name: &WorkflowName) -> Result<bool, Error> {
    Ok(client.delete_userdata(&path(name)).await?)
}

fn path(name: &WorkflowName) -> String {
    format!("{FOLDER}/{}", name.file())
}
