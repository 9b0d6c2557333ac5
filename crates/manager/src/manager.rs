//! The facade that all faces call.

mod compare;
mod history;
mod line;
mod outputs;
mod overview;
mod report;
mod rerun;
mod submit;
mod wait;

pub use compare::JobComparison;
pub use overview::Overview;
pub use report::{JobReport, JobTimes, PlaceInLine};
pub use rerun::Rerun;
pub use submit::{Request, Submission};
pub(crate) use submit::{refuse_faults, refuse_findings};

use crate::clock::Clock;
use crate::course::{Patience, Sighting};
use crate::engine::{Engine, Servers};
use crate::error::{Error, ErrorKind};
use crate::event::{Change, JobEvent, Seq};
use crate::identity;
use crate::job::{Job, JobId, JobStatus};
use crate::library::Library;
use crate::locations::Locations;
use crate::look::look;
use crate::notice::Watcher;
use crate::run::{Limits, Run, follow};
use crate::server::Server;
use crate::settings::{ConnectionChoice, Settings, SettingsWatch};
use crate::store::{CancelOutcome, Claimed, JobFilter, JobPage, Store, WorkerId};
use crate::watch::JobWatch;
use comfyctl_client::{ListenerOptions, PromptId};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::OnceCell;

/// Jobs that are named when what was given of an id is that of several.
const CANDIDATES: u32 = 5;

/// Settings, connections and jobs of this user.
#[derive(Debug)]
pub struct Manager {
    locations: Locations,
    settings: Arc<Settings>,
    servers: Servers,
    store: OnceCell<Store>,
    engine: OnceLock<Engine>,
    patience: Patience,
    clock: Clock,
    source: &'static str,
    /// What this process ran.
    ran: Mutex<Ran>,
}

/// What ended while a process followed it.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    pub(crate) jobs: Vec<JobId>,
    pub(crate) batches: bool,
}

impl Manager {
    /// Reads the settings. The history is opened when it is first needed.
    pub fn open(locations: Locations) -> Result<Self, Error> {
        let settings = Arc::new(Settings::load(&locations.settings_file)?);
        Ok(Self {
            locations,
            servers: Servers::new(Arc::clone(&settings), ListenerOptions::default()),
            settings,
            store: OnceCell::new(),
            engine: OnceLock::new(),
            patience: Patience::default(),
            clock: Clock::default(),
            source: "library",
            ran: Mutex::default(),
        })
    }

    /// Names the face that submits jobs: `cli`, `mcp`, `python`, ...
    #[must_use]
    pub fn with_source(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    /// Replaces how long the engine waits for what.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Replaces the times of the sockets.
    #[must_use]
    pub fn with_listener_options(mut self, options: ListenerOptions) -> Self {
        self.servers = Servers::new(Arc::clone(&self.settings), options);
        self
    }

    /// Replaces the clock, for tests that turn it.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Where settings and data lie.
    pub fn locations(&self) -> &Locations {
        &self.locations
    }

    /// What the settings said when this was opened.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Goes by these settings from now on; only the place of the history stays as it was opened. For
    /// processes that run for long. Jobs that are followed keep the server that they have.
    pub fn replace_settings(&self, settings: Arc<Settings>) {
        self.servers.replace_settings(settings);
    }

    /// What the settings say now.
    pub(crate) fn settings_now(&self) -> Arc<Settings> {
        self.servers.settings()
    }

    /// The server that is meant. Connects to nothing yet.
    pub fn server(&self, choice: &ConnectionChoice) -> Result<Arc<Server>, Error> {
        self.servers.choose(choice)
    }

    /// Submits a workflow, looks after its job and watches it.
    ///
    /// The job is stored before it is sent, under the id that is also the prompt's id on the server.
    /// An `Err` means that no job came about, be it because it was cancelled that early, or that the
    /// history failed; how a job ended is in [`Run::job`].
    pub async fn run(
        &self,
        request: Request,
        limits: &Limits,
        watcher: Watcher<'_>,
    ) -> Result<Run, Error> {
        let submitting = self.submit(request, watcher);
        let Some(submission) = limits.cancel.run_until_cancelled(submitting).await else {
            return Err(ErrorKind::CancelledUnsent.into());
        };
        let Submission { job_id, seed, .. } = submission?;
        let followed = self.follow(job_id, limits, watcher).await;
        followed
            .map(|run| Run { seed, ..run })
            .map_err(|source| unrecorded(job_id, source))
    }

    /// Looks after a job if nobody else does, and watches it until it ends or the limits say
    /// otherwise.
    pub async fn follow(
        &self,
        job_id: JobId,
        limits: &Limits,
        watcher: Watcher<'_>,
    ) -> Result<Run, Error> {
        let (store, engine) = (self.store().await?, self.engine().await?);
        let end = Box::pin(follow(store, engine, job_id, limits, watcher)).await?;
        // Boxed as the following is, so that each of the thousands that may wait is small.
        let job = Box::pin(self.stored_job(job_id)).await?;
        if job.status.is_final() {
            self.ran().jobs.push(job_id);
        }
        Ok(Run {
            job,
            end,
            seed: None,
        })
    }

    /// Has this process send the job as soon as it may, and follow it if nobody else does.
    pub async fn look_after(&self, job_id: JobId) -> Result<(), Error> {
        self.engine().await?.want(job_id).await;
        Ok(())
    }

    /// Watches a job, whichever process looks after it, from the event after `seen` on.
    pub async fn watch(&self, job_id: JobId, seen: Seq) -> Result<JobWatch, Error> {
        let (store, engine) = (self.store().await?, self.engine().await?);
        Ok(JobWatch::new(store.clone(), engine, job_id, seen))
    }

    /// The story of a job after an event.
    pub async fn events(&self, job_id: JobId, seen: Seq) -> Result<Vec<JobEvent>, Error> {
        self.store().await?.events(job_id, seen).await
    }

    /// Has a job stopped. One that no server has is stopped by that; else whoever looks after it
    /// stops it on the server, this process if nobody does. Gives back how the job ended if it has.
    pub async fn cancel(&self, job_id: JobId) -> Result<Option<JobStatus>, Error> {
        let store = self.store().await?;
        match store
            .request_cancel(job_id, &identity::user_at_host())
            .await?
        {
            CancelOutcome::Ended(status) => Ok(Some(status)),
            CancelOutcome::Cancelled => Ok(Some(JobStatus::Cancelled)),
            CancelOutcome::Asked { owned } => {
                let engine = self.engine().await?;
                if !owned {
                    engine.want(job_id).await;
                }
                engine.look().await;
                Ok(None)
            }
        }
    }

    /// What this process ran until now.
    pub(crate) fn ran(&self) -> MutexGuard<'_, Ran> {
        self.ran.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks after all jobs that wait or are abandoned, until [`Manager::close`]. Goes by the
    /// settings as they are changed meanwhile.
    pub async fn work(&self) -> Result<(), Error> {
        let settings = Settings::clone(&self.settings);
        let watch = SettingsWatch::start(settings, SettingsWatch::PERIOD);
        let engine = self.engine().await?;
        engine.work(watch).await;
        Ok(())
    }

    /// Processes that look after any job.
    pub async fn workers(&self) -> Result<u32, Error> {
        self.store().await?.workers().await
    }

    /// The workflows that are saved on this machine, in the folder that the settings name.
    pub fn library(&self) -> Library {
        Library::Local(self.settings_now().workflows_folder())
    }

    /// A page of the history, newest first.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<JobPage, Error> {
        self.store().await?.jobs(filter).await
    }

    /// A job by its id or by the start of it.
    pub async fn job(&self, id: &str) -> Result<Job, Error> {
        let store = self.store().await?;
        // Every id starts with nothing, which names no job.
        let limit = if id.is_empty() { 0 } else { CANDIDATES };
        let mut found = store.jobs_starting_with(id, limit).await?;
        match found.len() {
            0 => Err(ErrorKind::NoSuchJob(id.to_owned()).into()),
            1 => Ok(found.swap_remove(0)),
            _ => Err(ErrorKind::AmbiguousJob {
                prefix: id.to_owned(),
                candidates: found.iter().map(as_candidate).collect(),
            }
            .into()),
        }
    }

    /// Those of the prompts that are jobs of the history.
    pub async fn known_jobs(&self, prompt_ids: &[&str]) -> Result<HashSet<String>, Error> {
        self.store().await?.known(prompt_ids).await
    }

    /// The graph of a job as it was posted, as JSON.
    pub async fn prompt_of(&self, job: &Job) -> Result<String, Error> {
        let found = self.store().await?.prompt(job.job_id).await?;
        found.ok_or_else(|| ErrorKind::NoSuchJob(job.job_id.to_string()).into())
    }

    /// The server of a job: its connection if the settings still have it, else its bare address.
    /// For a job that was not sent yet, the connection that it waits for.
    pub fn server_of(&self, job: &Job) -> Result<Arc<Server>, Error> {
        let name = job.connection.as_deref().unwrap_or_default();
        self.servers.find(name, job.server_url.as_deref())
    }

    /// Asks the server of an open job how it stands and records it, unless another process looks
    /// after it and does so. `Ok(None)` when the server knows nothing of the job, which says nothing
    /// yet: its request may be on the way.
    pub async fn refresh(&self, server: &Server, job: &Job) -> Result<Option<Job>, Error> {
        let store = self.store().await?;
        let worker = WorkerId::generate(&identity::host());
        let adopted = store.adopt(&worker, vec![job.job_id]).await?;
        let Some(Claimed { lease, job, .. }) = adopted.into_iter().next() else {
            return self.stored_job(job.job_id).await.map(Some);
        };
        let sighting = look(server.client(), &PromptId::new(job.prompt_id.clone())).await;
        let recorded = match sighting {
            Sighting::Queued { .. } => store.record(&lease, Change::Queued).await,
            Sighting::Running => store.record(&lease, Change::Running).await,
            Sighting::Finished(ending) => store.end(&lease, ending, None).await,
            Sighting::Absent => {
                store.release(&lease).await?;
                return Ok(None);
            }
            Sighting::NoAnswer { error, .. } => Err(ErrorKind::ServerSilent(error).into()),
        };
        store.release(&lease).await?;
        recorded?;
        self.stored_job(job.job_id).await.map(Some)
    }

    /// Lets go of all jobs, finishes all writes and closes the sockets. If jobs ended meanwhile, the
    /// history is cleaned up as the settings say.
    pub async fn close(&self) {
        if let Some(engine) = self.engine.get() {
            engine.stop().await;
        }
        self.tidy_after_runs().await;
        if let Some(store) = self.store.get() {
            store.close().await;
        }
        self.servers.close().await;
    }

    pub(crate) async fn store(&self) -> Result<&Store, Error> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let location = self.settings.store_location(&self.locations.data_folder)?;
        // Boxed, because nearly every future of this type holds it.
        let open = Box::pin(Store::open(location, self.clock.clone()));
        self.store.get_or_try_init(|| open).await
    }

    pub(crate) async fn engine(&self) -> Result<&Engine, Error> {
        let store = self.store().await?;
        Ok(self.engine.get_or_init(|| {
            let (servers, patience) = (self.servers.clone(), self.patience.clone());
            let locations = self.locations.clone();
            Engine::start(
                store.clone(),
                servers,
                patience,
                locations,
                &identity::host(),
            )
        }))
    }

    async fn stored_job(&self, id: JobId) -> Result<Job, Error> {
        let job = self.store().await?.job(id).await?;
        job.ok_or_else(|| ErrorKind::NoSuchJob(id.to_string()).into())
    }
}

fn as_candidate(job: &Job) -> String {
    let workflow = job.workflow_name.as_deref();
    let workflow = workflow.map(|name| format!(" {name}")).unwrap_or_default();
    format!("{} ({}{workflow})", job.job_id, job.status)
}

fn unrecorded(job_id: JobId, source: Error) -> Error {
    let source = Box::new(source);
    ErrorKind::Unrecorded { job_id, source }.into()
}
