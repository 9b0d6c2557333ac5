//! The error of the manager: a message that names the thing, a stable code, and often a hint.

use crate::code::Code;
use crate::event::IllegalTransition;
use crate::job::{JobError, JobId, JobStatus};
use crate::library::InvalidName;
use crate::settings::SettingsError;
use crate::sweep::SweepError;
use comfyctl_workflow::check::Report;
use comfyctl_workflow::convert::ConvertError;
use comfyctl_workflow::{DocumentError, Faults, InvalidParameters, SelectorError};
use indexmap::IndexSet;
use std::path::PathBuf;
use std::sync::Arc;

/// An error of the manager.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<ErrorKind>);

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// A file holds no workflow.
    #[error("`{name}`: {source}")]
    Document {
        /// Path of the file, or `standard input`.
        name: String,
        /// Why.
        source: DocumentError,
    },
    /// The workflow is in the editor's format, and there are no definitions to convert it with.
    #[error("the workflow is in the format that the editor saves, which takes node definitions")]
    UiFormat,
    /// The workflow is in the editor's format and cannot be converted.
    #[error("the workflow cannot be converted: {0}")]
    Convert(#[from] ConvertError),
    /// The workflow is in the editor's format and uses classes that the server lacks.
    #[error("the workflow cannot be converted: {}", describe(.0))]
    MissingClasses(Report),
    /// The graph would harm the server.
    #[error("the workflow cannot run: {0}")]
    Faults(Faults),
    /// The workflow cannot run on that server.
    #[error("the workflow cannot run there: {}", describe(.0))]
    Invalid(Report),
    /// A selector names no input or several.
    #[error(transparent)]
    Selector(#[from] SelectorError),
    /// The node is there and has no such input.
    #[error("node `{node}` ({class}) has no input `{input}`")]
    NoSuchInput {
        /// The node.
        node: String,
        /// Its class.
        class: String,
        /// The input that was asked for.
        input: String,
        /// The nearest name among its inputs.
        nearest: Option<String>,
        /// All its inputs.
        known: Vec<String>,
    },
    /// The user wanted it to stop before there was a job.
    #[error("cancelled before the job was sent")]
    CancelledUnsent,
    /// A seed was given and there is no seed to set.
    #[error("the workflow has no seed to set")]
    NoSeed,
    /// Only files of the editor say which seeds change.
    #[error("a workflow in API format does not say which of its seeds change from run to run")]
    NoSeedControl,
    /// A file is larger than any workflow.
    #[error("`{}` is larger than {} MB", path.display(), limit >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Most bytes that are read.
        limit: u64,
    },
    /// A folder where a file was expected.
    #[error("`{}` is a folder", .0.display())]
    IsFolder(PathBuf),
    /// A file of this machine; the message names it.
    #[error("{0}")]
    File(std::io::Error),
    /// A name that no saved workflow can have.
    #[error(transparent)]
    InvalidName(#[from] InvalidName),
    /// A saved workflow has that name.
    #[error("there is a saved workflow `{0}`")]
    NameTaken(String),
    /// There is no saved workflow of that name.
    #[error("there is no saved workflow `{name}`")]
    NoSuchWorkflow {
        /// The name that was asked for.
        name: String,
        /// The nearest name.
        nearest: Option<String>,
    },
    /// What a server brings along cannot be changed.
    #[error("templates and blueprints of a server can only be read")]
    ReadOnlyLibrary,
    /// Several blueprints have that name.
    #[error("several blueprints are called `{name}`")]
    AmbiguousWorkflow {
        /// The name that was asked for.
        name: String,
        /// Their ids on the server.
        ids: Vec<String>,
    },
    /// There is no home folder and no environment variable that stands for it.
    #[error("no home folder was found for settings and history")]
    NoHomeFolder,
    /// Something is wrong with the settings or with a change to them.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The settings have no connection of that name.
    #[error("no connection is called `{name}`")]
    UnknownConnection {
        /// The name that was asked for.
        name: String,
        /// The nearest name.
        nearest: Option<String>,
        /// All names.
        known: Vec<String>,
    },
    /// Of several servers none can run the workflow.
    #[error("no connection can run the workflow: {}", .0.join("; "))]
    NoServerTakesIt(Vec<String>),
    /// Speaking to the server failed.
    #[error(transparent)]
    Client(#[from] comfyctl_client::Error),
    /// The server of a job does not answer.
    #[error("{}", .0.message)]
    ServerSilent(JobError),
    /// The history has no such job.
    #[error("no job `{0}` in the history")]
    NoSuchJob(String),
    /// Several jobs have ids that start like that.
    #[error("several jobs have ids that start with `{prefix}`")]
    AmbiguousJob {
        /// What was given of the id.
        prefix: String,
        /// The newest of them, each with its status and workflow.
        candidates: Vec<String>,
    },
    /// Something is no sweep, or no sweep of this workflow.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// The parameters of the workflow do not take these values.
    #[error(transparent)]
    Parameters(#[from] InvalidParameters),
    /// There is no such batch, or several.
    #[error("{count} batches are called `{name}` or have ids that start like that")]
    NotOneBatch {
        /// What was asked for.
        name: String,
        /// How many there are: `no` or `several`.
        count: &'static str,
    },
    /// A batch of that name is there.
    #[error("there is a batch `{0}`")]
    BatchNameTaken(String),
    /// The server has no such thing.
    #[error("the server has no {what} `{name}`")]
    NotOnServer {
        /// `node class`, `model folder`, ...
        what: &'static str,
        /// The name that was asked for.
        name: String,
        /// The nearest name.
        nearest: Option<String>,
    },
    /// The job history cannot be opened.
    #[error("the job history `{name}` cannot be opened: {source}")]
    StoreOpen {
        /// Its file, or host and name of the database.
        name: String,
        /// Why.
        source: sqlx::Error,
    },
    /// A later version of this program wrote the job history, which is left as it is.
    #[error("the job history `{name}` was written by a later version of this program")]
    StoreNewer {
        /// Its file, or host and name of the database.
        name: String,
    },
    /// The history is in a database that has its own tools for that.
    #[error("a job history in PostgreSQL is backed up by PostgreSQL's own tools")]
    BackupUnsupported,
    /// A backup is not what it was, or no backup.
    #[error("the backup `{}` is damaged: {what}", path.display())]
    BackupWrong {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A file of jobs cannot be imported.
    #[error("line {line} cannot be imported: {what}")]
    Import {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The job history cannot be read or written.
    #[error("the job history failed: {0}")]
    Store(Arc<sqlx::Error>),
    /// The job history was closed by this process.
    #[error("the job history is closed")]
    StoreClosed,
    /// Another process looks after the job by now.
    #[error("another process looks after job {0}")]
    LeaseLost(JobId),
    /// What was to be recorded cannot happen to the job where it stands.
    #[error(transparent)]
    Transition(IllegalTransition),
    /// Something was to be done with a job that is only possible while no server has it.
    #[error("job {job_id} cannot be {wish} any more: {}", past_waiting(*.status))]
    NotWaiting {
        /// The job.
        job_id: JobId,
        /// Where it stands.
        status: JobStatus,
        /// What was to be done: `held`, `released`, `moved`.
        wish: &'static str,
    },
    /// Something was to be done with a job that a program only tells of.
    #[error("job {job_id} cannot be {wish}: the program that tells of it runs it by its own means")]
    Tracked {
        /// The job.
        job_id: JobId,
        /// What was to be done: `held`, `released`, `moved`.
        wish: &'static str,
    },
    /// The history does not have what a job sent.
    #[error("the history does not have the prompt of job {0}")]
    NoPrompt(JobId),
    /// A job was to run after one that ended otherwise.
    #[error("job {after} is {status}, so that nothing can run after it")]
    DependencyEnded {
        /// The one before.
        after: JobId,
        /// How it ended.
        status: JobStatus,
    },
    /// A job was sent, and what became of it cannot be recorded.
    #[error("job {job_id} was sent, and the history cannot record what becomes of it: {source}")]
    Unrecorded {
        /// The job.
        job_id: JobId,
        /// Why not.
        source: Box<Error>,
    },
    /// JSON of the job history cannot be read or written.
    #[error("the job history holds unreadable JSON: {0}")]
    StoredJson(serde_json::Error),
    /// A row of the job history makes no sense.
    #[error("the job history is damaged: {what}")]
    StoreCorrupt {
        /// What makes no sense.
        what: String,
    },
}

impl From<sqlx::Error> for ErrorKind {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl<K: Into<ErrorKind>> From<K> for Error {
    fn from(kind: K) -> Self {
        Self(Box::new(kind.into()))
    }
}

impl Error {
    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// What went wrong, for keeping.
    pub fn into_kind(self) -> ErrorKind {
        *self.0
    }

    /// Stable kind of the error.
    pub fn code(&self) -> Code {
        match self.kind() {
            ErrorKind::Invalid(_)
            | ErrorKind::NoServerTakesIt(_)
            | ErrorKind::MissingClasses(_) => Code::ValidationFailed,
            ErrorKind::Document { .. }
            | ErrorKind::Faults(_)
            | ErrorKind::Convert(_)
            | ErrorKind::TooLarge { .. } => Code::InvalidWorkflow,
            ErrorKind::UiFormat => Code::UnsupportedWorkflow,
            ErrorKind::Selector(_)
            | ErrorKind::NoSuchInput { .. }
            | ErrorKind::Sweep(_)
            | ErrorKind::Parameters(_)
            | ErrorKind::NoSeed
            | ErrorKind::NoSeedControl => Code::InvalidOverride,
            ErrorKind::IsFolder(_)
            | ErrorKind::File(_)
            | ErrorKind::InvalidName(_)
            | ErrorKind::ReadOnlyLibrary
            | ErrorKind::Import { .. }
            | ErrorKind::BatchNameTaken(_)
            | ErrorKind::NameTaken(_) => Code::FileError,
            ErrorKind::CancelledUnsent => Code::Cancelled,
            ErrorKind::NoHomeFolder => Code::InvalidSettings,
            ErrorKind::Settings(error) => error.code(),
            ErrorKind::UnknownConnection { .. } => Code::InvalidConnection,
            ErrorKind::Client(error) => Code::of_client_error(error),
            ErrorKind::ServerSilent(error) => error.code,
            ErrorKind::NoSuchJob(_)
            | ErrorKind::NoSuchWorkflow { .. }
            | ErrorKind::AmbiguousWorkflow { .. }
            | ErrorKind::AmbiguousJob { .. }
            | ErrorKind::NoPrompt(_)
            | ErrorKind::NotOneBatch { .. }
            | ErrorKind::NotOnServer { .. } => Code::NotFound,
            ErrorKind::StoreOpen { .. }
            | ErrorKind::StoreNewer { .. }
            | ErrorKind::BackupUnsupported
            | ErrorKind::BackupWrong { .. }
            | ErrorKind::Unrecorded { .. }
            | ErrorKind::Store(_)
            | ErrorKind::StoreClosed
            | ErrorKind::LeaseLost(_)
            | ErrorKind::Transition(_)
            | ErrorKind::StoredJson(_)
            | ErrorKind::StoreCorrupt { .. } => Code::StoreError,
            ErrorKind::DependencyEnded { .. } => Code::DependencyFailed,
            ErrorKind::NotWaiting { .. } | ErrorKind::Tracked { .. } => Code::Conflict,
        }
    }

    /// The error as a job keeps it.
    pub fn to_job_error(&self) -> JobError {
        JobError {
            hint: self.hint(),
            ..JobError::new(self.code(), &self.to_string())
        }
    }

    /// What to try next.
    pub fn hint(&self) -> Option<String> {
        let did_you_mean = |nearest: &Option<String>| {
            nearest
                .as_ref()
                .map(|name| format!("did you mean `{name}`?"))
        };
        match self.kind() {
            ErrorKind::Document { source, .. } => source.hint().map(str::to_owned),
            ErrorKind::UiFormat => Some(
                "convert it with `comfyctl workflow convert`, or name a server with --url"
                    .to_owned(),
            ),
            ErrorKind::Convert(error) => error.hint().map(str::to_owned),
            ErrorKind::Selector(error) => error.hint(),
            ErrorKind::NoSuchInput { nearest, known, .. } => {
                did_you_mean(nearest).or_else(|| Some(format!("it has: {}", known.join(", "))))
            }
            ErrorKind::NoSeed => {
                Some("set the input that it has instead, with `--set NODE.INPUT=VALUE`".to_owned())
            }
            ErrorKind::NoSeedControl => {
                Some("set them all with `--seed random`, or some with `--set`".to_owned())
            }
            ErrorKind::TooLarge { .. } => Some("a workflow is never that large".to_owned()),
            ErrorKind::IsFolder(_) => Some("give a file".to_owned()),
            ErrorKind::UnknownConnection { nearest, known, .. } => did_you_mean(nearest)
                .or_else(|| Some(format!("the settings have: {}", known.join(", ")))),
            ErrorKind::Client(error) => error.hint(),
            ErrorKind::Settings(error) => error.hint(),
            ErrorKind::ServerSilent(error) => error.hint.clone(),
            ErrorKind::NoSuchJob(_) => Some("`comfyctl jobs list` shows the ids".to_owned()),
            ErrorKind::AmbiguousJob { candidates, .. } => Some(format!(
                "give more of the id; the newest of them are {}",
                candidates.join(", ")
            )),
            ErrorKind::Parameters(error) => error.hint(),
            ErrorKind::NotOneBatch { .. } => {
                Some("`comfyctl batch list` shows their names and ids".to_owned())
            }
            ErrorKind::BatchNameTaken(name) => Some(format!(
                "go on with it by `comfyctl batch resume {name}`, or take another name"
            )),
            ErrorKind::NameTaken(_) => {
                Some("replace it with `--force`, or take another".to_owned())
            }
            ErrorKind::Unrecorded { job_id, .. } => Some(format!(
                "the server may go on with it: look for {job_id} in its history"
            )),
            ErrorKind::NotOnServer { nearest, .. } | ErrorKind::NoSuchWorkflow { nearest, .. } => {
                did_you_mean(nearest)
            }
            ErrorKind::AmbiguousWorkflow { ids, .. } => {
                Some(format!("name it by its id: {}", ids.join(" or ")))
            }
            ErrorKind::ReadOnlyLibrary => Some("save it under a name of your own".to_owned()),
            ErrorKind::NoHomeFolder => Some("set COMFYCTL_CONFIG and COMFYCTL_DATA".to_owned()),
            ErrorKind::StoreOpen { .. } => {
                Some("set COMFYCTL_DATA to another folder, or move the file away".to_owned())
            }
            ErrorKind::MissingClasses(report) => Some(suggestions(report)),
            ErrorKind::BackupUnsupported => {
                Some("use `pg_dump`, or `comfyctl jobs export` for the jobs alone".to_owned())
            }
            ErrorKind::BackupWrong { .. } => Some("use an earlier backup".to_owned()),
            ErrorKind::Import { .. } => Some(
                "the jobs before that line are imported, and are passed over next time".to_owned(),
            ),
            ErrorKind::StoreNewer { .. } => {
                Some("update this program, or set COMFYCTL_DATA to another folder".to_owned())
            }
            ErrorKind::Invalid(report) => report
                .errors()
                .find_map(|finding| finding.suggestion.clone())
                .or_else(|| Some("`--no-validate` leaves the decision to the server".to_owned())),
            ErrorKind::NotWaiting { job_id, status, .. } if status.is_final() => {
                Some(format!("`comfyctl jobs rerun {job_id}` runs it again"))
            }
            ErrorKind::NotWaiting { job_id, .. } | ErrorKind::Tracked { job_id, .. } => {
                Some(format!("`comfyctl jobs cancel {job_id}` stops it"))
            }
            ErrorKind::NoPrompt(_) => Some("run its workflow with `comfyctl run`".to_owned()),
            ErrorKind::Faults(_)
            | ErrorKind::NoServerTakesIt(_)
            | ErrorKind::Sweep(_)
            | ErrorKind::CancelledUnsent
            | ErrorKind::File(_)
            | ErrorKind::InvalidName(_)
            | ErrorKind::Store(_)
            | ErrorKind::StoreClosed
            | ErrorKind::LeaseLost(_)
            | ErrorKind::Transition(_)
            | ErrorKind::DependencyEnded { .. }
            | ErrorKind::StoredJson(_)
            | ErrorKind::StoreCorrupt { .. } => None,
        }
    }
}

/// Why a job does not wait any more.
fn past_waiting(status: JobStatus) -> String {
    match status {
        JobStatus::Pending => "it is on its way to a server".to_owned(),
        JobStatus::Queued | JobStatus::Running => "a server has it".to_owned(),
        ended => format!("it is {ended}"),
    }
}

/// What to try about all errors of a report, in a line.
fn suggestions(report: &Report) -> String {
    let suggestions: IndexSet<&str> = report
        .errors()
        .filter_map(|finding| finding.suggestion.as_deref())
        .collect();
    let suggestions: Vec<&str> = suggestions.into_iter().collect();
    suggestions.join("; ")
}

/// The errors of a report in a line.
fn describe(report: &Report) -> String {
    const SHOWN: usize = 8;
    let mut errors = report.errors();
    let shown: Vec<String> = errors
        .by_ref()
        .take(SHOWN)
        .map(ToString::to_string)
        .collect();
    match errors.count() {
        0 => shown.join("; "),
        more => format!("{}; and {more} more", shown.join("; ")),
    }
}
