//! `comfyctl mcp` over standard input and output, message by message.

use crate::support::Bench;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longest that a message is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A client that has said hello.
struct Session {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    asked: u64,
}

impl Session {
    fn open(bench: &Bench, arguments: &[&str]) -> Self {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("comfyctl"));
        for variable in comfyctl_manager::settings::ENVIRONMENT {
            command.env_remove(variable.name);
        }
        command
            .arg("mcp")
            .args(arguments)
            .current_dir(bench.folder.path())
            .env("COMFYCTL_URL", bench.simulator.url())
            .env("COMFYCTL_DATA", bench.path("data"))
            .env("COMFYCTL_CONFIG", bench.path("settings.json"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines() {
                let Ok(()) = sender.send(line.unwrap()) else {
                    break;
                };
            }
        });
        let mut session = Self {
            input: child.stdin.take(),
            child,
            lines,
            asked: 0,
        };
        let hello = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}
        });
        let answer = session.ask("initialize", &hello);
        assert_eq!(
            answer["result"]["serverInfo"]["name"],
            "ComfyUI API Manager"
        );
        session.tell("notifications/initialized", &json!({}));
        session
    }

    fn write(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
        input.flush().unwrap();
    }

    fn tell(&mut self, method: &str, parameters: &Value) {
        let message = json!({"jsonrpc": "2.0", "method": method, "params": parameters});
        self.write(&message.to_string());
    }

    /// Sends a request without waiting for its answer.
    fn begin(&mut self, method: &str, parameters: &Value) -> u64 {
        self.asked += 1;
        let id = self.asked;
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters});
        self.write(&message.to_string());
        id
    }

    /// The next message. Whatever else stands on standard output fails the test.
    fn next(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).unwrap();
        let message: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    fn answer(&mut self, id: u64) -> Value {
        loop {
            let message = self.next();
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
        }
    }

    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        let id = self.begin(method, parameters);
        self.answer(id)
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let answer = self.ask("tools/call", &json!({"name": tool, "arguments": arguments}));
        answer["result"]["structuredContent"].clone()
    }

    /// Begins a job, and waits until the server works on it.
    fn begin_job(&mut self) -> u64 {
        let parameters = json!({
            "name": "execute_workflow",
            "arguments": {"workflow_json": workflow()},
            "_meta": {"progressToken": "job"}
        });
        let id = self.begin("tools/call", &parameters);
        loop {
            let message = self.next();
            let told = message["params"]["message"].as_str().unwrap_or_default();
            if told.contains("EmptyImage") {
                return id;
            }
        }
    }

    fn latest_job(&mut self) -> Value {
        let history = self.call("get_job_history", &json!({"limit": 1}));
        history["jobs"][0]["job_id"].clone()
    }

    /// Goes away; the server ends by itself.
    fn leave(mut self) {
        drop(self.input.take());
        assert!(self.child.wait().unwrap().success());
    }
}

fn workflow() -> Value {
    json!({
        "1": {"class_type": "EmptyImage",
              "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 255}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "mcp"}}
    })
}

#[test]
fn a_call_without_progress_returns_in_time_and_says_how_to_go_on() {
    let bench = Bench::with_faults(&["slow-node=EmptyImage:3600s"]);
    let mut session = Session::open(&bench, &["--wait-without-progress", "0.2"]);
    let run = session.call("execute_workflow", &json!({"workflow_json": workflow()}));
    assert_eq!(run["success"], true, "{run}");
    let id = run["job_id"].as_str().unwrap();
    assert!(run["next"].as_str().unwrap().contains(id), "{run}");
    let job = session.call("get_job_status", &json!({"job_id": id}));
    assert_ne!(job["job"]["status"], "completed", "{job}");
    session.leave();
}

#[test]
fn a_cancelled_call_cancels_its_job() {
    let bench = Bench::with_faults(&["slow-node=EmptyImage:3600s"]);
    let mut session = Session::open(&bench, &[]);
    let id = session.begin_job();
    session.tell("notifications/cancelled", &json!({"requestId": id}));
    let job = session.latest_job();
    let end = session.call("wait_for_job", &json!({"job_id": job}));
    assert_eq!(
        (&end["status"], &end["code"]),
        (&json!("cancelled"), &json!("cancelled")),
        "{end}"
    );
    session.leave();
}

#[test]
fn a_client_that_goes_away_leaves_its_job_which_is_found_again() {
    let bench = Bench::with_faults(&["slow-node=EmptyImage:1s"]);
    let mut session = Session::open(&bench, &[]);
    session.begin_job();
    session.leave();
    let mut session = Session::open(&bench, &[]);
    let job = session.latest_job();
    let end = session.call("wait_for_job", &json!({"job_id": job}));
    assert_eq!(end["status"], "completed", "{end}");
    session.leave();
}

#[test]
fn standard_output_carries_nothing_but_the_protocol() {
    let bench = Bench::new();
    bench.file("settings.json", r#"{"unknown_setting": 1}"#);
    let mut session = Session::open(&bench, &["-vv", "--deny-tools", "no_such_tool"]);
    session.write("this is no JSON");
    let run = session.call("execute_workflow", &json!({"workflow_json": workflow()}));
    assert_eq!(run["status"], "completed", "{run}");
    bench.kill();
    let down = session.call("get_system_info", &json!({}));
    assert_eq!(down["success"], false, "{down}");
    // Each line so far was held to be a message by whoever read it; so is what is left.
    drop(session.input.take());
    while let Ok(line) = session.lines.recv_timeout(PATIENCE) {
        let message: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
    }
    assert!(session.child.wait().unwrap().success());
}

#[test]
fn a_saved_workflow_is_offered_as_a_tool_and_withdrawn() {
    let bench = Bench::new();
    let file = bench.file("banner.json", workflow().to_string());
    let saved = bench.run(&["workflow", "save", file.to_str().unwrap()]);
    assert_eq!(saved.code, 0, "{saved:?}");
    let purpose = ["workflow", "tool", "banner", "--description", "A banner"];
    let (code, marked) = bench.json(&purpose);
    assert_eq!((code, &marked["tool"]), (0, &json!("banner")));
    let mut session = Session::open(&bench, &[]);
    let run = session.call("banner", &json!({"width": 96}));
    assert_eq!(run["status"], "completed", "{run}");
    session.leave();
    let (code, unmarked) = bench.json(&["workflow", "tool", "banner", "--off"]);
    assert_eq!((code, &unmarked["tool"]), (0, &Value::Null));
    let unknown = bench.run(&["workflow", "tool", "baner"]);
    assert!(unknown.stderr.contains("`banner`"), "{unknown:?}");
}
