//! The manager, as the Python classes `Manager` and `AsyncManager` call it.

use crate::call::{Answer, Call};
use crate::client::{Source, upload};
use crate::error::Failure;
use crate::json;
use crate::request::{Options, WorkflowSource, seconds};
use crate::runtime;
use crate::watch::Watch;
use comfyctl_manager::{
    Error, ErrorKind, ImageOverride, Job, JobId, Limits, Locations, Manager, RunEnd, Seq,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// Settings, connections and jobs, shared by all threads.
#[pyclass(frozen, weakref, module = "comfyui_api_manager._native")]
pub(crate) struct NativeManager {
    /// `None` only while it is dropped.
    manager: Option<Arc<Manager>>,
}

impl Drop for NativeManager {
    fn drop(&mut self) {
        let manager = self.manager.take();
        match runtime::runtime() {
            Ok(runtime) => {
                // Sockets and timers may be closed within a runtime only.
                let _within = runtime.enter();
                drop(manager);
            }
            // In a forked child its locks may be held by threads that are not there.
            Err(_) => std::mem::forget(manager),
        }
    }
}

impl NativeManager {
    pub(crate) fn of(manager: Arc<Manager>) -> Self {
        Self {
            manager: Some(manager),
        }
    }

    pub(crate) fn manager(&self) -> PyResult<Arc<Manager>> {
        runtime::runtime()?;
        let manager = self.manager.as_ref().map(Arc::clone);
        manager.ok_or_else(|| Failure::from(ErrorKind::StoreClosed).into())
    }
}

#[pymethods]
impl NativeManager {
    /// Reads the settings; opens nothing else yet.
    #[new]
    #[pyo3(signature = (settings_file=None, data_folder=None))]
    fn new(
        py: Python<'_>,
        settings_file: Option<PathBuf>,
        data_folder: Option<PathBuf>,
    ) -> PyResult<Self> {
        runtime::runtime()?;
        let open = || -> Result<Manager, Error> {
            let mut locations = Locations::find(settings_file)?;
            if let Some(folder) = data_folder {
                locations.data_folder = folder;
            }
            Ok(Manager::open(locations)?.with_source("python"))
        };
        let manager = py.detach(open).map_err(Failure::from)?;
        Ok(Self {
            manager: Some(Arc::new(manager)),
        })
    }

    /// Where settings and data lie.
    #[getter]
    fn locations(&self) -> PyResult<(PathBuf, PathBuf)> {
        let locations = self.manager()?.locations().clone();
        Ok((locations.settings_file, locations.data_folder))
    }

    /// The folder of saved workflows.
    #[getter]
    fn workflows_folder(&self) -> PyResult<PathBuf> {
        Ok(self.manager()?.settings().workflows_folder())
    }

    /// What is odd in the settings and does no harm.
    #[getter]
    fn warnings(&self) -> PyResult<Vec<String>> {
        Ok(self.manager()?.settings().warnings.clone())
    }

    /// Stores a job and looks after it from now on. Gives back its id and the seed that was set.
    /// Images are uploaded: the input of each, what to upload, and its name there.
    fn submit(
        &self,
        workflow: WorkflowSource,
        options: &Bound<'_, PyAny>,
        images: Vec<(String, Source, String)>,
    ) -> PyResult<Call> {
        let manager = self.manager()?;
        let options: Options = arguments(options)?;
        let images = images.into_iter().map(|(selector, source, name)| {
            ImageOverride::new(&selector, upload(source, name)).map_err(Failure::from)
        });
        let images = images.collect::<Result<Vec<_>, _>>()?;
        Ok(Call::new(async move {
            // Boxed, because it can ask a server for a workflow and mostly does not.
            let request = Box::pin(options.request(workflow, images, &manager)).await?;
            let submission = manager.submit(request, &|_| {}).await?;
            manager.look_after(submission.job_id).await?;
            Answer::json(&json!({
                "job_id": submission.job_id,
                "existed": submission.existed,
                "seed": submission.seed,
            }))
        }))
    }

    /// A job by its id or by the start of it.
    fn job(&self, id: String) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(
            async move { Answer::json(&manager.job(&id).await?) },
        ))
    }

    /// Looks after a job until it has ended, or for so many seconds.
    #[pyo3(signature = (id, timeout=None))]
    fn follow(&self, id: String, timeout: Option<f64>) -> PyResult<Call> {
        let manager = self.manager()?;
        let limit = timeout
            .map(|timeout| seconds("timeout", timeout))
            .transpose()?;
        Ok(Call::new(async move {
            let following = ended(&manager, &id);
            let Some(limit) = limit else {
                return Answer::json(&following.await?);
            };
            match tokio::time::timeout(limit, following).await {
                Ok(job) => Answer::json(&job?),
                Err(_) => Err(Failure::WaitTimeout {
                    seconds: limit.as_secs_f64(),
                }),
            }
        }))
    }

    /// The events of a job after the one with that number.
    fn watch(&self, id: String, seen: u64) -> PyResult<Watch> {
        Ok(Watch::new(self.manager()?, id, Seq(seen)))
    }

    /// Has a job stopped; gives back how it ended if it has.
    fn cancel(&self, id: String) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(async move {
            let id = job_id(&manager, &id).await?;
            Answer::json(&manager.cancel(id).await?)
        }))
    }

    /// Saves the files of an ended job into a folder; gives back the job.
    fn save(&self, id: String, folder: PathBuf) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(async move {
            comfyctl_manager::prepare_folder(&folder)?;
            let mut job = manager.job(&id).await?;
            let server = manager.server_of(&job)?;
            manager.save_outputs(&server, &mut job, &folder).await?;
            Answer::json(&job)
        }))
    }

    /// The bytes of one output file of a job: as the history keeps it, else from the server.
    fn output(&self, id: String, index: usize) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(async move {
            let job = manager.job(&id).await?;
            Ok(Answer::Bytes(manager.output_bytes(&job, index).await?))
        }))
    }

    /// The tags of a job.
    fn tags(&self, id: String) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(async move {
            let id = job_id(&manager, &id).await?;
            Answer::json(&manager.tags(id).await?)
        }))
    }

    /// Lets go of all jobs, and closes the history and the sockets.
    fn close(&self) -> PyResult<Call> {
        let manager = self.manager()?;
        Ok(Call::new(async move {
            manager.close().await;
            Ok(Answer::Nothing)
        }))
    }
}

/// Keyword arguments that Python collected.
pub(crate) fn arguments<T: DeserializeOwned>(options: &Bound<'_, PyAny>) -> PyResult<T> {
    let value: Value = json::from_python(options)?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (name, problem) = (error.path().to_string(), error.inner().to_string());
        // The right type, and a value that it cannot have there.
        let is_value = ["unknown variant", "invalid value"].map(|start| problem.starts_with(start));
        let told = match name.as_str() {
            "." => problem,
            name => format!("`{name}`: {problem}"),
        };
        if is_value.contains(&true) {
            PyValueError::new_err(told)
        } else {
            PyTypeError::new_err(told)
        }
    })
}

pub(crate) async fn job_id(manager: &Manager, id: &str) -> Result<JobId, Failure> {
    match id.parse() {
        Ok(id) => Ok(id),
        Err(_) => Ok(Box::pin(manager.job(id)).await?.job_id),
    }
}

async fn ended(manager: &Manager, id: &str) -> Result<Job, Failure> {
    let id = job_id(manager, id).await?;
    let run = manager.follow(id, &Limits::default(), &|_| {}).await?;
    match run.end {
        RunEnd::Unreachable(error) | RunEnd::Unsaved(error) => Err(Failure::Job(Box::new(error))),
        _ => Ok(run.job),
    }
}

pub(crate) fn not_on_server(what: &'static str, name: &str) -> Failure {
    let (name, nearest) = (name.to_owned(), None);
    ErrorKind::NotOnServer {
        what,
        name,
        nearest,
    }
    .into()
}
