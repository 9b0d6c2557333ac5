//! A PostgreSQL server of one's own, from the binaries of this machine.

use super::fixture::Place;
use crate::settings::StoreLocation;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longest time that the server may take to start.
const START: Duration = Duration::from_mins(1);
/// Who runs it when we are root, which PostgreSQL refuses to be.
const NOBODY: u32 = 65534;

/// Stopped and removed when dropped; when the test process is killed, the kernel stops it.
pub(crate) struct Server {
    programs: PathBuf,
    folder: TempDir,
    as_nobody: bool,
    process: Child,
    places: AtomicU32,
}

impl Server {
    /// `None`, with the reason printed, where none can be had.
    pub(crate) fn start() -> Option<Self> {
        match Self::try_start() {
            Ok(server) => Some(server),
            Err(reason) => {
                println!("skipped: PostgreSQL cannot be had here: {reason}");
                None
            }
        }
    }

    fn try_start() -> Result<Self, String> {
        let programs = programs().ok_or("no `initdb` is installed")?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let as_nobody = give_away(folder.path())?;
        let mut setup = command(&programs, "initdb", as_nobody);
        setup.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",
        ]);
        let output = setup
            .arg("--pgdata")
            .arg(folder.path().join("data"))
            .output();
        let output = output.map_err(|error| format!("initdb: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let process = launch(&programs, folder.path(), as_nobody)?;
        Ok(Self {
            programs,
            folder,
            as_nobody,
            process,
            places: AtomicU32::new(0),
        })
    }

    /// A new, empty schema, which is made much faster than a database.
    pub(crate) async fn place(&self) -> Place {
        let name = format!("story{}", self.places.fetch_add(1, Ordering::Relaxed));
        let mut connection = self.connect().await;
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA {name}")))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        let url = format!("{}?options[search_path]={name}", self.url());
        Place {
            location: StoreLocation::Postgres(url.into()),
        }
    }

    /// Stops the server as a power failure would, and starts it again.
    pub(crate) fn crash_and_restart(&mut self) {
        self.stop();
        self.process = launch(&self.programs, self.folder.path(), self.as_nobody).unwrap();
    }

    fn url(&self) -> String {
        let socket = self.folder.path().to_string_lossy().replace('/', "%2F");
        format!("postgres://postgres@{socket}/postgres")
    }

    /// Waits until the server takes connections.
    async fn connect(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        let started = Instant::now();
        loop {
            match AnyConnection::connect(&self.url()).await {
                Ok(connection) => return connection,
                Err(error) => assert!(started.elapsed() < START, "no server: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn stop(&mut self) {
        let mut stop = command(&self.programs, "pg_ctl", self.as_nobody);
        stop.args(["stop", "--mode=immediate", "--silent", "--pgdata"]);
        let _ = stop.arg(self.folder.path().join("data")).status();
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The folder of PostgreSQL's programs: Debian keeps those of the server out of the path.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let has = |folder: &PathBuf, name| folder.join(name).is_file();
    folders
        .into_iter()
        .find(|folder| has(folder, "initdb") && has(folder, "postgres") && has(folder, "pg_ctl"))
}

/// Gives the folder to somebody else if we are root; whether it did.
#[cfg(unix)]
fn give_away(folder: &Path) -> Result<bool, String> {
    use std::os::unix::fs::{MetadataExt, chown};
    let owner = std::fs::metadata(folder)
        .map_err(|error| error.to_string())?
        .uid();
    if owner == 0 {
        chown(folder, Some(NOBODY), Some(NOBODY)).map_err(|error| error.to_string())?;
    }
    Ok(owner == 0)
}

#[cfg(not(unix))]
fn give_away(_: &Path) -> Result<bool, String> {
    Err("only tested on Unix".to_owned())
}

/// One of PostgreSQL's programs, which dies with us.
fn command(programs: &Path, name: &str, as_nobody: bool) -> Command {
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig=QUIT");
    if as_nobody {
        let id = NOBODY.to_string();
        command.args(["--reuid", &id, "--regid", &id, "--clear-groups"]);
    }
    command.arg(programs.join(name)).stdin(Stdio::null());
    // Not a folder that the other user may not enter.
    command.current_dir("/");
    command
}

/// Must be called by a thread that lives as long as the server is needed.
fn launch(programs: &Path, folder: &Path, as_nobody: bool) -> Result<Child, String> {
    let mut server = command(programs, "postgres", as_nobody);
    server
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-k")
        .arg(folder);
    server.args([
        "-c",
        "listen_addresses=",
        "-c",
        "fsync=on",
        "-c",
        "max_connections=200",
    ]);
    server.stdout(Stdio::null()).stderr(Stdio::null());
    server.spawn().map_err(|error| format!("postgres: {error}"))
}
