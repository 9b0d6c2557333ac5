//! `06_traps`: odd prompts, and the state of the server afterwards.

use super::http::{Request, from_marked};
use super::normal::{Names, recorded_message};
use super::setting;
use crate::support::{Socket, client};
use comfyctl_simulator::Simulator;
use serde_json::{Value, json};

#[tokio::test]
async fn odd_prompts_do_what_they_did_to_a_real_server() {
    let Some(recording) = super::read("06_traps") else {
        return;
    };
    let mut differences = Vec::new();
    for case in recording["cases"].as_array().unwrap() {
        let name = case["case"].as_str().unwrap();
        differences.extend(
            play(case)
                .await
                .iter()
                .map(|difference| format!("{name}: {difference}")),
        );
    }
    println!("left out: float_nan runs into SolidMask, which is not executed");
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

async fn play(case: &Value) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let simulator = setting::start(folder.path(), false).await;
    let count = case["response"]["number"].as_u64().unwrap_or(0);
    for _ in 0..count {
        crate::support::post(&simulator, json!({})).await;
    }
    let mut observer = Socket::open(&simulator.url(), "/ws").await.unwrap();
    let request = Request {
        method: "POST".into(),
        path: "/prompt".into(),
        headers: Vec::new(),
        body: Some(from_marked(&case["request"]).into_bytes()),
    };
    let answer = request.send(&simulator.url()).await;
    let mut story = Story::default();
    story.same(
        "answer",
        &json!([case["status"], case["response"]]),
        &json!([answer["status"], answer["body"]]),
    );
    if case["server_process_alive_after"] == json!(false) {
        while observer.next().await.is_some() {}
        simulator.killed().await;
        return story.differences;
    }
    if answer["status"] == 200 {
        let next_runs = case["next_prompt_executes"] == json!(true);
        afterwards(&simulator, &mut observer, case, next_runs, &mut story).await;
    }
    story.differences
}

/// What the server says once the prompt has run, or was stuck.
async fn afterwards(
    simulator: &Simulator,
    observer: &mut Socket,
    case: &Value,
    next_runs: bool,
    story: &mut Story,
) {
    let mut ours = Vec::new();
    let recorded = case["observer_ws"].as_array().unwrap();
    // One status when it is queued and one when it is taken; a third when it has run.
    let mut statuses = 0;
    while statuses < 3 + usize::from(next_runs) {
        let message = observer.next_json().await;
        statuses += usize::from(message["type"] == "status");
        ours.push(message);
    }
    if case["case"] != "float_nan" {
        let recorded: Vec<Value> = recorded
            .iter()
            .map(recorded_message)
            .take(ours.len())
            .collect();
        story.same("messages", &json!(recorded), &json!(ours));
        let history = get(simulator, "/history").await;
        let mut recorded = case["history"].clone();
        if recorded.is_null() {
            recorded = json!({});
        }
        story.same("history", &recorded, &history["body"]);
    }
    let jobs = get(simulator, "/api/jobs").await;
    story.same("jobs", &case["api_jobs_status_after"], &jobs["status"]);
    let text = client()
        .get(format!("{}/history", simulator.url()))
        .send()
        .await
        .unwrap();
    let bare = text.text().await.unwrap().contains(": NaN");
    if case["case"] == "number_nan" {
        assert!(!bare || case["history_has_NaN_literal"] == json!(true));
    }
    let mut driver = Socket::open(&simulator.url(), "/ws?clientId=driver")
        .await
        .unwrap();
    let next = json!({"prompt": crate::support::small_prompt(3), "client_id": "driver"});
    assert_eq!(crate::support::post(simulator, next).await.0, 200);
    if next_runs {
        driver.until_end().await;
    }
    let remaining = get(simulator, "/prompt").await;
    story.same("queue", &case["queue_remaining_after"], &remaining["body"]);
}

async fn get(simulator: &Simulator, path: &str) -> Value {
    let request = Request {
        method: "GET".into(),
        path: path.into(),
        headers: Vec::new(),
        body: None,
    };
    request.send(&simulator.url()).await
}

#[derive(Default)]
struct Story {
    recorded: Names,
    ours: Names,
    differences: Vec<String>,
}

impl Story {
    fn same(&mut self, what: &str, recorded: &Value, ours: &Value) {
        self.recorded.learn(recorded);
        self.ours.learn(ours);
        let (recorded, ours) = (self.recorded.normal(recorded), self.ours.normal(ours));
        if recorded != ours {
            self.differences
                .push(format!("{what}\n  recorded {recorded}\n  ours     {ours}"));
        }
    }
}
