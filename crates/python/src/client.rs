//! One ComfyUI server: its routes, as `comfyui_client.ComfyUIClient` calls them. Answers are as the
//! server wrote them.

use crate::call::{Answer, Call};
use crate::error::Failure;
use crate::json;
use crate::manager::not_on_server;
use crate::socket::Socket;
use bytes::Bytes;
use comfyctl_client::{
    Client, ClientId, Connection, FileReference, Folder, HistoryRange, ImagePreview, PreviewFormat,
    PromptId, PromptRequest, Upload, ViewOptions,
};
use comfyctl_manager::{Library, Workflow};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// Makes requests to one server; connects when it is used.
#[pyclass(frozen, module = "comfyui_api_manager._native")]
pub(crate) struct NativeClient {
    client: Client,
}

/// The bytes of an upload, or the file that holds them.
#[derive(FromPyObject)]
pub(crate) enum Source {
    Bytes(PyBackedBytes),
    Path(PathBuf),
}

impl NativeClient {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// A call on a client of its own, which is a handle to the same connections.
    fn call<F>(&self, work: impl FnOnce(Client) -> F) -> Call
    where
        F: Future<Output = Result<Answer, Failure>> + Send + 'static,
    {
        Call::new(work(self.client.clone()))
    }
}

#[pymethods]
impl NativeClient {
    /// The server at an address.
    #[new]
    fn at(url: &str) -> PyResult<Self> {
        let connection = Connection::parse(url).map_err(Failure::from)?;
        let client = Client::new(&connection).map_err(Failure::from)?;
        Ok(Self::new(client))
    }

    /// What the server says on a socket under this client id.
    fn listen(&self, client_id: &str) -> Socket {
        Socket::new(self.client.clone(), ClientId::new(client_id))
    }

    /// Queues a prompt, given as JSON text; gives back its id.
    fn submit(
        &self,
        workflow: Vec<u8>,
        client_id: String,
        extra_data: &Bound<'_, PyAny>,
    ) -> PyResult<Call> {
        let extra_data: Map<String, Value> = match json::from_python(extra_data)? {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Ok(self.call(async move |client| {
            let prompt = Workflow::from_reader(&workflow[..], "the workflow")?.into_prompt()?;
            let request = PromptRequest {
                client_id: Some(ClientId::new(client_id)),
                extra_data,
                ..PromptRequest::new(&prompt)
            };
            Answer::json(&client.submit(&request).await?.prompt_id)
        }))
    }

    /// What runs and what waits.
    fn queue(&self) -> Call {
        self.call(async move |client| Answer::json(&client.queue().await?))
    }

    /// The record of one execution, or of the latest so many.
    #[pyo3(signature = (prompt_id, max_items))]
    fn history(&self, prompt_id: Option<String>, max_items: u32) -> Call {
        self.call(async move |client| {
            let Some(id) = prompt_id.map(PromptId::new) else {
                return Answer::json(&client.history(HistoryRange::Latest(max_items)).await?);
            };
            let entry = client.history_entry(&id).await?;
            let found: Vec<_> = entry
                .into_iter()
                .map(|entry| (id.to_string(), entry))
                .collect();
            let fields = found
                .iter()
                .map(|(id, entry)| serde_json::to_value(entry).map(|entry| (id.clone(), entry)));
            Ok(Answer::Json(Value::Object(
                fields.collect::<Result<_, _>>()?,
            )))
        })
    }

    /// Forgets some executions, or all.
    fn delete_history(&self, prompt_ids: Vec<String>, clear: bool) -> Call {
        self.call(async move |client| {
            if clear {
                client.clear_history().await?;
            } else {
                client.delete_history(&ids(prompt_ids)).await?;
            }
            Ok(Answer::Nothing)
        })
    }

    /// Takes prompts out of the queue that do not run yet.
    fn delete_pending(&self, prompt_ids: Vec<String>) -> Call {
        self.call(async move |client| {
            client.delete_pending(&ids(prompt_ids)).await?;
            Ok(Answer::Nothing)
        })
    }

    /// Empties the queue of what does not run yet.
    fn clear_queue(&self) -> Call {
        self.call(async move |client| {
            client.clear_queue().await?;
            Ok(Answer::Nothing)
        })
    }

    /// Stops what runs, whoever queued it.
    fn interrupt(&self) -> Call {
        self.call(async move |client| {
            client.interrupt(None).await?;
            Ok(Answer::Nothing)
        })
    }

    /// Uploads a file; gives back how the server named it.
    fn upload(
        &self,
        source: Source,
        name: String,
        subfolder: String,
        folder: &str,
        overwrite: bool,
    ) -> PyResult<Call> {
        let upload = Upload {
            subfolder,
            folder: folder_of(folder)?,
            overwrite,
            ..upload(source, name)
        };
        Ok(self.call(async move |client| Answer::json(&client.upload_image(&upload).await?)))
    }

    /// Uploads a mask for an image that the server has.
    fn upload_mask(
        &self,
        source: Source,
        name: String,
        subfolder: String,
        overwrite: bool,
        original: &Bound<'_, PyAny>,
    ) -> PyResult<Call> {
        let original: FileReference = crate::manager::arguments(original)?;
        let upload = Upload {
            subfolder,
            overwrite,
            ..upload(source, name)
        };
        Ok(self
            .call(async move |client| Answer::json(&client.upload_mask(&upload, &original).await?)))
    }

    /// The bytes of a file on the server, or of a smaller image in place of it.
    #[pyo3(signature = (filename, subfolder, folder, preview))]
    fn view(
        &self,
        filename: String,
        subfolder: String,
        folder: &str,
        preview: Option<&str>,
    ) -> PyResult<Call> {
        let file = FileReference {
            filename,
            subfolder,
            folder: folder_of(folder)?,
        };
        let options = ViewOptions {
            preview: preview.map(preview_of).transpose()?,
            ..ViewOptions::default()
        };
        Ok(self
            .call(async move |client| Ok(Answer::Bytes(client.view_bytes(&file, &options).await?))))
    }

    /// Versions, memory and devices.
    fn system_stats(&self) -> Call {
        self.call(async move |client| Answer::json(&client.system_stats().await?))
    }

    /// The definition of one node class, or of all.
    #[pyo3(signature = (node_class))]
    fn object_info(&self, node_class: Option<String>) -> Call {
        self.call(async move |client| {
            let definitions = match &node_class {
                Some(class) => client.definitions_of(class).await?,
                None => client.definitions().await?,
            };
            let raw = |name: &str| {
                let text = definitions.raw(name).map_or("null", |raw| raw.get());
                serde_json::from_str(text).map(|value: Value| (name.to_owned(), value))
            };
            let classes: Result<_, _> = definitions.class_names().map(raw).collect();
            Ok(Answer::Json(Value::Object(classes?)))
        })
    }

    /// Names of the embeddings.
    fn embeddings(&self) -> Call {
        self.call(async move |client| Answer::json(&client.embeddings().await?))
    }

    /// Paths of the editor's extensions.
    fn extensions(&self) -> Call {
        self.call(async move |client| Answer::json(&client.extensions().await?))
    }

    /// Names of the model folders, or of the files in one.
    #[pyo3(signature = (folder))]
    fn models(&self, folder: Option<String>) -> Call {
        self.call(async move |client| {
            let Some(folder) = folder else {
                return Answer::json(&client.model_folders().await?);
            };
            let files = client.models(&folder).await?;
            Answer::json(&files.ok_or_else(|| not_on_server("model folder", &folder))?)
        })
    }

    /// What the server supports.
    fn features(&self) -> Call {
        self.call(async move |client| Answer::json(&client.features().await?))
    }

    /// Takes models and whatever else is cached out of memory.
    fn free(&self, unload_models: bool, free_memory: bool) -> Call {
        self.call(async move |client| {
            client.free(unload_models, free_memory).await?;
            Ok(Answer::Nothing)
        })
    }

    /// The files of the user below a folder.
    fn userdata(&self, folder: String) -> Call {
        self.call(async move |client| {
            let files = client.list_userdata(&folder).await?;
            let paths: Vec<_> = files.into_iter().map(|file| file.path).collect();
            Answer::json(&paths)
        })
    }

    /// The workflows that are saved on the server, or that it brings along.
    fn workflows(&self, templates: bool) -> Call {
        self.call(async move |client| {
            let library = if templates {
                Library::Templates(client)
            } else {
                Library::Server(client)
            };
            Answer::json(&library.list().await?)
        })
    }
}

pub(crate) fn upload(source: Source, name: String) -> Upload {
    match source {
        // Python's own bytes are sent, without a copy.
        Source::Bytes(bytes) => Upload::from_bytes(Bytes::from_owner(bytes), name),
        Source::Path(path) => Upload {
            name,
            ..Upload::from_path(path)
        },
    }
}

fn ids(ids: Vec<String>) -> Vec<PromptId> {
    ids.into_iter().map(PromptId::new).collect()
}

fn folder_of(name: &str) -> PyResult<Folder> {
    match name {
        "input" => Ok(Folder::Input),
        "output" => Ok(Folder::Output),
        "temp" => Ok(Folder::Temp),
        _ => Err(PyValueError::new_err(format!(
            "`{name}` is no folder of a server: input, output or temp"
        ))),
    }
}

/// `webp`, `jpeg;75`: the quality is 90 unless it says otherwise, as in ComfyUI.
fn preview_of(text: &str) -> PyResult<ImagePreview> {
    let (format, quality) = text.split_once(';').unwrap_or((text, "90"));
    let format = match format {
        "webp" => Some(PreviewFormat::Webp),
        "jpeg" => Some(PreviewFormat::Jpeg),
        _ => None,
    };
    match (format, quality.parse()) {
        (Some(format), Ok(quality)) => Ok(ImagePreview { format, quality }),
        _ => Err(PyValueError::new_err(format!(
            "`{text}` is no preview: webp or jpeg, and `;` with a quality"
        ))),
    }
}
