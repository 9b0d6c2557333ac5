//! The two databases: how each is opened, brought up to date and told apart.

use crate::error::{Error, ErrorKind};
use crate::settings::StoreLocation;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sqlx::any::AnyPoolOptions;
use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, AnyPool, Connection, SqlStr};
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use url::Url;

/// How long to wait for other processes that write.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(10);
/// Time between two tries where SQLite does not wait.
const LOCK_RETRY: Duration = Duration::from_millis(20);
/// Connections that read at once.
const READERS: u32 = 4;

/// Which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatabaseKind {
    Sqlite,
    Postgres,
}

/// An opened database.
pub(crate) struct Database {
    pub(crate) kind: DatabaseKind,
    pub(crate) readers: AnyPool,
    /// Has one connection.
    pub(crate) writer: AnyPool,
}

impl Database {
    pub(crate) async fn open(location: &StoreLocation) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        match location {
            StoreLocation::Sqlite(file) => open_sqlite(file).await,
            StoreLocation::Postgres(url) => open_postgres(url).await,
        }
    }

    /// Fails where a SQLite database holds no history, or one of a later version.
    pub(crate) async fn recognise(
        location: &StoreLocation,
        connection: &mut AnyConnection,
    ) -> Result<(), Error> {
        let latest = "SELECT max(version) FROM _sqlx_migrations";
        let latest: i64 = sqlx::query_scalar(latest)
            .fetch_one(connection)
            .await
            .map_err(|source| cannot_open(location, source))?;
        let known = sqlite_migrations()
            .iter()
            .any(|known| known.version == latest);
        known.then_some(()).ok_or_else(|| {
            let name = name(location);
            ErrorKind::StoreNewer { name }.into()
        })
    }
}

/// What to call a history in a message: never the credentials.
fn name(location: &StoreLocation) -> String {
    match location {
        StoreLocation::Sqlite(file) => file.display().to_string(),
        StoreLocation::Postgres(url) => match Url::parse(url.expose_secret()) {
            Ok(url) => {
                let host = url.host_str().unwrap_or("localhost");
                format!("{host}{}", url.path())
            }
            Err(_) => "PostgreSQL".to_owned(),
        },
    }
}

fn cannot_open(location: &StoreLocation, source: sqlx::Error) -> Error {
    let name = name(location);
    match source {
        sqlx::Error::Migrate(error) if matches!(*error, MigrateError::VersionMissing(_)) => {
            ErrorKind::StoreNewer { name }.into()
        }
        source => ErrorKind::StoreOpen { name, source }.into(),
    }
}

async fn open_sqlite(file: &Path) -> Result<Database, Error> {
    let location = StoreLocation::Sqlite(file.to_owned());
    if let Some(folder) = file.parent() {
        fs_err::tokio::create_dir_all(folder)
            .await
            .map_err(ErrorKind::File)?;
    }
    let url = sqlite_url(file, "rwc");
    let failed = |source| cannot_open(&location, source);
    look_into(&url, "PRAGMA schema_version")
        .await
        .map_err(failed)?;
    // A job must be on disk before it is sent, also when the power fails: `synchronous` is FULL.
    let writer = pool(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000",
    );
    let writer = connect(writer.max_connections(1), &url)
        .await
        .map_err(failed)?;
    migrate_sqlite(&writer).await.map_err(failed)?;
    let readers = pool("PRAGMA query_only = ON; PRAGMA busy_timeout = 10000");
    let readers = readers.max_connections(READERS).min_connections(0);
    let readers = connect(readers, &sqlite_url(file, "rw"))
        .await
        .map_err(failed)?;
    Ok(Database {
        kind: DatabaseKind::Sqlite,
        readers,
        writer,
    })
}

async fn open_postgres(url: &SecretString) -> Result<Database, Error> {
    let location = StoreLocation::Postgres(url.clone());
    let failed = |source| cannot_open(&location, source);
    look_into(url.expose_secret(), "SELECT 1")
        .await
        .map_err(failed)?;
    let options = AnyPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(LOCK_WAIT);
    let writer = options.connect(url.expose_secret()).await.map_err(failed)?;
    migrate_postgres(&writer).await.map_err(failed)?;
    let options = AnyPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(LOCK_WAIT);
    let readers = options.connect(url.expose_secret()).await.map_err(failed)?;
    Ok(Database {
        kind: DatabaseKind::Postgres,
        readers,
        writer,
    })
}

/// Fails at once, and with the reason, where there is no database; a pool would go on trying.
async fn look_into(url: &str, question: &'static str) -> Result<(), sqlx::Error> {
    let mut connection = AnyConnection::connect(url).await?;
    sqlx::query(question).execute(&mut connection).await?;
    connection.close().await
}

/// Connections that start with the given statements. A file need not be asked whether it is still there.
fn pool(preparation: &'static str) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .acquire_timeout(LOCK_WAIT)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(preparation).execute(connection).await?;
                Ok(())
            })
        })
}

/// A path may hold characters that mean something in an address.
pub(crate) fn sqlite_url(file: &Path, mode: &str) -> String {
    let path = file.to_string_lossy();
    let path = percent_encoding::utf8_percent_encode(&path, percent_encoding::NON_ALPHANUMERIC);
    format!("sqlite:{path}?mode={mode}")
}

/// SQLite waits for the locks of other processes by itself, except where several that are the first
/// turn the write-ahead log on at once.
async fn connect(options: AnyPoolOptions, url: &str) -> Result<AnyPool, sqlx::Error> {
    let started = Instant::now();
    loop {
        match options.clone().connect(url).await {
            Err(error) if is_locked(&error) && started.elapsed() < LOCK_WAIT => {
                sleep(LOCK_RETRY).await;
            }
            result => return result,
        }
    }
}

/// `SQLITE_BUSY`, which the lowest byte of its extended codes says.
pub(crate) fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code & 0xff == 5)
}

/// In one transaction that takes the lock for writing first: several processes may come upon the
/// same old or missing history at once, and one of them is to bring it up to date.
async fn migrate_sqlite(pool: &AnyPool) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    run(&sqlite_migrations(), &mut transaction).await?;
    transaction.commit().await
}

async fn migrate_postgres(pool: &AnyPool) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT CAST(pg_advisory_xact_lock($1) AS TEXT)")
        .bind(WRITER_LOCK)
        .execute(&mut *transaction)
        .await?;
    run(&postgres_migrations(), &mut transaction).await?;
    transaction.commit().await
}

/// What time it is on a PostgreSQL server: the clock that all who use its history go by.
pub(crate) async fn time_there(connection: &mut AnyConnection) -> Result<Timestamp, sqlx::Error> {
    let now = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
    let now: i64 = sqlx::query_scalar(now).fetch_one(connection).await?;
    Ok(Timestamp::from_millisecond(now).unwrap_or_default())
}

/// Key of the lock that every writer of a PostgreSQL history holds during its turn.
pub(crate) const WRITER_LOCK: i64 = 0x636f_6d66_7963_746c;

/// In order, append only: a released one is never edited.
fn sqlite_migrations() -> Migrator {
    Migrator::with_migrations(vec![
        migration(1, "jobs", include_str!("sqlite/0001_jobs.sql")),
        migration(2, "engine", include_str!("sqlite/0002_engine.sql")),
        migration(3, "rerun", include_str!("sqlite/0003_rerun.sql")),
    ])
}

/// In order, append only, as those of SQLite.
fn postgres_migrations() -> Migrator {
    Migrator::with_migrations(vec![
        migration(1, "history", include_str!("postgres/0001_history.sql")),
        migration(2, "rerun", include_str!("postgres/0002_rerun.sql")),
    ])
}

fn migration(version: i64, name: &'static str, sql: &'static str) -> Migration {
    let sql = SqlStr::from_static(sql);
    Migration::new(version, name.into(), MigrationType::Simple, sql, false)
}

/// The migrator's own lock would open a transaction of its own, and we hold a better one.
async fn run(migrator: &Migrator, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let mut migrator = Migrator::with_migrations(migrator.iter().cloned().collect());
    migrator.set_locking(false);
    migrator.run_direct(None, connection, false).await?;
    Ok(())
}

/// A history as the first version made it.
#[cfg(test)]
pub(crate) async fn first_version(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let first = sqlite_migrations().iter().take(1).cloned().collect();
    run(&Migrator::with_migrations(first), connection).await
}
