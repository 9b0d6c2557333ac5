//! `comfyctl simulator` as a process of its own.

use crate::support::{Done, command};
use rstest::rstest;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use tempfile::TempDir;

/// A simulator process. Killed when dropped.
struct Running {
    child: Child,
    first_line: String,
}

impl Running {
    /// Starts it on a free port and waits for its first line.
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("comfyctl"))
            .current_dir(folder)
            .env("COMFYCTL_DATA", folder.join("data"))
            .env("COMFYCTL_CONFIG", folder.join("settings.json"))
            .args(["simulator", "--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first_line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut first_line).unwrap();
        Self { child, first_line }
    }

    fn url(&self) -> &str {
        self.first_line.trim()
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    fn end(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[cfg(unix)]
#[rstest]
fn it_tells_its_address_first_and_ends_when_told(#[values("INT", "TERM")] signal: &str) {
    let folder = folder();
    let running = Running::start(folder.path(), &[]);
    assert!(
        running.url().starts_with("http://127.0.0.1:"),
        "{}",
        running.url()
    );
    let system = Done::of(command(folder.path()).args(["system", "--url", running.url()]));
    assert_eq!(system.code, 0, "{system:?}");
    running.signal(signal);
    assert!(running.end().success());
}

#[test]
fn with_json_the_address_is_one_line_of_json() {
    let folder = folder();
    let running = Running::start(folder.path(), &["--json"]);
    let value: Value = serde_json::from_str(&running.first_line).unwrap();
    assert!(
        value["url"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:"),
        "{value}"
    );
}

#[test]
fn it_runs_workflows_in_its_folder_with_further_classes_and_faults() {
    let folder = folder();
    let definitions = r#"{"Mine": {"name": "Mine", "input": {"required": {}}, "output": []}}"#;
    std::fs::write(folder.path().join("nodes.json"), definitions).unwrap();
    let running = Running::start(
        folder.path(),
        &[
            "--dir",
            "server",
            "--object-info",
            "nodes.json",
            "--fault",
            "status=503:GET:/queue*1",
        ],
    );
    let run = |arguments: &[&str]| {
        Done::of(
            command(folder.path())
                .env("COMFYCTL_URL", running.url())
                .args(arguments),
        )
    };
    assert_eq!(run(&["nodes", "Mine"]).code, 0);
    assert_eq!([run(&["queue"]).code, run(&["queue"]).code], [8, 0]);
    std::fs::write(folder.path().join("a.png"), "x").unwrap();
    assert_eq!(run(&["upload", "a.png"]).code, 0);
    assert!(folder.path().join("server/input/a.png").exists());
}

#[test]
fn it_ends_when_the_server_is_killed() {
    let folder = folder();
    let running = Running::start(folder.path(), &["--fault", "kill=1ms"]);
    assert!(running.end().success());
}

#[rstest]
#[case::fault(&["--fault", "lost-pots"], 2, "no fault is called `lost-pots`")]
#[case::definitions(&["--object-info", "text"], 5, "`text` holds no node definitions")]
#[case::missing(&["--object-info", "missing"], 5, "`missing`")]
#[case::folder(&["--dir", "text"], 5, "hint: give another folder")]
fn bad_input_is_an_error_that_names_it(
    #[case] arguments: &[&str],
    #[case] code: i32,
    #[case] named: &str,
) {
    let folder = folder();
    std::fs::write(folder.path().join("text"), "hello").unwrap();
    let done = Done::of(
        command(folder.path())
            .args(["simulator", "--port", "0"])
            .args(arguments),
    );
    assert_eq!((done.code, done.stdout.as_str()), (code, ""), "{done:?}");
    assert!(done.stderr.contains(named), "{done:?}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let done = Done::of(command(folder.path()).args(["simulator", "--port", &port]));
    assert_eq!(done.code, 5);
    assert!(
        done.stderr.contains(&port) && done.stderr.contains("--port 0"),
        "{done:?}"
    );
}
