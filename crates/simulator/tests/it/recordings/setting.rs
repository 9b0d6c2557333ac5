//! What has to be in place before a scenario is played: the recorded server's classes, model and
//! image, its count of prompts, and which stretches of the recording are left out.

use super::listener::Listener;
use super::table::Scenario;
use comfyctl_simulator::Simulator;
use comfyctl_workflow::Definitions;
use serde_json::{Value, json};
use std::path::Path;

/// A server with the recorded definitions, model and images.
pub(super) async fn start(folder: &Path, previews: bool) -> Simulator {
    let facts = std::fs::read(super::recordings().unwrap().join("object_info.facts.json")).unwrap();
    let mut definitions = Definitions::from_slice(&facts).unwrap();
    definitions.extend(Definitions::from_slice(TESTING_CLASSES.as_bytes()).unwrap());
    let model_file = folder.join(MODEL);
    std::fs::create_dir_all(model_file.parent().unwrap()).unwrap();
    let header = br#"{"__metadata__":{"format":"pt","modelspec.title":"random sd15"}}"#;
    let mut model = (header.len() as u64).to_le_bytes().to_vec();
    model.extend(header);
    std::fs::write(model_file, model).unwrap();
    std::fs::create_dir_all(folder.join("input")).unwrap();
    image::RgbImage::new(96, 64)
        .save(folder.join("input/up.png"))
        .unwrap();
    Simulator::builder()
        .directory(folder)
        .definitions(definitions)
        .previews(previews)
        .start()
        .await
        .unwrap()
}

/// Where the recorded server had its only model.
pub(super) const MODEL: &str = "models/checkpoints/random_sd15.safetensors";

/// Classes of the testing pack that the recorded definitions lack.
const TESTING_CLASSES: &str = r#"{
    "TestSyncError": {"input": {"required": {"value": ["*"], "error_after": ["FLOAT"]}}, "output": ["*"]},
    "TestAsyncValidationError": {"input": {"required": {"value": ["FLOAT"], "max_value": ["FLOAT"]}}, "output": ["IMAGE"]}
}"#;

/// Leaves the results of an earlier scenario in the cache.
pub(super) async fn run_last_prompt(simulator: &Simulator, recording: &Value) {
    let mut posts = recording["http"].as_array().unwrap().iter();
    let last = posts.rfind(|entry| entry["path"] == "/prompt").unwrap();
    let mut listener = Listener::open(&simulator.url(), "/ws?clientId=before", &json!([])).await;
    let body = json!({"prompt": last["req_json"]["prompt"], "client_id": "before",
        "extra_data": {"preview_method": "none"}});
    assert_eq!(crate::support::post(simulator, body).await.0, 200);
    let ended =
        |message: &Value| message["type"] == "executing" && message["data"]["node"].is_null();
    let mut count = 1;
    while !listener.messages().iter().any(ended) {
        assert!(listener.wait_for(count).await);
        count = listener.messages().len() + 1;
    }
    listener.close().await;
}

/// The number of the first prompt that was counted.
pub(super) fn first_number(recording: &Value) -> usize {
    let entries = recording["http"].as_array().unwrap().iter();
    let posts = entries.filter(|entry| entry["method"] == "POST" && entry["path"] == "/prompt");
    let mut counted = 0;
    for post in posts {
        match post["body"]["number"].as_u64() {
            Some(number) => return usize::try_from(number).unwrap() - counted,
            // Refused prompts count, unless the body could not be read.
            None => counted += usize::from(!post["req_json"].is_null()),
        }
    }
    0
}

/// From a request that is left out to the next prompt.
pub(super) fn gaps(scenario: &Scenario, recording: &Value) -> Vec<(f64, f64)> {
    let entries = recording["http"].as_array().unwrap();
    let is_left_out = |entry: &Value| {
        let label = entry["case"].as_str();
        label.is_some_and(|label| {
            scenario
                .left_out
                .iter()
                .any(|left_out| left_out.what == label)
        })
    };
    let posts: Vec<&Value> = entries
        .iter()
        .filter(|entry| entry["path"] == "/prompt")
        .collect();
    let mut gaps: Vec<(f64, f64)> = Vec::new();
    for (index, post) in posts.iter().enumerate() {
        if is_left_out(post) {
            let end = posts.get(index + 1).map_or(f64::MAX, |next| time(next));
            gaps.push((time(post), end));
        }
    }
    if scenario
        .left_out
        .iter()
        .any(|left_out| left_out.what == "unrecorded requests")
    {
        let last = posts.last().unwrap();
        let id = &last["body"]["prompt_id"];
        let sockets = recording["ws"].as_object().unwrap().values();
        let messages = sockets.flat_map(|socket| socket["messages"].as_array().unwrap());
        let end = messages
            .filter(|message| message["text"]["data"]["prompt_id"] == *id)
            .map(time)
            .fold(0.0, f64::max);
        gaps.push((end + 0.01, f64::MAX));
    }
    gaps
}

/// When an entry was recorded, in milliseconds from the scenario's start.
pub(super) fn time(entry: &Value) -> f64 {
    entry["t_ms"].as_f64().unwrap()
}
