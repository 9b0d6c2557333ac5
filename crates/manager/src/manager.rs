//! The facade that all faces call.

use crate::artifact;
use crate::code::Code;
use crate::convert::make_prompt;
use crate::course::{Patience, Sighting};
use crate::error::{Error, ErrorKind};
use crate::follow::{Follower, Limits, RunEnd};
use crate::job::{Job, JobId};
use crate::library::Library;
use crate::locations::Locations;
use crate::look::look;
use crate::notice::{Notice, Watcher};
use crate::prepare::{self, Changes};
use crate::server::Server;
use crate::settings::{ConnectionChoice, NamedConnection, Settings};
use crate::store::{JobFilter, NewJob, Store};
use crate::workflow_file::Workflow;
use comfyctl_client::{ListenerOptions, PromptId};
use comfyctl_workflow::check::{Report, check};
use comfyctl_workflow::{Document, Fault, Faults, Prompt};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::HashSet;
use std::path::Path;
use tokio::sync::OnceCell;
use tracing::debug;

/// Settings, connections and jobs of this user.
#[derive(Debug)]
pub struct Manager {
    locations: Locations,
    settings: Settings,
    store: OnceCell<Store>,
    patience: Patience,
    listener_options: ListenerOptions,
}

/// What came of running a workflow.
#[derive(Debug)]
pub struct Run {
    /// The job as it stands now.
    pub job: Job,
    /// Whether the job has ended, or why we do not know its end.
    pub end: RunEnd,
    /// The seed that was set, when one was asked for.
    pub seed: Option<u64>,
}

impl Manager {
    /// Reads the settings. The history is opened when it is first needed.
    pub fn open(locations: Locations) -> Result<Self, Error> {
        let settings = Settings::load(&locations.settings_file)?;
        Ok(Self {
            locations,
            settings,
            store: OnceCell::new(),
            patience: Patience::default(),
            listener_options: ListenerOptions::default(),
        })
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
        self.listener_options = options;
        self
    }

    /// Where settings and data lie.
    pub fn locations(&self) -> &Locations {
        &self.locations
    }

    /// What the settings say.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The server that is meant. Connects to nothing yet.
    pub fn server(&self, choice: &ConnectionChoice) -> Result<Server, Error> {
        Server::new(
            &self.settings.connection(choice)?,
            self.listener_options.clone(),
        )
    }

    /// Runs a workflow: applies the changes, stores the job, posts it and follows it.
    ///
    /// The job is stored before it is sent, under the id that is also the prompt's id on the server.
    /// An `Err` means that no job came about, be it because it was cancelled that early, or that the
    /// history failed; how a job ended is in
    /// [`Run::job`].
    pub async fn run(
        &self,
        server: &Server,
        workflow: Workflow,
        changes: &Changes,
        limits: &Limits,
        watcher: Watcher<'_>,
    ) -> Result<Run, Error> {
        let Workflow { name, document } = workflow;
        let prepared = self.prepare(server, document, changes, watcher);
        let Some(prepared) = limits.cancel.run_until_cancelled(prepared).await else {
            return Err(ErrorKind::CancelledUnsent.into());
        };
        let Prepared {
            prompt,
            editor,
            seed,
        } = prepared?;
        let store = self.store().await?;
        let job_id = JobId::generate();
        let json = serde_json::to_string(&prompt).map_err(ErrorKind::StoredJson)?;
        let new = NewJob {
            job_id,
            connection: server.name(),
            server_url: &server.client().base_url().to_string(),
            client_id: server.client_id().as_str(),
            workflow_name: name.as_deref(),
            prompt: &json,
            created_at: Timestamp::now(),
        };
        store.insert(&new).await?;
        let patience = self.patience.clone();
        let (prompt, editor) = (&prompt, editor.as_ref());
        let follower = Follower {
            server,
            store,
            job_id,
            prompt,
            editor,
            patience,
            watcher,
        };
        let recorded = async {
            let end = follower.run(limits).await?;
            Ok((end, self.stored_job(job_id).await?))
        };
        let unrecorded = |source| ErrorKind::Unrecorded {
            job_id,
            source: Box::new(source),
        };
        let (end, job) = recorded.await.map_err(unrecorded)?;
        Ok(Run { job, end, seed })
    }

    /// What is to be sent, checked.
    async fn prepare(
        &self,
        server: &Server,
        document: Document,
        changes: &Changes,
        watcher: Watcher<'_>,
    ) -> Result<Prepared, Error> {
        let (mut prompt, origin) =
            make_prompt(server, document, changes.seed_mode, watcher).await?;
        refuse_faults(prompt.faults())?;
        let seed = prepare::apply(changes, &mut prompt, server.client()).await?;
        let editor = origin.map(|origin| origin.write_back(&mut prompt, watcher));
        let editor = editor.transpose()?;
        refuse_faults(prompt.faults())?;
        if !changes.unchecked {
            match self.check(server, &prompt).await {
                Ok(report) => refuse_findings(report, watcher)?,
                // The post is repeated while a server is busy; the checks need not be.
                Err(error) if error.code() == Code::HttpError => {
                    debug!(%error, "the workflow is not checked, because the definitions are not to be had");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Prepared {
            prompt,
            editor,
            seed,
        })
    }

    /// The workflows that are saved on this machine, in the folder that the settings name.
    pub fn library(&self) -> Library {
        Library::Local(self.settings.workflows_folder())
    }

    /// What is wrong with a prompt, as far as the server's definitions tell.
    pub async fn check(&self, server: &Server, prompt: &Prompt) -> Result<Report, Error> {
        let report = check(prompt, Some(&server.definitions_for(prompt).await?));
        if report
            .errors()
            .all(|finding| finding.code != "missing_node_type")
        {
            return Ok(report);
        }
        // With all names at hand, the nearest can be suggested.
        Ok(check(prompt, Some(&server.all_definitions().await?)))
    }

    /// Fetches the files of an ended job into a folder and notes in the history where they are.
    pub async fn save_outputs(
        &self,
        server: &Server,
        job: &mut Job,
        folder: &Path,
    ) -> Result<(), Error> {
        let saved = artifact::save(server.client(), &mut job.outputs, folder).await;
        // What was saved before an error is noted too.
        self.store()
            .await?
            .record_artifacts(job.job_id, &job.outputs)
            .await?;
        saved
    }

    /// Jobs of the history, newest first.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, Error> {
        self.store().await?.jobs(filter).await
    }

    /// A job by its id or by the start of it.
    pub async fn job(&self, id: &str) -> Result<Job, Error> {
        let mut found = self
            .store()
            .await?
            .jobs_starting_with(&id.to_lowercase())
            .await?;
        match (found.pop(), found.pop()) {
            (Some(job), None) => Ok(job),
            (None, _) => Err(ErrorKind::NoSuchJob(id.to_owned()).into()),
            (Some(_), Some(_)) => Err(ErrorKind::AmbiguousJob(id.to_owned()).into()),
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
    pub fn server_of(&self, job: &Job) -> Result<Server, Error> {
        let named = ConnectionChoice::Named(job.connection.clone());
        match self.settings.connection(&named) {
            Ok(connection) if connection.connection.url.to_string() == job.server_url => {
                Server::new(&connection, self.listener_options.clone())
            }
            _ => {
                let address = ConnectionChoice::Address(job.server_url.clone());
                let NamedConnection { connection, .. } = self.settings.connection(&address)?;
                let name = job.connection.clone();
                Server::new(
                    &NamedConnection::new(name, connection),
                    self.listener_options.clone(),
                )
            }
        }
    }

    /// Asks the server of an open job how it stands and records it. `Ok(None)` when the server
    /// knows nothing of the job, which says nothing yet: its request may be on the way.
    pub async fn refresh(&self, server: &Server, job: &Job) -> Result<Option<Job>, Error> {
        let store = self.store().await?;
        let now = Timestamp::now();
        match look(server.client(), &PromptId::new(job.job_id.to_string())).await {
            Sighting::Queued { .. } => store.record_queued(job.job_id, now).await?,
            Sighting::Running => store.record_running(job.job_id, now).await?,
            Sighting::Finished(ending) => store.record_end(job.job_id, &ending, now).await?,
            Sighting::Absent => return Ok(None),
            Sighting::NoAnswer { error, .. } => return Err(ErrorKind::ServerSilent(error).into()),
        }
        self.stored_job(job.job_id).await.map(Some)
    }

    /// Finishes all writes.
    pub async fn close(&self) {
        if let Some(store) = self.store.get() {
            store.close().await;
        }
    }

    async fn store(&self) -> Result<&Store, Error> {
        let file = self.locations.jobs_file();
        self.store.get_or_try_init(|| Store::open(&file)).await
    }

    async fn stored_job(&self, id: JobId) -> Result<Job, Error> {
        let job = self.store().await?.job(id).await?;
        job.ok_or_else(|| ErrorKind::NoSuchJob(id.to_string()).into())
    }
}

/// What a job sends.
struct Prepared {
    prompt: Prompt,
    /// The graph of the editor that the prompt was made from.
    editor: Option<Value>,
    /// The seed that was set in the prompt.
    seed: Option<u64>,
}

fn refuse_faults(faults: Vec<Fault>) -> Result<(), Error> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(ErrorKind::Faults(Faults(faults)).into())
    }
}

fn refuse_findings(report: Report, watcher: Watcher<'_>) -> Result<(), Error> {
    if !report.valid {
        return Err(ErrorKind::Invalid(report).into());
    }
    report
        .findings
        .into_iter()
        .for_each(|finding| watcher(Notice::Odd(finding)));
    Ok(())
}
