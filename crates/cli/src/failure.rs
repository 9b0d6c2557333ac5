//! An error as the command line shows it: what, why, the next step, and the exit code.

use crate::exit::ExitStatus;
use comfyctl_manager::{Code, Error, JobError};
use serde::Serialize;
use std::error::Error as _;

/// Why a command failed. The same fields as the error of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    #[serde(flatten)]
    error: Box<JobError>,
}

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>, hint: Option<String>) -> Self {
        let error = JobError {
            hint,
            ..JobError::new(code, &message.into())
        };
        Self::from(error)
    }

    pub(crate) fn runtime(error: std::io::Error) -> Self {
        Self::new(
            Code::FileError,
            format!("the program cannot start its threads: {error}"),
            None,
        )
    }

    pub(crate) fn error(&self) -> &JobError {
        &self.error
    }

    pub(crate) fn into_error(self) -> JobError {
        *self.error
    }

    pub(crate) fn exit_status(&self) -> ExitStatus {
        self.error.code.into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(error.code(), with_causes(&error), error.hint())
    }
}

/// The message of an error, and those causes that it does not tell itself.
fn with_causes(error: &Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    message
}

impl From<comfyctl_client::Error> for Failure {
    fn from(error: comfyctl_client::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        Self {
            error: Box::new(error),
        }
    }
}
