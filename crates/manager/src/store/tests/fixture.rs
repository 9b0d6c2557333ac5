//! Where a story takes place, and the jobs in it.

use crate::clock::Clock;
use crate::ending::Ending;
use crate::job::{Job, JobId, JobStatus};
use crate::placement::{Placement, Terms};
use crate::progress::Progress;
use crate::settings::StoreLocation;
use crate::store::{Claim, Claimed, NewJob, Scope, Store, WorkerId};
use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use tempfile::TempDir;

/// A database, empty at first, which any number of stores may open.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) location: StoreLocation,
}

impl Place {
    pub(crate) fn sqlite(folder: &TempDir) -> Self {
        let location = StoreLocation::Sqlite(folder.path().join("jobs.db"));
        Self { location }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(self.location.clone(), Clock::default())
            .await
            .unwrap()
    }

    /// A connection beside all stores.
    pub(crate) async fn connect(&self) -> AnyConnection {
        let url = match &self.location {
            StoreLocation::Sqlite(file) => crate::store::database::sqlite_url(file, "rw"),
            StoreLocation::Postgres(url) => secrecy::ExposeSecret::expose_secret(url).to_owned(),
        };
        sqlx::any::install_default_drivers();
        AnyConnection::connect(&url).await.unwrap()
    }

    /// Changes the database behind the back of all stores.
    pub(crate) async fn sql(&self, statement: &str) {
        let mut connection = self.connect().await;
        let statement = AssertSqlSafe(statement.to_owned());
        sqlx::raw_sql(statement)
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }
}

/// A job for the connection `local`.
pub(crate) fn job() -> NewJob {
    NewJob {
        job_id: JobId::generate(),
        workflow_name: Some("portrait".to_owned()),
        source: "test",
        submitted_by: "somebody@here".to_owned(),
        placement: Placement::Connection("local".to_owned()),
        target: Some(("local".to_owned(), "http://127.0.0.1:8188".to_owned())),
        terms: Terms::default(),
        prompt: r#"{"1":{"class_type":"KSampler","inputs":{}}}"#.to_owned(),
        editor: None,
        overrides: None,
        words: "a portrait of a cat".to_owned(),
        rerun_of: None,
    }
}

/// A job with some of its terms changed.
pub(crate) fn job_with(change: impl FnOnce(&mut Terms)) -> NewJob {
    let mut new = job();
    change(&mut new.terms);
    new
}

pub(crate) fn worker() -> WorkerId {
    WorkerId::generate("here")
}

/// A wish for jobs of the connection `local`, which takes so many at once.
pub(crate) fn claim(worker: &WorkerId, max_jobs: u32, scope: Scope) -> Claim {
    Claim {
        worker: worker.clone(),
        connection: "local".to_owned(),
        server_url: "http://127.0.0.1:8188".to_owned(),
        client_id: "socket".to_owned(),
        max_jobs,
        scope,
    }
}

impl Store {
    /// Stores one job.
    pub(crate) async fn submit_one(&self, new: NewJob) -> JobId {
        self.submit(vec![new]).await.unwrap()[0].job_id
    }

    /// Takes one job, which must be free.
    pub(crate) async fn take(&self, id: JobId) -> Claimed {
        let wish = claim(&worker(), 1000, Scope::job(id));
        self.claim(wish).await.unwrap().claimed.pop().unwrap()
    }

    /// Takes all jobs that nobody looks after.
    pub(crate) async fn adopt_any(&self, worker: &WorkerId) -> Vec<Claimed> {
        let orphans = self.orphans(i64::MIN, 1000).await.unwrap();
        let ids = orphans.into_iter().map(|orphan| orphan.job_id).collect();
        self.adopt(worker, ids).await.unwrap()
    }

    /// A job that must be there.
    pub(crate) async fn found(&self, id: JobId) -> Job {
        self.job(id).await.unwrap().unwrap()
    }
}

pub(crate) fn completed() -> Ending {
    Ending {
        status: JobStatus::Completed,
        outputs: Vec::new(),
        error: None,
        duration_ms: Some(1500),
    }
}

/// A sight of a job that runs.
pub(crate) fn halfway() -> Progress {
    Progress {
        nodes_done: 1,
        nodes_total: 2,
        node: None,
        class: Some("KSampler".to_owned()),
        steps: None,
        fraction: 0.5,
    }
}
