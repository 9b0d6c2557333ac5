//! `/userdata`: files that the editor keeps on the server, saved workflows among them.

use crate::client::Client;
use crate::error::Error;
use crate::transport::Call;
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A file of the user. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserFile {
    /// Path below the folder that was listed, or below all user data.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was changed.
    #[serde(default)]
    pub modified: Option<f64>,
    /// When it was made.
    #[serde(default)]
    pub created: Option<f64>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A file or a folder of the user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserEntry {
    /// Its name.
    pub name: String,
    /// Path below all user data.
    pub path: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: UserEntryKind,
    /// Size of a file in bytes.
    #[serde(default)]
    pub size: Option<u64>,
    /// When a file was changed, in seconds since 1970: unlike [`UserFile`].
    #[serde(default)]
    pub modified: Option<f64>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What an entry of the user data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserEntryKind {
    /// A file.
    File,
    /// A folder.
    Directory,
}

/// Whether a file that is there may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// It may.
    Yes,
    /// Then the server answers with 409.
    No,
}

impl Overwrite {
    fn query(self) -> (&'static str, &'static str) {
        match self {
            Self::Yes => ("overwrite", "true"),
            Self::No => ("overwrite", "false"),
        }
    }
}

impl Client {
    /// The files in a folder such as `workflows`, and below it. A folder that is not there is empty.
    pub async fn list_userdata(&self, folder: &str) -> Result<Vec<UserFile>, Error> {
        let folder = literal(folder);
        let query = [
            ("dir", folder.as_ref()),
            ("recurse", "true"),
            ("full_info", "true"),
        ];
        let files = self
            .get(&["api", "userdata"])
            .query(query)
            .fetch_if_found()
            .await?;
        Ok(files.unwrap_or_default())
    }

    /// The folders and files below a folder, or below all of the user data for `""`. `None` when
    /// there is no such folder.
    pub async fn userdata_tree(&self, folder: &str) -> Result<Option<Vec<UserEntry>>, Error> {
        // This route decodes once more than the others.
        let folder = literal(&literal(folder)).into_owned();
        let query = (!folder.is_empty()).then_some(("path", folder.as_str()));
        self.get(&["api", "v2", "userdata"])
            .query(query)
            .fetch_if_found()
            .await
    }

    /// The bytes of a file such as `workflows/portrait.json`. `None` when it is not there.
    pub async fn read_userdata(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        self.userdata_call(Method::GET, path)?
            .fetch_bytes_if_found()
            .await
    }

    /// Writes a file, and the folders that it needs.
    pub async fn write_userdata(
        &self,
        path: &str,
        bytes: Vec<u8>,
        overwrite: Overwrite,
    ) -> Result<UserFile, Error> {
        let call = self.userdata_call(Method::POST, path)?;
        call.query([overwrite.query(), ("full_info", "true")])
            .body(bytes)
            .fetch()
            .await
    }

    /// Gives a file another path.
    pub async fn move_userdata(
        &self,
        from: &str,
        to: &str,
        overwrite: Overwrite,
    ) -> Result<UserFile, Error> {
        let route = ["api", "userdata", &literal(from), "move", &literal(to)];
        let call = self.post(&route);
        check(&call, from)?;
        check(&call, to)?;
        call.query([overwrite.query(), ("full_info", "true")])
            .fetch()
            .await
    }

    /// Deletes a file. Whether there was one.
    pub async fn delete_userdata(&self, path: &str) -> Result<bool, Error> {
        let answer = self.userdata_call(Method::DELETE, path)?.whole().await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        answer.ok().map(|_| true)
    }

    /// The path is one segment of the route: the server wants its slashes as `%2F`.
    fn userdata_call(&self, method: Method, path: &str) -> Result<Call<'_>, Error> {
        let call = self.call(method, &["api", "userdata", &literal(path)]);
        check(&call, path)?;
        Ok(call)
    }
}

/// ComfyUI decodes percent signs once more than HTTP does.
fn literal(path: &str) -> Cow<'_, str> {
    if path.contains('%') {
        path.replace('%', "%25").into()
    } else {
        path.into()
    }
}

/// A URL cannot name these, so that another route would be meant.
fn check(call: &Call<'_>, path: &str) -> Result<(), Error> {
    match path {
        "" | "." | ".." => Err(call.refuse(format!("`{path}` names no file"))),
        _ => Ok(()),
    }
}
