//! Runs the built command with a history and settings of its own, against a simulated server.

use assert_cmd::Command;
use comfyctl_simulator::Simulator;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A simulated server on a runtime of its own, because the command blocks the test's thread.
pub(crate) struct Bench {
    pub(crate) simulator: Simulator,
    /// Where the simulator lives.
    runtime: Runtime,
    pub(crate) folder: TempDir,
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with_faults(&[])
    }

    pub(crate) fn with_faults(faults: &[&str]) -> Self {
        let mut builder = Simulator::builder();
        for fault in faults {
            builder = builder.fault(fault.parse().unwrap());
        }
        let runtime = Runtime::new().unwrap();
        let simulator = runtime.block_on(builder.start()).unwrap();
        Self {
            simulator,
            runtime,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn kill(&self) {
        self.runtime.block_on(self.simulator.kill());
    }

    pub(crate) fn restart(&self) {
        self.runtime.block_on(self.simulator.restart()).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file for the command to read.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The command, to be run in the test's folder against the simulated server.
    pub(crate) fn command(&self) -> Command {
        let mut command = command(self.folder.path());
        command.env("COMFYCTL_URL", self.simulator.url());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        Done::of(self.command().args(arguments))
    }

    /// Runs with `--json` and reads what is on stdout, which must be one JSON value.
    pub(crate) fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let done = self.run(&[arguments, &["--json"]].concat());
        let value = serde_json::from_str(&done.stdout);
        (
            done.code,
            value.unwrap_or_else(|error| panic!("{error}: {done:?}")),
        )
    }
}

impl Done {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The command without a server, with nothing of the user's own.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("comfyctl").unwrap();
    for variable in comfyctl_manager::settings::ENVIRONMENT {
        command.env_remove(variable.name);
    }
    command
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("COMFYCTL_DATA", folder.join("data"))
        .env("COMFYCTL_CONFIG", folder.join("settings.json"));
    command
}

/// An example of the repository.
pub(crate) fn example(name: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    examples.join(name).display().to_string()
}
