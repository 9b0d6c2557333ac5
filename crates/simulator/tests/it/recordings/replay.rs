//! One scenario: requests and connections in the recorded order, each as soon as everything that
//! had been seen before it has been seen here too.

use super::http::{Request, recorded_answer};
use super::listener::Listener;
use super::normal::{Names, recorded_message, without_ticks};
use super::setting::{MODEL, first_number, gaps, run_last_prompt, start, time};
use super::table::Scenario;
use comfyctl_simulator::Simulator;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::path::Path;

/// What happens at a moment of the recording.
enum Action<'recording> {
    Connect(&'recording str, &'recording Value),
    Close(&'recording str),
    Request(&'recording Value),
    /// A prompt that is left out still counts.
    Count,
    Kill {
        restart: bool,
    },
}

struct Stage<'recording> {
    recording: &'recording Value,
    simulator: Simulator,
    listeners: IndexMap<String, Listener>,
    recorded_names: Names,
    our_names: Names,
    /// Times of the recording during which things happened that are left out.
    gaps: Vec<(f64, f64)>,
    differences: Vec<String>,
}

/// Plays a scenario and gives what differs.
pub(super) async fn play(scenario: &Scenario, recording: &Value) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("inst");
    let simulator = start(&directory, scenario.previews).await;
    if !scenario.model {
        std::fs::remove_file(directory.join(MODEL)).unwrap();
    }
    for earlier in scenario.before {
        run_last_prompt(&simulator, &super::read(earlier).unwrap()).await;
    }
    if let Some(pace) = scenario.pace {
        simulator.faults().add(pace.parse().unwrap());
    }
    let first = first_number(recording);
    let posted = scenario.before.len();
    for _ in posted..first {
        let _ = crate::support::post(&simulator, json!({})).await;
    }
    let folder = simulator.directory().to_owned();
    let mut stage = Stage {
        recording,
        our_names: Names::new(&folder),
        recorded_names: Names::new(Path::new("/srv/data/inst")),
        simulator,
        listeners: IndexMap::new(),
        gaps: gaps(scenario, recording),
        differences: Vec::new(),
    };
    stage.run(scenario).await;
    stage.differences
}

impl<'recording> Stage<'recording> {
    fn actions(&self, scenario: &Scenario) -> Vec<(f64, Action<'recording>)> {
        let mut actions = Vec::new();
        for (name, socket) in self.recording["ws"].as_object().unwrap() {
            let connected = socket["connected_ms"].as_f64().unwrap_or(0.0);
            actions.push((connected, Action::Connect(name, socket)));
            if socket["closed"].is_object() && socket["closed"]["close_code"].is_null() {
                actions.push((time(&socket["closed"]), Action::Close(name)));
            }
        }
        for entry in self.recording["http"].as_array().unwrap() {
            if !self.is_in_gap(time(entry)) {
                actions.push((time(entry), Action::Request(entry)));
            } else if entry["path"] == "/prompt" {
                actions.push((time(entry), Action::Count));
            }
        }
        if let Some((moment, restart)) = scenario.kill {
            actions.push((moment, Action::Kill { restart }));
        }
        actions.sort_by(|(left, _), (right, _)| left.total_cmp(right));
        actions
    }

    fn is_in_gap(&self, moment: f64) -> bool {
        self.gaps
            .iter()
            .any(|(start, end)| (*start..*end).contains(&moment))
    }

    /// What a socket got until a moment of the recording, as it is compared.
    fn recorded_messages(&self, name: &str, until: f64) -> Vec<Value> {
        let messages = self.recording["ws"][name]["messages"]
            .as_array()
            .unwrap()
            .iter();
        let messages =
            messages.filter(|message| time(message) < until && !self.is_in_gap(time(message)));
        messages.map(recorded_message).collect()
    }

    async fn run(&mut self, scenario: &Scenario) {
        for (moment, action) in self.actions(scenario) {
            if !self.catch_up(moment).await {
                break;
            }
            match action {
                Action::Connect(name, socket) => {
                    self.wait_for_queue(&socket["messages"][0]).await;
                    let url = socket["url"].as_str().unwrap();
                    let path = &url[url.find("/ws").unwrap()..];
                    let listener =
                        Listener::open(&self.simulator.url(), path, &socket["sent"]).await;
                    self.listeners.insert(name.to_owned(), listener);
                }
                Action::Close(name) => self.listeners[name].close().await,
                Action::Request(entry) => self.request(entry).await,
                Action::Count => {
                    crate::support::post(&self.simulator, json!({})).await;
                }
                Action::Kill { restart } => self.kill(restart).await,
            }
        }
        self.catch_up(f64::MAX).await;
        self.compare_sockets();
    }

    /// Waits until every socket has what the recorded one had by then.
    async fn catch_up(&mut self, moment: f64) -> bool {
        let before = self.differences.len();
        for (name, listener) in &self.listeners {
            let expected = without_ticks(self.recorded_messages(name, moment));
            if !listener.wait_for(expected.len()).await {
                let got = without_ticks(listener.messages());
                self.differences.push(format!(
                    "{name} waits at {moment} for {} messages and has {}",
                    expected.len(),
                    got.len()
                ));
            }
        }
        let sockets: Vec<String> = self.listeners.keys().cloned().collect();
        for name in sockets {
            let recorded = self.recorded_messages(&name, moment);
            for message in &recorded {
                self.recorded_names.learn(message);
            }
            let got = self.listeners[&name].messages();
            for message in &got {
                self.our_names.learn(message);
            }
        }
        self.differences.len() == before
    }

    /// Waits until as many jobs are left as the recorded socket was greeted with.
    async fn wait_for_queue(&self, greeting: &Value) {
        let wanted = &greeting["text"]["data"]["status"]["exec_info"];
        let url = format!("{}/prompt", self.simulator.url());
        let reached = async {
            loop {
                let answer = crate::support::client().get(&url).send().await.unwrap();
                if answer.json::<Value>().await.unwrap()["exec_info"] == *wanted {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        let reached = tokio::time::timeout(crate::support::PATIENCE, reached).await;
        reached.expect("the queue gets as short as it was");
    }

    async fn request(&mut self, entry: &'recording Value) {
        let mut request = Request::recorded(entry);
        if entry["path"]
            .as_str()
            .is_some_and(|path| path.starts_with("/upload"))
        {
            super::routes::fill_upload(&mut request, entry);
        } else if let Some(outputs) = self.output_order(entry) {
            request.body = Some(in_order(&entry["req_json"], &outputs).into_bytes());
        }
        let request = request.translate(&self.recorded_names, &self.our_names);
        let ours = request.send(&self.simulator.url()).await;
        let recorded = recorded_answer(entry);
        self.recorded_names.learn(&recorded["body"]);
        self.our_names.learn(&ours["body"]);
        let what = format!("{} {} {}", entry["case"], entry["method"], entry["path"]);
        self.compare(&what, &recorded, &ours);
        self.remove_file_as_recorded(entry);
    }

    /// The recorded client deleted a saved file once, to see what the server says then.
    fn remove_file_as_recorded(&self, entry: &Value) {
        let is_detail = entry["path"]
            .as_str()
            .is_some_and(|path| path.starts_with("/api/jobs/"));
        let file = self.simulator.directory().join("output/gone_00001_.png");
        if is_detail && entry["body"].to_string().contains("gone_00001_") {
            let _ = std::fs::remove_file(file);
        }
    }

    /// The order in which the recorded server took the outputs of a prompt, which it keeps in a set.
    fn output_order(&self, entry: &Value) -> Option<Vec<Value>> {
        let id = entry["body"]["prompt_id"].as_str()?;
        let entries = self.recording["http"].as_array().unwrap().iter();
        let mut later = entries.filter(|other| time(other) > time(entry));
        later.find_map(|other| {
            let item = other["body"].get(id)?.get("prompt")?;
            item.get(4)?.as_array().cloned()
        })
    }

    async fn kill(&mut self, restart: bool) {
        self.simulator.kill().await;
        for (name, listener) in &mut self.listeners {
            if !listener.ended().await {
                self.differences
                    .push(format!("{name} does not see the kill"));
            }
        }
        if restart {
            let down = Request {
                method: "GET".into(),
                path: "/queue".into(),
                headers: Vec::new(),
                body: None,
            };
            let answer = down.send(&self.simulator.url()).await;
            assert_eq!(answer, Value::Null, "a killed server answers");
            self.simulator.restart().await.unwrap();
        }
    }

    fn compare(&mut self, what: &str, recorded: &Value, ours: &Value) {
        if recorded.is_null() {
            // Asked while the server was down: told at the kill.
            return;
        }
        let (recorded, ours) = (
            self.recorded_names.normal(recorded),
            self.our_names.normal(ours),
        );
        if recorded != ours {
            self.differences
                .push(format!("{what}\n  recorded {recorded}\n  ours     {ours}"));
        }
    }

    /// Counts of jobs come between other messages by chance, so each kind is compared by itself.
    fn compare_sockets(&mut self) {
        let sockets: Vec<String> = self.listeners.keys().cloned().collect();
        for name in sockets {
            let normal = |names: &Names, messages: Vec<Value>| {
                let messages = messages
                    .iter()
                    .map(|message| names.normal(message))
                    .collect();
                without_ticks(messages)
                    .into_iter()
                    .partition::<Vec<Value>, _>(|message| message["type"] == "status")
            };
            let recorded = normal(
                &self.recorded_names,
                self.recorded_messages(&name, f64::MAX),
            );
            let ours = normal(&self.our_names, self.listeners[&name].messages());
            for (kind, recorded, ours) in [
                ("status", recorded.0, ours.0),
                ("messages", recorded.1, ours.1),
            ] {
                for index in 0..recorded.len().max(ours.len()) {
                    let (recorded, ours) = (recorded.get(index), ours.get(index));
                    if recorded != ours {
                        let show = |message: Option<&Value>| {
                            message.map_or("nothing".into(), Value::to_string)
                        };
                        self.differences.push(format!(
                            "{name} {kind} {index}\n  recorded {}\n  ours     {}",
                            show(recorded),
                            show(ours)
                        ));
                        break;
                    }
                }
            }
        }
    }
}

/// The request with its output nodes last, in the given order.
fn in_order(body: &Value, outputs: &[Value]) -> String {
    let mut body = body.clone();
    let nodes = body["prompt"].as_object().unwrap().clone();
    let is_output = |id: &str| outputs.iter().any(|output| output == id);
    let (last, mut ordered): (Map<_, _>, Map<_, _>) =
        nodes.into_iter().partition(|(id, _)| is_output(id));
    for id in outputs.iter().filter_map(Value::as_str) {
        ordered.insert(id.to_owned(), last[id].clone());
    }
    body["prompt"] = Value::Object(ordered);
    super::http::from_marked(&body)
}
