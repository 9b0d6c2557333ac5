//! The one task of a process that writes: what is asked for at the same time is committed together.
//!
//! Mostly all of them work. When one fails, the batch is begun anew with a savepoint for each, so that
//! it takes nothing along. A batch that the database could not take for the moment is tried again
//! whole: operations are functions that can be called twice. An answer is given only after the commit.

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::job::JobId;
use crate::store::database::{DatabaseKind, WRITER_LOCK, time_there};
use crate::store::feed::{CHANNEL, Feed};
use crate::store::patience::{Patience, may_pass};
use crate::store::tally::Tally;
use crate::store::turn::{Numbers, Turn};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::{Acquire, Any, AnyConnection, AnyPool, Connection, Transaction};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// Operations that are committed together at most.
const BATCH: usize = 256;
/// Operations that wait to be written at most; further callers wait.
const QUEUE: usize = 1024;
/// Time between two looks for what other processes wrote, on SQLite.
const POLL: Duration = Duration::from_millis(200);

/// Hands operations to the writing task. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    tasks: mpsc::Sender<Box<dyn Task>>,
    closing: CancellationToken,
    scribe: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// One operation and whoever waits for it.
trait Task: Send {
    /// Runs it and keeps its result; whether it worked. `Err` when the whole batch has to be tried
    /// again.
    fn run<'t>(
        &'t mut self,
        turn: &'t mut Turn<'_>,
    ) -> BoxFuture<'t, Result<bool, Arc<sqlx::Error>>>;
    /// Gives the result to the caller, or the reason why nothing was committed.
    fn answer(self: Box<Self>, committed: Result<(), Arc<sqlx::Error>>);
}

struct Operation<T, F> {
    function: F,
    result: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

impl<T, F> Task for Operation<T, F>
where
    T: Send,
    F: for<'t> Fn(&'t mut Turn<'_>) -> BoxFuture<'t, Result<T, Error>> + Send,
{
    fn run<'t>(
        &'t mut self,
        turn: &'t mut Turn<'_>,
    ) -> BoxFuture<'t, Result<bool, Arc<sqlx::Error>>> {
        let running = (self.function)(turn);
        let kept = &mut self.result;
        Box::pin(async move {
            let result = running.await;
            if let Err(error) = &result
                && let ErrorKind::Store(source) = error.kind()
                && may_pass(source)
            {
                return Err(source.clone());
            }
            Ok(kept.insert(result).is_ok())
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), Arc<sqlx::Error>>) {
        let Self { result, reply, .. } = *self;
        let result = match (committed, result) {
            (Ok(()), Some(result)) | (Err(_), Some(result @ Err(_))) => result,
            (Ok(()), None) => Err(ErrorKind::StoreClosed.into()),
            (Err(error), _) => Err(ErrorKind::Store(error).into()),
        };
        // Whoever asked may have left.
        let _ = reply.send(result);
    }
}

impl Writer {
    /// Starts the task. `pool` has one connection. Must be called within a Tokio runtime.
    pub(crate) fn start(kind: DatabaseKind, pool: AnyPool, clock: Clock, feed: Feed) -> Self {
        let (tasks, queue) = mpsc::channel(QUEUE);
        let closing = CancellationToken::new();
        let scribe = Scribe {
            kind,
            pool,
            connection: None,
            clock,
            name: feed.name().to_owned(),
            feed,
            batch: 0,
            touched: Vec::new(),
            data_version: None,
            numbers: Numbers::default(),
        };
        let scribe = tokio::spawn(scribe.run(queue, closing.clone()));
        Self {
            tasks,
            closing,
            scribe: Arc::new(Mutex::new(Some(scribe))),
        }
    }

    /// Runs the function in a transaction and waits for the commit. It may be called twice.
    pub(crate) async fn write<T, F>(&self, function: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Turn<'_>) -> BoxFuture<'t, Result<T, Error>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let operation = Operation {
            function,
            result: None,
            reply,
        };
        let sent = self.tasks.send(Box::new(operation)).await;
        sent.map_err(|_| Error::from(ErrorKind::StoreClosed))?;
        answer
            .await
            .map_err(|_| Error::from(ErrorKind::StoreClosed))?
    }

    /// Waits until all that was asked for is written. Nothing can be written afterwards.
    pub(crate) async fn close(&self) {
        self.closing.cancel();
        let scribe = self.scribe.lock().await.take();
        if let Some(scribe) = scribe
            && let Err(error) = scribe.await
        {
            debug!(%error, "the writer of the job history ended badly");
        }
    }
}

/// The task.
struct Scribe {
    kind: DatabaseKind,
    pool: AnyPool,
    /// The connection between two batches, on SQLite: a file does not go away. Whether a server did
    /// is for the pool to find out.
    connection: Option<PoolConnection<Any>>,
    clock: Clock,
    feed: Feed,
    /// Marks its batches on PostgreSQL.
    name: String,
    batch: i64,
    /// Jobs that the present batch changes.
    touched: Vec<JobId>,
    /// Counts what other connections commit, on SQLite.
    data_version: Option<i64>,
    numbers: Numbers,
}

impl Scribe {
    async fn run(mut self, mut queue: mpsc::Receiver<Box<dyn Task>>, closing: CancellationToken) {
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut tasks = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                received = queue.recv_many(&mut tasks, BATCH) => {
                    if received == 0 {
                        break;
                    }
                    let committed = self.write(&mut tasks).await;
                    for task in tasks.drain(..) {
                        task.answer(committed.clone());
                    }
                }
                () = closing.cancelled(), if !queue.is_closed() => queue.close(),
                _ = poll.tick(), if self.kind == DatabaseKind::Sqlite => {
                    if self.feed.is_watched() {
                        self.look_for_others().await;
                    }
                }
            }
        }
        // The pool waits for all connections to come back.
        self.connection = None;
        self.pool.close().await;
    }

    async fn write(&mut self, tasks: &mut [Box<dyn Task>]) -> Result<(), Arc<sqlx::Error>> {
        let mut patience = Patience::new();
        self.batch += 1;
        let mut tries = 0;
        loop {
            match self.try_batch(tasks, tries).await {
                Err(error) if may_pass(&error) && patience.wait().await => {
                    debug!(%error, "the job history could not be written; it is tried again");
                }
                Err(error) => return Err(error),
                Ok(()) => break,
            }
            tries += 1;
        }
        self.feed.touched(&self.touched);
        Ok(())
    }

    /// A connection on which something failed goes back to the pool, which looks what it is worth.
    async fn try_batch(
        &mut self,
        tasks: &mut [Box<dyn Task>],
        tries: u32,
    ) -> Result<(), Arc<sqlx::Error>> {
        let mut connection = self.connect().await?;
        let done = self.commit(&mut connection, tasks, tries, false).await?;
        if !done && tasks.len() > 1 {
            self.commit(&mut connection, tasks, 0, true).await?;
        }
        if self.kind == DatabaseKind::Sqlite {
            self.connection = Some(connection);
        }
        Ok(())
    }

    async fn connect(&mut self) -> Result<PoolConnection<Any>, sqlx::Error> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.pool.acquire().await,
        }
    }

    /// Runs the operations in one transaction. Without savepoints, one that fails undoes all of them;
    /// then nothing is committed, and the answer is `false`.
    async fn commit(
        &mut self,
        connection: &mut AnyConnection,
        tasks: &mut [Box<dyn Task>],
        tries: u32,
        savepoints: bool,
    ) -> Result<bool, Arc<sqlx::Error>> {
        let begin = match self.kind {
            DatabaseKind::Sqlite => "BEGIN IMMEDIATE",
            DatabaseKind::Postgres => "BEGIN",
        };
        let mut transaction = connection.begin_with(begin).await?;
        let now = match self.kind {
            DatabaseKind::Sqlite => self.clock.now(),
            DatabaseKind::Postgres => take_turn(&mut transaction).await?,
        };
        if tries > 0 && self.is_committed(&mut transaction).await? {
            transaction.rollback().await?;
            return Ok(true);
        }
        self.touched.clear();
        let mut tally = Tally::default();
        for task in tasks {
            if savepoints {
                let savepoint = transaction.begin().await?;
                self.run_apart(savepoint, now, task, &mut tally).await?;
            } else if !self
                .run_task(&mut transaction, now, task, &mut tally)
                .await?
            {
                transaction.rollback().await?;
                return Ok(false);
            }
        }
        tally.write(&mut transaction, self.kind).await?;
        if self.kind == DatabaseKind::Postgres {
            self.mark(&mut transaction, now).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Runs one operation; whether it worked.
    async fn run_task(
        &mut self,
        connection: &mut AnyConnection,
        now: Timestamp,
        task: &mut Box<dyn Task>,
        tally: &mut Tally,
    ) -> Result<bool, Arc<sqlx::Error>> {
        let lease = self.clock.lease();
        let mut turn = Turn::new(connection, self.kind, now, lease, &mut self.numbers);
        let done = task.run(&mut turn).await?;
        if done {
            let Turn {
                touched,
                tally: counts,
                ..
            } = turn;
            self.touched.extend(touched);
            tally.merge(counts);
        }
        Ok(done)
    }

    /// Runs one operation that takes nothing along when it fails.
    async fn run_apart(
        &mut self,
        mut savepoint: Transaction<'_, Any>,
        now: Timestamp,
        task: &mut Box<dyn Task>,
        tally: &mut Tally,
    ) -> Result<(), Arc<sqlx::Error>> {
        if self.run_task(&mut savepoint, now, task, tally).await? {
            savepoint.commit().await?;
        } else {
            savepoint.rollback().await?;
        }
        Ok(())
    }

    /// Notes the number of this batch with it, and announces it to other processes: not of one that
    /// changed nothing, or those who look at each announcement whether there is something to take
    /// would wake each other for ever.
    async fn mark(
        &mut self,
        connection: &mut AnyConnection,
        now: Timestamp,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT INTO writers (writer_id, batch, at)
             SELECT $1, CAST($2 AS BIGINT), CAST($3 AS BIGINT)
             WHERE pg_current_xact_id_if_assigned() IS NOT NULL
             ON CONFLICT (writer_id) DO UPDATE SET batch = excluded.batch, at = excluded.at",
        )
        .bind(&self.name)
        .bind(self.batch)
        .bind(now.as_millisecond())
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "SELECT CAST(pg_notify($1, $2) AS TEXT)
             WHERE pg_current_xact_id_if_assigned() IS NOT NULL",
        )
        .bind(CHANNEL)
        .bind(&self.name)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Whether an earlier try was committed though its answer was lost. Asked with the turn taken:
    /// a commit that is still under way holds it. SQLite always answers.
    async fn is_committed(&mut self, connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
        if self.kind == DatabaseKind::Sqlite {
            return Ok(false);
        }
        let marked = sqlx::query_scalar("SELECT batch FROM writers WHERE writer_id = $1")
            .bind(&self.name)
            .fetch_optional(connection);
        Ok(marked.await? == Some(self.batch))
    }

    /// SQLite counts what other connections commit; this one is the only writer of this process.
    async fn look_for_others(&mut self) {
        match self.data_version().await {
            Ok(version) => {
                if self.data_version.replace(version) != Some(version) {
                    self.feed.wake_all();
                }
            }
            Err(error) => debug!(%error, "the job history cannot be asked for changes"),
        }
    }

    async fn data_version(&mut self) -> Result<i64, sqlx::Error> {
        let mut connection = self.connect().await?;
        let version = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut *connection);
        let version = version.await?;
        self.connection = Some(connection);
        Ok(version)
    }
}

/// Waits until no other process writes, and asks what time it is there.
async fn take_turn(connection: &mut AnyConnection) -> Result<Timestamp, sqlx::Error> {
    sqlx::query("SELECT CAST(pg_advisory_xact_lock($1) AS TEXT)")
        .bind(WRITER_LOCK)
        .execute(&mut *connection)
        .await?;
    time_there(connection).await
}
