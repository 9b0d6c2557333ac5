//! Errors as Python exceptions: classes of `comfyui_api_manager.errors`, with `code` and `hint`.

use comfyctl_manager::{Code, Error, ErrorKind, JobError};
use comfyctl_workflow::SelectorError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

/// As many jobs are open as the settings allow.
pub(crate) const TOO_MANY_JOBS: &str = "too_many_jobs";
/// A setting keeps a route from answering.
pub(crate) const SWITCHED_OFF: &str = "switched_off";
/// A request is longer than ComfyUI takes; routes say so themselves.
const TOO_LARGE: &str = "too_large";

/// Why a call came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The manager says so.
    Manager(Error),
    /// A node says so.
    Node(comfyctl_nodes::Error),
    /// What became of a job, or why that is not known.
    Job(Box<JobError>),
    /// We say so.
    Told {
        code: Code,
        message: String,
        hint: Option<String>,
    },
    /// The settings do not let it in, under one of the codes of routes.
    Refused {
        code: &'static str,
        message: String,
        hint: String,
    },
    /// Python does.
    Python(PyErr),
    /// The wait ended before the job did.
    WaitTimeout { seconds: f64 },
}

impl From<ErrorKind> for Failure {
    fn from(kind: ErrorKind) -> Self {
        Self::Manager(kind.into())
    }
}

impl From<comfyctl_client::Error> for Failure {
    fn from(error: comfyctl_client::Error) -> Self {
        Self::Manager(error.into())
    }
}

impl From<SelectorError> for Failure {
    fn from(error: SelectorError) -> Self {
        Self::Manager(error.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Manager(error)
    }
}

impl From<comfyctl_nodes::Error> for Failure {
    fn from(error: comfyctl_nodes::Error) -> Self {
        Self::Node(error)
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

/// What was to be given to Python cannot be written as JSON: only keys that are no text can do that.
impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Manager(ErrorKind::StoredJson(error).into())
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        let (code, message, hint) = match failure {
            Failure::Python(error) => return error,
            Failure::Node(error) => {
                let (class, message) = (class_of_node(&error), error.to_string());
                return raised(class, error.code(), &message, error.hint());
            }
            Failure::Refused {
                code,
                message,
                hint,
            } => return raised("Conflict", code, &message, Some(hint)),
            Failure::Manager(error) if matches!(error.kind(), ErrorKind::StoreClosed) => (
                error.code(),
                "the manager is closed".to_owned(),
                Some("make another one: `Manager()` or `AsyncManager()`".to_owned()),
            ),
            Failure::Manager(error) => (error.code(), error.to_string(), error.hint()),
            Failure::Job(error) => (error.code, error.message, error.hint),
            Failure::Told {
                code,
                message,
                hint,
            } => (code, message, hint),
            Failure::WaitTimeout { seconds } => (
                Code::WaitTimeout,
                format!("the job did not end within {seconds} s"),
                Some("it goes on: wait again, or cancel it".to_owned()),
            ),
        };
        raised(class_of(code), code.as_str(), &message, hint)
    }
}

fn raised(class: &str, code: &str, message: &str, hint: Option<String>) -> PyErr {
    Python::attach(|py| raise(py, class, code, message, hint).unwrap_or_else(|error| error))
}

fn raise(
    py: Python<'_>,
    class: &str,
    code: &str,
    message: &str,
    hint: Option<String>,
) -> PyResult<PyErr> {
    static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let errors = ERRORS.get_or_try_init(py, || {
        PyModule::import(py, "comfyui_api_manager.errors").map(Bound::unbind)
    })?;
    let class = errors.bind(py).getattr(class)?;
    let exception = class.call1((message, code, hint))?;
    Ok(PyErr::from_value(exception))
}

/// What the nodes for HTTP, JSON and text raise; their codes are those of that crate.
fn class_of_node(error: &comfyctl_nodes::Error) -> &'static str {
    use comfyctl_nodes::Error;
    match error {
        Error::InvalidInput { .. } | Error::InvalidPath { .. } | Error::Image(_) => "WorkflowError",
        Error::Secret(_) | Error::NoToken { .. } | Error::Refused(_) | Error::Setup(_) => {
            "SettingsError"
        }
        Error::Unreachable { .. }
        | Error::Timeout { .. }
        | Error::TooLong { .. }
        | Error::TooManyRedirects { .. }
        | Error::Status { .. } => "ServerError",
    }
}

/// The one table from codes to exception classes.
fn class_of(code: Code) -> &'static str {
    match code {
        Code::InvalidWorkflow
        | Code::UnsupportedWorkflow
        | Code::InvalidOverride
        | Code::ValidationFailed => "WorkflowError",
        Code::InvalidSettings | Code::InvalidConnection => "SettingsError",
        Code::Unreachable
        | Code::Timeout
        | Code::TlsError
        | Code::Unauthorized
        | Code::HttpError
        | Code::NotComfyui => "ServerError",
        Code::NodeError
        | Code::OutOfMemory
        | Code::ServerLostJob
        | Code::DeadlineExceeded
        | Code::DependencyFailed => "JobFailed",
        Code::Cancelled => "JobCancelled",
        Code::WaitTimeout => "WaitTimeout",
        Code::NotFound => "NotFound",
        Code::Conflict => "Conflict",
        Code::FileError => "FileError",
        Code::StoreError => "StoreError",
    }
}

/// All codes with the name of the class that is raised for each.
#[pyfunction]
pub(crate) fn error_codes() -> Vec<(&'static str, &'static str)> {
    Code::ALL.map(|code| (code.as_str(), class_of(code))).into()
}

/// The HTTP status that routes answer with when something ends with that code.
#[pyfunction]
pub(crate) fn http_status(code: &str) -> u16 {
    match code {
        SWITCHED_OFF => return 403,
        TOO_LARGE => return 413,
        TOO_MANY_JOBS => return 429,
        _ => {}
    }
    let found = Code::ALL.into_iter().find(|known| known.as_str() == code);
    match found {
        Some(
            Code::InvalidWorkflow
            | Code::UnsupportedWorkflow
            | Code::InvalidOverride
            | Code::ValidationFailed
            | Code::InvalidSettings
            | Code::InvalidConnection,
        ) => 400,
        Some(Code::NotFound) => 404,
        Some(Code::WaitTimeout) => 408,
        Some(Code::Conflict) => 409,
        Some(
            Code::Unreachable
            | Code::TlsError
            | Code::Unauthorized
            | Code::HttpError
            | Code::NotComfyui,
        ) => 502,
        Some(Code::Timeout) => 504,
        Some(
            Code::NodeError
            | Code::OutOfMemory
            | Code::ServerLostJob
            | Code::Cancelled
            | Code::DeadlineExceeded
            | Code::DependencyFailed
            | Code::FileError
            | Code::StoreError,
        )
        | None => 500,
    }
}
