//! Submitting: a workflow becomes a prompt that a server can run, and a job that is stored. Called by
//! all that brings jobs about; nothing is sent here.

use crate::code::Code;
use crate::convert::{Origin, make_prompt};
use crate::error::{Error, ErrorKind};
use crate::identity;
use crate::job::JobId;
use crate::manager::Manager;
use crate::notice::{Notice, Watcher};
use crate::placement::{Placement, Terms};
use crate::placing::by_load;
use crate::prepare::{self, Changes};
use crate::server::Server;
use crate::settings::ConnectionChoice;
use crate::store::{NewJob, words_of};
use crate::workflow_file::Workflow;
use comfyctl_workflow::check::{Report, check};
use comfyctl_workflow::{Document, Fault, Faults, Prompt};
use serde_json::Value;
use std::sync::Arc;
use tracing::debug;

/// A workflow, and what is to be done with it.
#[derive(Debug)]
pub struct Request {
    /// In either format.
    pub workflow: Workflow,
    /// What to change in it.
    pub changes: Changes,
    /// Where it may run.
    pub connection: ConnectionChoice,
    /// What the job is granted, and how it is found again.
    pub terms: Terms,
}

/// A job that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its id.
    pub job_id: JobId,
    /// Whether the same idempotency key gave this job before; then nothing new was stored.
    pub existed: bool,
    /// The seed that was set, when one was asked for.
    pub seed: Option<u64>,
}

/// What the prompt of a job is made from.
#[derive(Debug, Clone)]
pub(super) enum Draft {
    /// A workflow in either format.
    Workflow(Document),
    /// The prompt of an earlier job, with the editor's graph that belongs to it.
    Earlier {
        prompt: Prompt,
        editor: Option<Value>,
    },
}

/// A job on its way to the store.
pub(super) struct Drafted {
    pub(super) draft: Draft,
    pub(super) workflow_name: Option<String>,
    pub(super) changes: Changes,
    pub(super) connection: ConnectionChoice,
    pub(super) terms: Terms,
    /// The job that it runs again, and what was changed for that one already.
    pub(super) rerun_of: Option<(JobId, Option<Value>)>,
}

/// What a job sends.
struct Prepared {
    prompt: Prompt,
    /// The graph of the editor that the prompt was made from.
    editor: Option<Value>,
    /// The seed that was set in the prompt.
    seed: Option<u64>,
}

impl Manager {
    /// Stores a job for a workflow: applies the changes, converts and checks it. Nothing is sent
    /// before this process is told to [`Manager::look_after`] it, or a worker takes it.
    ///
    /// Where any of several connections may run it, it is prepared by the least loaded one that has
    /// what it needs; which one runs it is decided when its turn comes, unless files were uploaded.
    pub async fn submit(
        &self,
        request: Request,
        watcher: Watcher<'_>,
    ) -> Result<Submission, Error> {
        let Request {
            workflow: Workflow { name, document },
            changes,
            connection,
            terms,
        } = request;
        let drafted = Drafted {
            draft: Draft::Workflow(document),
            workflow_name: name,
            changes,
            connection,
            terms,
            rerun_of: None,
        };
        Box::pin(self.submit_draft(drafted, watcher)).await
    }

    /// Prepares a draft by a server that can run it, and stores the job.
    pub(super) async fn submit_draft(
        &self,
        drafted: Drafted,
        watcher: Watcher<'_>,
    ) -> Result<Submission, Error> {
        let connection = &drafted.connection;
        let (draft, changes) = (&drafted.draft, &drafted.changes);
        let is_any = self.settings_now().any(connection).is_some();
        let (server, prepared) = if is_any {
            let servers = self.servers.candidates(connection)?;
            Box::pin(self.prepare_anywhere(servers, draft, changes, watcher)).await?
        } else {
            let server = self.servers.choose(connection)?;
            let prepared = self.prepare(&server, draft.clone(), changes, watcher);
            let prepared = prepared.await?;
            (server, prepared)
        };
        let seed = prepared.seed;
        let is_bound = !is_any || !changes.images.is_empty();
        let job = self.new_job(drafted, prepared, &server, is_bound)?;
        let submitted = self.store().await?.submit(vec![job]).await?;
        let [submitted] = submitted[..] else {
            return Err(ErrorKind::StoreClosed.into());
        };
        Ok(Submission {
            job_id: submitted.job_id,
            existed: submitted.existed,
            seed,
        })
    }

    /// `is_bound` when it can only run on that server.
    fn new_job(
        &self,
        drafted: Drafted,
        prepared: Prepared,
        server: &Server,
        is_bound: bool,
    ) -> Result<NewJob, Error> {
        let (rerun_of, before) = drafted.rerun_of.unzip();
        let overrides = drafted.changes.describe(before.flatten(), prepared.seed);
        let url = server.client().base_url().to_string();
        let prompt = serde_json::to_string(&prepared.prompt).map_err(ErrorKind::StoredJson)?;
        let job_id = JobId::generate();
        Ok(NewJob {
            job_id,
            words: words_of(drafted.workflow_name.as_deref(), &prompt),
            workflow_name: drafted.workflow_name,
            source: self.source,
            submitted_by: identity::user_at_host(),
            placement: self.placement(&drafted.connection, server),
            target: is_bound.then(|| (server.name().to_owned(), url)),
            terms: self.keeping_outputs(job_id, drafted.terms),
            prompt,
            editor: prepared.editor.map(|graph| graph.to_string()),
            overrides: overrides.map(|changes| changes.to_string()),
            rerun_of,
        })
    }

    /// Prepares a draft by the first of several servers that has what it needs.
    async fn prepare_anywhere(
        &self,
        servers: Vec<Arc<Server>>,
        draft: &Draft,
        changes: &Changes,
        watcher: Watcher<'_>,
    ) -> Result<(Arc<Server>, Prepared), Error> {
        let (servers, mut reasons) = by_load(servers).await;
        let mut refusal = None;
        for server in servers {
            match self.prepare(&server, draft.clone(), changes, watcher).await {
                Ok(prepared) => return Ok((server, prepared)),
                Err(error) if error.code() == Code::ValidationFailed => {
                    reasons.push(format!("`{}`: {error}", server.name()));
                    refusal.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        match refusal {
            // One reason tells more by itself.
            Some(error) if reasons.len() == 1 => Err(error),
            _ => Err(ErrorKind::NoServerTakesIt(reasons).into()),
        }
    }

    /// What is to be sent, checked.
    async fn prepare(
        &self,
        server: &Server,
        draft: Draft,
        changes: &Changes,
        watcher: Watcher<'_>,
    ) -> Result<Prepared, Error> {
        let _turn = server.turn().await;
        // Large, so that it is made only now: many may wait for their turn.
        Box::pin(self.prepare_in_turn(server, draft, changes, watcher)).await
    }

    async fn prepare_in_turn(
        &self,
        server: &Server,
        draft: Draft,
        changes: &Changes,
        watcher: Watcher<'_>,
    ) -> Result<Prepared, Error> {
        let (mut prompt, origin, unchanged) = match draft {
            Draft::Workflow(document) => {
                let made = make_prompt(server, document, changes.seed_mode, watcher);
                let (prompt, origin) = made.await?;
                (prompt, origin, None)
            }
            Draft::Earlier { prompt, editor } if changes.is_empty() => (prompt, None, editor),
            Draft::Earlier { prompt, editor } => {
                let origin = match editor {
                    Some(graph) => Some(Origin::of(server, graph).await?),
                    None => None,
                };
                (prompt, origin, None)
            }
        };
        refuse_faults(prompt.faults())?;
        let seed = prepare::apply(changes, &mut prompt, server.client()).await?;
        let editor = origin.map(|origin| origin.write_back(&mut prompt, watcher));
        let editor = editor.transpose()?.or(unchanged);
        refuse_faults(prompt.faults())?;
        if !changes.unchecked {
            self.refuse_what_would_fail(server, &prompt, watcher)
                .await?;
        }
        Ok(Prepared {
            prompt,
            editor,
            seed,
        })
    }

    /// Fails where the server cannot run the prompt, as far as its definitions tell.
    pub(super) async fn refuse_what_would_fail(
        &self,
        server: &Server,
        prompt: &Prompt,
        watcher: Watcher<'_>,
    ) -> Result<(), Error> {
        match self.check(server, prompt).await {
            Ok(report) => refuse_findings(report, watcher),
            // The post is repeated while a server is busy; the checks need not be.
            Err(error) if error.code() == Code::HttpError => {
                debug!(%error, "the workflow is not checked, because the definitions are not to be had");
                Ok(())
            }
            Err(error) => Err(error),
        }
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

    /// The terms of a job whose files the history keeps, if the settings say so and they go nowhere
    /// else.
    pub(crate) fn keeping_outputs(&self, job_id: JobId, mut terms: Terms) -> Terms {
        if self.settings_now().job_history().store_images && terms.output_folder.is_none() {
            terms.output_folder = Some(self.locations.kept_outputs(job_id));
        }
        terms
    }

    /// Where a job may run that was prepared by a server of the given choice.
    pub(crate) fn placement(&self, connection: &ConnectionChoice, server: &Server) -> Placement {
        match (self.settings_now().any(connection), connection) {
            (Some(labels), _) => Placement::Any {
                labels: labels.to_vec(),
            },
            (None, ConnectionChoice::Address(_)) => {
                Placement::Url(server.client().base_url().to_string())
            }
            (None, _) => Placement::Connection(server.name().to_owned()),
        }
    }

    /// The face that submits jobs.
    pub(crate) fn source(&self) -> &'static str {
        self.source
    }

    /// The servers that a job of that choice may run on, the least loaded first.
    pub(crate) async fn servers_by_load(
        &self,
        connection: &ConnectionChoice,
    ) -> Result<Vec<Arc<Server>>, Error> {
        if self.settings_now().any(connection).is_none() {
            return Ok(vec![self.servers.choose(connection)?]);
        }
        let (servers, reasons) = by_load(self.servers.candidates(connection)?).await;
        if servers.is_empty() {
            return Err(ErrorKind::NoServerTakesIt(reasons).into());
        }
        Ok(servers)
    }
}

pub(crate) fn refuse_faults(faults: Vec<Fault>) -> Result<(), Error> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(ErrorKind::Faults(Faults(faults)).into())
    }
}

pub(crate) fn refuse_findings(report: Report, watcher: Watcher<'_>) -> Result<(), Error> {
    if !report.valid {
        return Err(ErrorKind::Invalid(report).into());
    }
    report
        .findings
        .into_iter()
        .for_each(|finding| watcher(Notice::Odd(finding)));
    Ok(())
}
