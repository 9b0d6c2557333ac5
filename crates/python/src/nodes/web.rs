//! Requests, uploads and downloads, under the settings as they are when a node runs.

use crate::call::{Answer, Call};
use crate::error::Failure;
use crate::json;
use comfyctl_manager::{Locations, Settings};
use comfyctl_nodes::Error;
use comfyctl_nodes::download::download;
use comfyctl_nodes::image::Format;
use comfyctl_nodes::network::{Http, Policy, system_lookup};
use comfyctl_nodes::request::{Auth, AuthKind, Request};
use comfyctl_nodes::secret::Vault;
use comfyctl_nodes::upload::{Upload, Uploader};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The inputs of an API Request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestInputs {
    url: String,
    method: String,
    auth_type: String,
    auth_url: String,
    auth_credentials: String,
    request_body: String,
    headers: String,
    query_params: String,
    timeout_seconds: f64,
    retry_count: u32,
    retry_unsafe: bool,
}

/// The inputs of an upload, but for the image.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadInputs {
    api_url: String,
    api_object_id: String,
    api_key: String,
    image_format: String,
    field_name: String,
    extra_data: String,
    timeout_seconds: f64,
}

/// Asks an API. Gives `text` and `auth_token`.
#[pyfunction]
pub(crate) fn web_request(inputs: &Bound<'_, PyDict>) -> PyResult<Call> {
    let inputs: RequestInputs = read(inputs)?;
    Ok(Call::new(async move {
        let request = inputs.request()?;
        let (http, vault) = open()?;
        let reply = request.send(&http, &vault).await?;
        Ok(Answer::Json(
            json!({"text": reply.text, "auth_token": reply.auth_token}),
        ))
    }))
}

/// Images on their way to an API.
#[pyclass(frozen, module = "comfyui_api_manager._native")]
pub(crate) struct ImageUpload {
    uploader: Arc<Uploader>,
}

#[pymethods]
impl ImageUpload {
    /// Reads the inputs and opens the credentials; nothing is sent yet.
    #[new]
    fn new(inputs: &Bound<'_, PyDict>) -> PyResult<Self> {
        let inputs: UploadInputs = read(inputs)?;
        let upload = inputs.upload().map_err(Failure::Node)?;
        let (http, vault) = open()?;
        let uploader = upload.begin(http, &vault).map_err(Failure::Node)?;
        Ok(Self {
            uploader: Arc::new(uploader),
        })
    }

    /// Where they go, without credentials.
    #[getter]
    fn target(&self) -> String {
        self.uploader.target().to_string()
    }

    /// Sends one image. Gives what the API said.
    fn send(&self, file: Vec<u8>) -> Call {
        let uploader = Arc::clone(&self.uploader);
        Call::new(async move { Ok(Answer::Json(uploader.send(file.into()).await?.into())) })
    }
}

/// Fetches an image as an array `[height, width, 3]`.
#[pyfunction]
pub(crate) fn web_download(url: String, token: String, timeout_seconds: f64) -> Call {
    Call::new(async move {
        let (http, vault) = open()?;
        let picture = download(&http, &vault, &url, &token, seconds(timeout_seconds)?).await?;
        Ok(Answer::Picture(picture))
    })
}

impl RequestInputs {
    fn request(self) -> Result<Request, Error> {
        let method = self.method.parse();
        Ok(Request {
            method: method.map_err(|_| invalid("method", "is no method of HTTP"))?,
            url: self.url,
            auth: Auth {
                kind: AuthKind::parse(&self.auth_type)?,
                token_url: self.auth_url,
                credentials: self.auth_credentials,
            },
            body: self.request_body,
            headers: self.headers,
            query: self.query_params,
            timeout: seconds(self.timeout_seconds)?,
            retries: self.retry_count,
            retry_unsafe: self.retry_unsafe,
        })
    }
}

impl UploadInputs {
    fn upload(self) -> Result<Upload, Error> {
        Ok(Upload {
            url: self.api_url,
            object_id: self.api_object_id,
            token: self.api_key,
            // The quality has been used: the file is there.
            format: Format::parse(&self.image_format, 100)?,
            field: self.field_name,
            extra: self.extra_data,
            timeout: seconds(self.timeout_seconds)?,
        })
    }
}

fn read<T: DeserializeOwned>(inputs: &Bound<'_, PyDict>) -> PyResult<T> {
    let inputs = json::from_python(inputs.as_any())?;
    serde_json::from_value(inputs).map_err(|error| Failure::from(error).into())
}

fn seconds(seconds: f64) -> Result<Duration, Error> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| invalid("timeout_seconds", "is no length of time"))
}

fn invalid(input: &str, problem: &str) -> Error {
    Error::InvalidInput {
        input: input.to_owned(),
        problem: problem.to_owned(),
    }
}

/// The HTTP clients, kept as long as the policy stays the same, and the secrets of the settings.
fn open() -> Result<(Arc<Http>, Vault), Failure> {
    static SHARED: Mutex<Option<Arc<Http>>> = Mutex::new(None);
    let settings = Settings::load(&Locations::find(None)?.settings_file)?;
    let policy = Policy::from_settings(&settings);
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let http = match shared.take() {
        Some(http) if *http.policy() == policy => http,
        _ => Arc::new(Http::new(policy, &system_lookup())?),
    };
    *shared = Some(Arc::clone(&http));
    Ok((http, Vault::from_settings(&settings)))
}
