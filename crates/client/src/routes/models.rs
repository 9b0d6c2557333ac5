//! `/models`, `/experiment/models`, `/embeddings` and `/view_metadata`: the model files of a server.

use crate::client::Client;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A folder of models, which may lie in several places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFolder {
    /// Its name, such as `checkpoints`.
    pub name: String,
    /// Its places on the server's disk.
    pub folders: Vec<String>,
    /// Endings of the files that count.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A model file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFile {
    /// Its name, with subfolders.
    pub name: String,
    /// Which of the folder's places it lies in.
    #[serde(rename = "pathIndex")]
    pub path_index: usize,
    /// When it was changed, in seconds since 1970.
    #[serde(default)]
    pub modified: Option<f64>,
    /// When it was made, in seconds since 1970.
    #[serde(default)]
    pub created: Option<f64>,
    /// Its size in bytes.
    #[serde(default)]
    pub size: Option<u64>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Client {
    /// Names of the model folders, such as `checkpoints` and `loras`.
    pub async fn model_folders(&self) -> Result<Vec<String>, Error> {
        self.get(&["api", "models"]).fetch().await
    }

    /// Names of the files in a model folder, with subfolders. `None` when there is no such folder.
    pub async fn models(&self, folder: &str) -> Result<Option<Vec<String>>, Error> {
        self.get(&["api", "models", folder]).fetch_if_found().await
    }

    /// The model folders with their places on the server's disk.
    pub async fn model_folder_details(&self) -> Result<Vec<ModelFolder>, Error> {
        self.get(&["api", "experiment", "models"]).fetch().await
    }

    /// The files in a model folder, with size and time. `None` when there is no such folder.
    pub async fn model_files(&self, folder: &str) -> Result<Option<Vec<ModelFile>>, Error> {
        self.get(&["api", "experiment", "models", folder])
            .fetch_if_found()
            .await
    }

    /// The picture that lies beside a model file, as WebP. `None` when there is none.
    pub async fn model_preview(
        &self,
        folder: &str,
        file: &ModelFile,
    ) -> Result<Option<Vec<u8>>, Error> {
        let index = file.path_index.to_string();
        let route = [
            "api",
            "experiment",
            "models",
            "preview",
            folder,
            &index,
            &file.name,
        ];
        self.get(&route).fetch_bytes_if_found().await
    }

    /// What a `.safetensors` file says of itself. `None` when it says nothing or is not there.
    pub async fn model_metadata(
        &self,
        folder: &str,
        name: &str,
    ) -> Result<Option<Map<String, Value>>, Error> {
        let call = self
            .get(&["api", "view_metadata", folder])
            .query([("filename", name)]);
        call.fetch_if_found().await
    }

    /// Names of the embeddings, without their endings.
    pub async fn embeddings(&self) -> Result<Vec<String>, Error> {
        self.get(&["api", "embeddings"]).fetch().await
    }
}
