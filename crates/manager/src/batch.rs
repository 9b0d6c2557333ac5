//! Batches: one workflow with many values, prepared once and stored together, then looked after like
//! all jobs, by whichever process does so.

mod combinations;
mod plan;

use crate::code::Code;
use crate::convert::make_prompt;
use crate::error::{Error, ErrorKind};
use crate::identity;
use crate::job::JobId;
use crate::manager::{Manager, refuse_faults, refuse_findings};
use crate::notice::Watcher;
use crate::placement::{Membership, Placement, Terms};
use crate::prepare::{self, Changes, SeedChoice};
use crate::run::Limits;
use crate::server::Server;
use crate::settings::ConnectionChoice;
use crate::store::{Group, GroupCounts, NewGroup, NewJob, words_of};
use crate::sweep::Sweep;
use crate::workflow_file::Workflow;
use combinations::Combinations;
use comfyctl_workflow::check::check;
use plan::Plan;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use uuid::Uuid;

/// Jobs of a batch that this process asks for at once: more than servers take, so that none waits.
const WINDOW: u32 = 128;
/// Time between two looks at a batch, which cost milliseconds when it is large.
const LOOK: Duration = Duration::from_millis(250);

/// A workflow, and what to vary in it.
#[derive(Debug)]
pub struct BatchRequest {
    /// In either format.
    pub workflow: Workflow,
    /// Where its jobs may run; among several, each goes where a slot is free.
    pub connection: ConnectionChoice,
    /// What to change in all jobs. A seed that is to be random is drawn for each job.
    pub changes: Changes,
    /// What each job is granted. Keys and groups are given by the batch.
    pub terms: Terms,
    /// What to vary.
    pub sweeps: Vec<Sweep>,
    /// Takes the first values of all sweeps, then the second ones, and so on, instead of every
    /// combination.
    pub zip: bool,
    /// What to call it, which nothing else may be called; made from the workflow's name if missing.
    pub name: Option<String>,
}

/// How the following of a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchEnd {
    /// All its jobs have ended.
    Ended,
    /// Those that are left are held.
    Held,
    /// The caller left; it goes on where a worker is.
    Left,
}

impl Manager {
    /// Stores a job for each combination of values, all or none. Nothing is sent yet.
    pub async fn submit_batch(
        &self,
        request: BatchRequest,
        watcher: Watcher<'_>,
    ) -> Result<Group, Error> {
        let combinations = Combinations::of(&request.sweeps, request.zip)?;
        let (server, plan) = self.plan(&request, watcher).await?;
        let group_id = Uuid::now_v7().to_string();
        let name = request.name.clone().unwrap_or_else(|| {
            let workflow = request.workflow.name.as_deref().unwrap_or("batch");
            let unique = group_id.rsplit('-').next().unwrap_or_default();
            format!("{workflow}-{}", &unique[..unique.len().min(6)])
        });
        let mut jobs = Vec::with_capacity(combinations.count);
        for index in 0..combinations.count {
            jobs.push(self.job_of(&server, &plan, &request, &combinations, index, &group_id)?);
        }
        let swept = request.sweeps.iter();
        let swept: Map<String, Value> = swept
            .map(|sweep| (sweep.name.clone(), sweep.values.clone().into()))
            .collect();
        let group = NewGroup {
            group_id: group_id.clone(),
            name,
            sweeps: Value::Object(swept).to_string(),
        };
        self.store().await?.submit_group(group, jobs).await?;
        self.batch(&group_id).await
    }

    /// The batch of that name, or whose id starts like that.
    pub async fn batch(&self, name: &str) -> Result<Group, Error> {
        let mut found = self.store().await?.groups_called(name).await?;
        let wrong = |count| ErrorKind::NotOneBatch {
            name: name.to_owned(),
            count,
        };
        if found.len() > 1 && found[0].name == name {
            found.truncate(1);
        }
        match (found.pop(), found.pop()) {
            (Some(group), None) => Ok(group),
            (None, _) => Err(wrong("no").into()),
            (Some(_), Some(_)) => Err(wrong("several").into()),
        }
    }

    /// The newest batches.
    pub async fn batches(&self, limit: u32) -> Result<Vec<Group>, Error> {
        self.store().await?.groups(limit).await
    }

    /// Looks after the jobs of a batch, beside all workers there are, and shows how they stand, until
    /// all have ended or the caller leaves.
    pub async fn follow_batch(
        &self,
        group_id: &str,
        limits: &Limits,
        show: &(dyn Fn(GroupCounts) + Send + Sync),
    ) -> Result<BatchEnd, Error> {
        let (store, engine) = (self.store().await?, self.engine().await?);
        loop {
            let counts = store.group_counts(group_id).await?;
            show(counts);
            let open = store.open_of_group(group_id, WINDOW).await?;
            if open.is_empty() {
                self.ran().batches = true;
                let has_ended = counts.ended() == counts.total();
                return Ok(if has_ended {
                    BatchEnd::Ended
                } else {
                    BatchEnd::Held
                });
            }
            for id in open {
                engine.want(id).await;
            }
            let left = limits.leave.run_until_cancelled(sleep(LOOK)).await;
            if left.is_none() {
                return Ok(BatchEnd::Left);
            }
        }
    }

    /// Prepares the workflow, once for all jobs, by the first server that has what it needs.
    async fn plan(
        &self,
        request: &BatchRequest,
        watcher: Watcher<'_>,
    ) -> Result<(Arc<Server>, Plan), Error> {
        let mut refusal = None;
        for server in self.servers_by_load(&request.connection).await? {
            match Box::pin(plan_on(&server, request, watcher)).await {
                Ok(plan) => return Ok((server, plan)),
                Err(error) if error.code() == Code::ValidationFailed => {
                    refusal.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(refusal.unwrap_or_else(|| ErrorKind::NoServerTakesIt(Vec::new()).into()))
    }

    fn job_of(
        &self,
        server: &Server,
        plan: &Plan,
        request: &BatchRequest,
        combinations: &Combinations,
        index: usize,
        group_id: &str,
    ) -> Result<NewJob, Error> {
        let values = combinations.values(&request.sweeps, index);
        let mut prompt = plan.prompt_with(&values)?;
        let seed = match request.changes.seed {
            SeedChoice::Saved => None,
            SeedChoice::Fixed(seed) => Some(seed),
            SeedChoice::Random => Some(prepare::draw_seed()),
        };
        if request.changes.seed == SeedChoice::Random {
            for address in prompt.seeds() {
                prompt.set(&address, seed.into());
            }
        }
        let editor = plan.origin.as_ref();
        let editor = editor.map(|origin| origin.write_back(&mut prompt, &|_| ()));
        let editor = editor.transpose()?.map(|graph| graph.to_string());
        let mut overrides = match request.changes.describe(None, seed) {
            Some(Value::Object(overrides)) => overrides,
            _ => Map::new(),
        };
        let swept = request.sweeps.iter().zip(&values);
        overrides.extend(swept.map(|(sweep, value)| (sweep.name.clone(), (*value).into())));
        let placement = self.placement(&request.connection, server);
        let url = server.client().base_url().to_string();
        let prompt = serde_json::to_string(&prompt).map_err(ErrorKind::StoredJson)?;
        let name = request.workflow.name.clone();
        let job_id = JobId::generate();
        let terms = Terms {
            idempotency_key: Some(format!("batch/{group_id}/{index}")),
            membership: Some(Membership {
                group_id: group_id.to_owned(),
                index: u32::try_from(index).unwrap_or(u32::MAX),
            }),
            ..request.terms.clone()
        };
        Ok(NewJob {
            job_id,
            words: words_of(name.as_deref(), &prompt),
            workflow_name: name,
            source: self.source(),
            submitted_by: identity::user_at_host(),
            // Of several servers one is chosen when the job's turn comes, unless files were uploaded.
            target: (!matches!(placement, Placement::Any { .. })
                || !request.changes.images.is_empty())
            .then(|| (server.name().to_owned(), url)),
            placement,
            terms: self.keeping_outputs(job_id, terms),
            prompt,
            editor,
            overrides: Some(Value::Object(overrides).to_string()),
            rerun_of: None,
        })
    }
}

/// Converts, changes and checks the workflow.
async fn plan_on(
    server: &Server,
    request: &BatchRequest,
    watcher: Watcher<'_>,
) -> Result<Plan, Error> {
    let changes = &request.changes;
    let document = request.workflow.document.clone();
    let (mut prompt, origin) = make_prompt(server, document, changes.seed_mode, watcher).await?;
    refuse_faults(prompt.faults())?;
    prepare::apply(changes, &mut prompt, server.client()).await?;
    let definitions = server.definitions_for(&prompt).await?;
    let plan = Plan::new(prompt, origin, &definitions, &request.sweeps)?;
    if !changes.unchecked {
        for prompt in plan.samples(&request.sweeps)? {
            refuse_findings(check(&prompt, Some(&definitions)), &|_| ())?;
        }
    }
    Ok(plan)
}
