//! Backups, and whether a history is sound.

use crate::checksum::checksum;
use crate::error::{Error, ErrorKind};
use crate::settings::StoreLocation;
use crate::store::database::{Database, sqlite_url};
use crate::store::{DatabaseKind, Store};
use fs_err::tokio as fs;
use serde::Serialize;
use sqlx::{AnyConnection, Connection};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A copy of the history, as it stood at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// The copy: a SQLite database.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its blake3 checksum in hexadecimal, which also stands in a file of the same name with
    /// `.blake3` at its end, in the form of `b3sum`.
    pub checksum: String,
}

impl Store {
    /// Copies the history to a file, which appears whole or not at all; others go on writing
    /// meanwhile. A file of that name is replaced.
    pub(crate) async fn backup(&self, path: &Path) -> Result<Backup, Error> {
        let StoreLocation::Sqlite(source) = &self.location else {
            return Err(ErrorKind::BackupUnsupported.into());
        };
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        fs::create_dir_all(folder).await.map_err(ErrorKind::File)?;
        let unfinished = tempfile::Builder::new()
            .prefix(".backup-")
            .tempfile_in(folder)
            .map_err(ErrorKind::File)?
            .into_temp_path();
        // SQLite writes into an empty file. A connection of its own: those that read may not write.
        let mut connection = AnyConnection::connect(&sqlite_url(source, "rw")).await?;
        sqlx::query("VACUUM INTO $1")
            .bind(unfinished.to_string_lossy().into_owned())
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        let file = fs::File::open(&unfinished).await.map_err(ErrorKind::File)?;
        file.sync_all().await.map_err(ErrorKind::File)?;
        let (bytes, checksum) = checksum(&unfinished).await.map_err(ErrorKind::File)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let line = format!("{checksum}  {name}\n");
        unfinished
            .persist(path)
            .map_err(|error| ErrorKind::File(error.error))?;
        fs::write(checksum_file(path), line)
            .await
            .map_err(ErrorKind::File)?;
        Ok(Backup {
            path: path.to_owned(),
            bytes,
            checksum,
        })
    }

    /// What is wrong with the history, for people; nothing if it is sound. Reads all of it.
    pub(crate) async fn check(&self) -> Result<Vec<String>, Error> {
        let mut reader = self.reader().await?;
        let mut findings = match self.kind {
            DatabaseKind::Sqlite => pages(&mut reader).await?,
            DatabaseKind::Postgres => Vec::new(),
        };
        for (sql, what) in RULES {
            let ids: Vec<String> = sqlx::query_scalar(*sql).fetch_all(&mut *reader).await?;
            findings.extend(ids.into_iter().map(|id| format!("job {id} {what}")));
        }
        Ok(findings)
    }
}

/// What must not be found, and what to say if it is.
const RULES: &[(&str, &str)] = &[
    (
        "SELECT job_id FROM jobs WHERE NOT EXISTS
             (SELECT 1 FROM job_graphs WHERE job_graphs.number = jobs.number) LIMIT 100",
        "has no prompt",
    ),
    (
        "SELECT job_id FROM jobs
         WHERE (status IN ('completed', 'failed', 'cancelled') AND finished_at IS NULL)
            OR (status IN ('pending', 'queued', 'running') AND finished_at IS NOT NULL) LIMIT 100",
        "has a status that contradicts its end",
    ),
    (
        "SELECT job_id FROM jobs JOIN
             (SELECT number, count(*) AS told, max(seq) AS last FROM job_events GROUP BY number) AS story
             ON story.number = jobs.number
         WHERE told <> last OR last <> event_seq LIMIT 100",
        "has a story with gaps",
    ),
];

/// Tests a backup: its checksum, and whether a history of this version or an earlier one is in it.
pub(crate) async fn verify(path: &Path) -> Result<Backup, Error> {
    let wrong = |what: String| ErrorKind::BackupWrong {
        path: path.to_owned(),
        what,
    };
    let noted = fs::read_to_string(checksum_file(path))
        .await
        .map_err(ErrorKind::File)?;
    let noted = noted.split_whitespace().next().unwrap_or_default();
    let (bytes, checksum) = checksum(path).await.map_err(ErrorKind::File)?;
    if noted != checksum {
        return Err(wrong(format!("its checksum is {checksum}, and {noted} was noted")).into());
    }
    sqlx::any::install_default_drivers();
    let url = format!("{}&immutable=1", sqlite_url(path, "ro"));
    let mut connection = AnyConnection::connect(&url).await?;
    Database::recognise(&StoreLocation::Sqlite(path.to_owned()), &mut connection).await?;
    let findings = pages(&mut connection).await?;
    connection.close().await?;
    match findings.into_iter().next() {
        Some(finding) => Err(wrong(finding).into()),
        None => Ok(Backup {
            path: path.to_owned(),
            bytes,
            checksum,
        }),
    }
}

/// What SQLite finds wrong with a file of its own.
async fn pages(connection: &mut AnyConnection) -> Result<Vec<String>, sqlx::Error> {
    let findings: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(connection)
        .await?;
    Ok(findings
        .into_iter()
        .filter(|finding| finding != "ok")
        .collect())
}

fn checksum_file(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".blake3");
    name.into()
}
