//! A private PostgreSQL server, from the programs of this machine, that can be stopped and started.

use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Who runs it when we are root, which PostgreSQL refuses to be.
const NOBODY: &str = "65534";

/// Stopped and removed when dropped.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    as_nobody: bool,
    process: Child,
}

impl Postgres {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let programs = programs().context("no `initdb` is installed")?;
        let folder = tempfile::tempdir()?;
        let as_nobody = give_away(folder.path())?;
        let mut setup = command(&programs, "initdb", as_nobody);
        setup.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",
        ]);
        let data = folder.path().join("data");
        let output = setup.arg("--pgdata").arg(data).output()?;
        let reason = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "initdb: {reason}");
        let process = launch(&programs, folder.path(), as_nobody)?;
        Ok(Self {
            programs,
            folder,
            as_nobody,
            process,
        })
    }

    pub(crate) fn url(&self) -> String {
        let socket = self.folder.path().to_string_lossy().replace('/', "%2F");
        format!("postgres://postgres@{socket}/postgres")
    }

    /// Stops it as a power failure would.
    pub(crate) fn stop(&mut self) {
        let mut stop = command(&self.programs, "pg_ctl", self.as_nobody);
        stop.args(["stop", "--mode=immediate", "--silent", "--pgdata"]);
        // What does not run need not be stopped.
        let _ = stop.arg(self.folder.path().join("data")).status();
        let _ = self.process.wait();
    }

    pub(crate) fn start_again(&mut self) -> anyhow::Result<()> {
        self.process = launch(&self.programs, self.folder.path(), self.as_nobody)?;
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The folder of the programs: Debian keeps those of the server out of the path.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = fs_err::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    let has_all = |folder: &PathBuf| {
        let mut names = ["initdb", "postgres", "pg_ctl"].iter();
        names.all(|name| folder.join(name).is_file())
    };
    folders.into_iter().find(has_all)
}

/// Gives the folder to somebody else if we are root; whether it did.
#[cfg(unix)]
fn give_away(folder: &Path) -> anyhow::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let is_root = fs_err::metadata(folder)?.uid() == 0;
    if is_root {
        let owner = NOBODY.parse().ok();
        std::os::unix::fs::chown(folder, owner, owner)?;
    }
    Ok(is_root)
}

#[cfg(not(unix))]
fn give_away(_: &Path) -> anyhow::Result<bool> {
    anyhow::bail!("only known to work on Unix")
}

/// One of the programs, which dies with us.
fn command(programs: &Path, name: &str, as_nobody: bool) -> Command {
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig=QUIT");
    if as_nobody {
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
    }
    command.arg(programs.join(name)).stdin(Stdio::null());
    // Not a folder that the other user may not enter.
    command.current_dir("/");
    command
}

/// Must be called by a thread that lives as long as the server is needed.
fn launch(programs: &Path, folder: &Path, as_nobody: bool) -> anyhow::Result<Child> {
    let mut server = command(programs, "postgres", as_nobody);
    server
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-k")
        .arg(folder);
    server.args(["-c", "listen_addresses=", "-c", "max_connections=200"]);
    server.stdout(Stdio::null()).stderr(Stdio::null());
    server.spawn().context("postgres")
}
