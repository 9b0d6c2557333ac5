//! Errors as Python exceptions: classes of `comfyui_api_manager.errors`, with `code` and `hint`.

use comfyctl_manager::{Code, Error, ErrorKind, JobError};
use comfyctl_workflow::SelectorError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

/// Why a call came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The manager says so.
    Manager(Error),
    /// What became of a job, or why that is not known.
    Job(JobError),
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
            Failure::Manager(error) => (error.code(), error.to_string(), error.hint()),
            Failure::Job(error) => (error.code, error.message, error.hint),
            Failure::WaitTimeout { seconds } => (
                Code::WaitTimeout,
                format!("the job did not end within {seconds} s"),
                Some("it goes on: wait again, or cancel it".to_owned()),
            ),
        };
        Python::attach(|py| raise(py, code, &message, hint).unwrap_or_else(|error| error))
    }
}

fn raise(py: Python<'_>, code: Code, message: &str, hint: Option<String>) -> PyResult<PyErr> {
    static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let errors = ERRORS.get_or_try_init(py, || {
        PyModule::import(py, "comfyui_api_manager.errors").map(Bound::unbind)
    })?;
    let class = errors.bind(py).getattr(class_of(code))?;
    let exception = class.call1((message, code.as_str(), hint))?;
    Ok(PyErr::from_value(exception))
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
