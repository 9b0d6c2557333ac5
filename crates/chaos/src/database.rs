//! The database of the history, and how it is made busy or taken away.

use crate::postgres::Postgres;
use crate::run::StoreKind;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Longest time that a started server may take to let us in.
const START: Duration = Duration::from_secs(30);

pub(crate) enum Database {
    Sqlite(PathBuf),
    Postgres(Postgres),
}

impl Database {
    /// Must be called by a thread that lives as long as the database is needed.
    pub(crate) async fn start(kind: StoreKind, folder: &Path) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        let database = match kind {
            StoreKind::Sqlite => Self::Sqlite(folder.join("data").join("jobs.db")),
            StoreKind::Postgres => Self::Postgres(Postgres::start()?),
        };
        database.wait().await?;
        Ok(database)
    }

    /// The `store` of the settings.
    pub(crate) fn settings(&self) -> Value {
        match self {
            Self::Sqlite(_) => json!({}),
            Self::Postgres(server) => json!({"url": server.url()}),
        }
    }

    /// Keeps everybody from writing for that long.
    pub(crate) async fn be_busy(&self, time: Duration) -> anyhow::Result<()> {
        let (url, lock) = match self {
            Self::Sqlite(file) => (format!("sqlite:{}", file.display()), "BEGIN IMMEDIATE"),
            Self::Postgres(server) => (server.url(), "BEGIN; LOCK TABLE jobs IN EXCLUSIVE MODE"),
        };
        let mut connection = AnyConnection::connect(&url).await?;
        sqlx::raw_sql("PRAGMA busy_timeout = 5000")
            .execute(&mut connection)
            .await
            .ok();
        // Who finds it busy already has what was wanted.
        if sqlx::raw_sql(lock).execute(&mut connection).await.is_ok() {
            sleep(time).await;
            sqlx::raw_sql("ROLLBACK").execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(())
    }

    /// Stops for that long, if it is one that can.
    pub(crate) async fn be_away(&mut self, time: Duration) -> anyhow::Result<()> {
        if let Self::Postgres(server) = self {
            server.stop();
            sleep(time).await;
            server.start_again()?;
            self.wait().await?;
        }
        Ok(())
    }

    /// Waits until a server takes connections.
    async fn wait(&self) -> anyhow::Result<()> {
        let Self::Postgres(server) = self else {
            return Ok(());
        };
        let started = Instant::now();
        loop {
            match AnyConnection::connect(&server.url()).await {
                Ok(connection) => return Ok(connection.close().await?),
                Err(error) if started.elapsed() > START => return Err(error.into()),
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    }
}
