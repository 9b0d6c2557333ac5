//! All that the history knows of one job: why it was slow, why it failed, when it may start.

use crate::error::{Error, ErrorKind};
use crate::event::{JobEvent, Seq};
use crate::job::{Job, JobId, JobStatus};
use crate::manager::Manager;
use crate::progress::NodeTime;
use crate::store::{Ahead, Statistics, StatisticsBy, StatisticsRange};
use serde::Serialize;
use serde_json::Value;

/// What there is to tell of one job beside the job itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JobReport {
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Name of its batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// What was changed in its workflow: selectors with what they were set to.
    pub overrides: Option<Value>,
    /// What each of its nodes took, as far as was seen, and which results were still there.
    pub nodes: Vec<NodeTime>,
    /// Where its time went.
    pub times: JobTimes,
    /// How long jobs of its workflow usually take, or all jobs where there is none of its kind.
    pub usual: Option<Statistics>,
    /// Where it stands in its line, while no server has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<PlaceInLine>,
    /// Jobs that it still has to wait for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<JobId>,
    /// Its story.
    #[serde(skip)]
    pub events: Vec<JobEvent>,
}

/// Where the time of a job went, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct JobTimes {
    /// From submission until a server executed it.
    pub waiting: Option<f64>,
    /// Of that, from submission until a server had it.
    pub sending: Option<f64>,
    /// That the server worked.
    pub running: Option<f64>,
    /// Of that, in nodes that load models.
    pub loading: Option<f64>,
}

/// Where a job stands among those that wait for the same connection.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PlaceInLine {
    /// Jobs before it, those included that the connection has.
    pub ahead: u64,
    /// Seconds until those are done, if they take as long as such jobs usually do; `None` where
    /// nothing is known of them, or where it is held.
    pub starts_in: Option<f64>,
}

impl Manager {
    /// Looks at a job closely. Asks no server.
    pub async fn report(&self, job: &Job) -> Result<JobReport, Error> {
        let store = self.store().await?;
        let gone = || ErrorKind::NoSuchJob(job.job_id.to_string());
        let details = store.details(job.job_id).await?.ok_or_else(gone)?;
        let usual = Usual::of(self).await?;
        let line = if job.status == JobStatus::Pending && job.posts == 0 {
            let ahead = store.ahead_of(job).await?;
            Some(PlaceInLine {
                ahead: ahead.iter().map(|ahead| ahead.jobs).sum(),
                starts_in: usual.time_of(&ahead).filter(|_| !job.held),
            })
        } else {
            None
        };
        Ok(JobReport {
            tags: store.tags(job.job_id).await?,
            batch: details.batch,
            overrides: details.overrides,
            times: JobTimes::of(job, &details.nodes),
            nodes: details.nodes,
            usual: usual.of_workflow(job.workflow_name.as_deref()).cloned(),
            line,
            after: details.after,
            events: store.events(job.job_id, Seq::default()).await?,
        })
    }

    /// The values that were set for a job, by what they were set by; `None` where none were.
    pub async fn overrides_of(&self, job: &Job) -> Result<Option<Value>, Error> {
        let details = self.store().await?.details(job.job_id).await?;
        Ok(details.and_then(|details| details.overrides))
    }

    /// The editor's graph that a job was made from, as JSON; `None` if its workflow was in API
    /// format.
    pub async fn editor_graph_of(&self, job: &Job) -> Result<Option<String>, Error> {
        let graphs = self.store().await?.graphs(job.job_id).await?;
        Ok(graphs.and_then(|graphs| graphs.editor))
    }
}

impl JobTimes {
    fn of(job: &Job, nodes: &[NodeTime]) -> Self {
        let since =
            |then| move |at: jiff::Timestamp| at.duration_since(then).as_secs_f64().max(0.0);
        let by_us = || Some(since(job.started_at?)(job.finished_at?));
        let loading = nodes.iter().filter(|node| loads_models(&node.class));
        let loading: Vec<f64> = loading.filter_map(|node| node.seconds).collect();
        Self {
            waiting: job.started_at.map(since(job.created_at)),
            sending: job.queued_at.map(since(job.created_at)),
            running: job.duration_seconds.or_else(by_us),
            loading: (!loading.is_empty()).then(|| loading.iter().sum()),
        }
    }
}

/// By its name, as those of ComfyUI and of node packs are called.
fn loads_models(class: &str) -> bool {
    class.contains("Loader")
}

/// How long jobs usually take.
struct Usual {
    all: Option<Statistics>,
    workflows: Vec<Statistics>,
}

impl Usual {
    async fn of(manager: &Manager) -> Result<Self, Error> {
        let range = StatisticsRange::default();
        let all = manager.statistics(StatisticsBy::All, range).await?;
        Ok(Self {
            all: all.into_iter().next(),
            workflows: manager.statistics(StatisticsBy::Workflow, range).await?,
        })
    }

    fn of_workflow(&self, name: Option<&str>) -> Option<&Statistics> {
        let known = self
            .workflows
            .iter()
            .filter(|known| known.running.is_some());
        let mut known = known.filter(|known| Some(known.name.as_str()) == name);
        known.next().or(self.all.as_ref())
    }

    /// Seconds that jobs take one after the other, as servers execute them.
    fn time_of(&self, jobs: &[Ahead]) -> Option<f64> {
        let each = jobs.iter().map(|ahead| {
            let usual = self.of_workflow(ahead.workflow.as_deref())?.running?;
            #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 jobs")]
            let jobs = ahead.jobs as f64;
            Some(jobs * usual.median)
        });
        each.sum()
    }
}
