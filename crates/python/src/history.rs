//! The history as a whole: lists, statistics, removing, and what version 2.0.0 left behind.

use crate::call::{Answer, Call};
use crate::error::Failure;
use crate::manager::{NativeManager, arguments, job_id};
use comfyctl_manager::settings::{self, SettingsDocument};
use comfyctl_manager::{
    Error, ErrorKind, JobFilter, JobId, JobStatus, Manager, Retention, StatisticsBy,
    StatisticsRange,
};
use pyo3::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What of version 2.0.0 was imported; in the data folder, so that nothing is imported twice.
const MARK: &str = "imported-version-2.json";

/// Which jobs to list; the names are those of `Manager.jobs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[serde(default)]
    status: Vec<JobStatus>,
    workflow: Option<String>,
    connection: Option<String>,
    source: Option<String>,
    tag: Option<String>,
    words: Option<String>,
    /// RFC 3339.
    since: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

impl Filter {
    fn read(self) -> Result<JobFilter, Failure> {
        let wrong = |text: &str| not_found("place or time in the history", text);
        let since = self
            .since
            .map(|text| text.parse().map_err(|_| wrong(&text)));
        let after = self
            .after
            .map(|text| text.parse().map_err(|_| wrong(&text)));
        let usual = JobFilter::default();
        Ok(JobFilter {
            statuses: self.status,
            workflow: self.workflow,
            connection: self.connection,
            source: self.source,
            tag: self.tag,
            words: self.words,
            since: since.transpose()?,
            after: after.transpose()?,
            limit: self.limit.unwrap_or(usual.limit),
            ..usual
        })
    }
}

fn not_found(what: &'static str, name: &str) -> Failure {
    crate::manager::not_on_server(what, name)
}

#[pymethods]
impl NativeManager {
    /// A page of the history, newest first, and where the next begins.
    fn jobs(&self, filter: &Bound<'_, PyAny>) -> PyResult<Call> {
        let manager = self.manager()?;
        let filter: Filter = arguments(filter)?;
        Ok(Call::new(async move {
            let page = manager.jobs(&filter.read()?).await?;
            let next = page.next.map(|next| next.to_string());
            Answer::json(&json!({ "jobs": page.jobs, "next": next }))
        }))
    }

    /// Statistics of ended jobs: `all`, or by `day`, `workflow`, `connection` or `class`.
    fn statistics(&self, by: &Bound<'_, PyAny>) -> PyResult<Call> {
        let manager = self.manager()?;
        let by = match arguments(by)? {
            By::All => StatisticsBy::All,
            By::Day => StatisticsBy::Day,
            By::Workflow => StatisticsBy::Workflow,
            By::Connection => StatisticsBy::Connection,
            By::Class => StatisticsBy::Class,
        };
        Ok(Call::new(async move {
            Answer::json(&manager.statistics(by, StatisticsRange::default()).await?)
        }))
    }

    /// Adds tags to a job, and takes others away.
    fn change_tags(&self, id: String, add: Vec<String>, remove: Vec<String>) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(async move {
            let id = job_id(&manager, &id).await?;
            manager.change_tags(id, add, remove).await?;
            Ok(Answer::Nothing)
        }))
    }

    /// Removes an ended job; `false` when it has not ended or others wait for it.
    fn remove(&self, id: String) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(async move {
            let id = job_id(&manager, &id).await?;
            Answer::json(&manager.remove(id).await?)
        }))
    }

    /// Removes all ended jobs; says how many.
    fn clear(&self) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(async move {
            let nothing = Retention {
                max_jobs: Some(0),
                ..Retention::default()
            };
            Answer::json(&manager.clean_up(nothing).await?.jobs)
        }))
    }

    /// Adds the jobs of a text in the form of `job_history.json`, but for those that are there.
    fn record_version_2(&self, text: String) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(async move {
            Answer::json(&manager.import_version_2(&text).await?)
        }))
    }

    /// Writes how a job stands that the program runs by its own means, in the form of
    /// `job_history.json`.
    fn track(&self, job: String) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(async move {
            manager.track(&job).await?;
            Ok(Answer::Nothing)
        }))
    }

    /// Forgets such a job if it has not ended; whether there was one.
    fn untrack(&self, id: String) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(async move {
            Answer::json(&manager.untrack(JobId::of_version_2(&id)).await?)
        }))
    }

    /// Takes over the settings and the history that version 2.0.0 left in a folder, once.
    fn import_version_2(&self, folder: PathBuf) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(
            async move { import_once(&manager, &folder).await },
        ))
    }
}

/// The id in the history of a job that version 2.0.0 knows by this one.
#[pyfunction]
pub(crate) fn history_id(id: &str) -> String {
    JobId::of_version_2(id).to_string()
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    All,
    Day,
    Workflow,
    Connection,
    Class,
}

async fn import_once(manager: &Manager, folder: &Path) -> Result<Answer, Failure> {
    let mark = manager.locations().data_folder.join(MARK);
    let mut done: BTreeSet<PathBuf> = match fs_err::tokio::read(&mark).await {
        Ok(text) => serde_json::from_slice(&text).unwrap_or_default(),
        Err(_) => BTreeSet::new(),
    };
    let (settings, history) = (
        folder.join("api_manager_settings.json"),
        folder.join("job_history.json"),
    );
    let mut report = json!({ "settings": null, "jobs": null });
    if settings.is_file() && done.insert(settings.clone()) {
        report["settings"] = import_settings(manager, &settings)?;
    }
    if history.is_file() && done.insert(history.clone()) {
        let text = fs_err::tokio::read_to_string(&history).await;
        let text = text.map_err(ErrorKind::File)?;
        report["jobs"] = serde_json::to_value(manager.import_version_2(&text).await?)?;
    }
    if report["settings"].is_object() || report["jobs"].is_object() {
        let text = serde_json::to_vec_pretty(&done)?;
        comfyctl_manager::prepare_folder(&manager.locations().data_folder)?;
        let written = fs_err::tokio::write(&mark, text).await;
        written.map_err(ErrorKind::File)?;
    }
    Ok(Answer::Json(report))
}

/// What the settings have already stays; the file itself may be the one in use.
fn import_settings(manager: &Manager, from: &Path) -> Result<Value, Failure> {
    let file = &manager.locations().settings_file;
    if from == file {
        return Ok(Value::Null);
    }
    let imported = SettingsDocument::edit(file, |document| settings::import(document, from))
        .map_err(|error: Error| Failure::from(error))?;
    Ok(serde_json::to_value(imported)?)
}
