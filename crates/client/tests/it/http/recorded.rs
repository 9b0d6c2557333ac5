//! Every good answer that was recorded from a real server reads as its type and loses nothing.

use crate::support::recordings::{exchanges, scenario};
use crate::support::{client, text};
use comfyctl_client::{
    Client, Error, Folder, HistoryRange, JobFilter, ModelFile, PromptId, Verdict,
};
use serde::Serialize;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

/// The JSON that our type makes of an answer.
#[expect(clippy::unnecessary_wraps, reason = "not every type can be written")]
fn again<T: Serialize>(value: T) -> Option<Value> {
    Some(serde_json::to_value(value).unwrap())
}

/// Reads a recorded path with the method that is for it. `None` when there is none.
async fn read(client: &Client, path: &str) -> Option<Result<Option<Value>, Error>> {
    let (route, query) = path.split_once('?').unwrap_or((path, ""));
    let segments: Vec<&str> = route
        .trim_start_matches("/api")
        .split('/')
        .skip(1)
        .collect();
    Some(match segments.as_slice() {
        ["prompt"] => client.queue_remaining().await.map(|_| None),
        ["queue"] => client.queue().await.map(again),
        ["history"] => client.history(HistoryRange::All).await.map(again),
        ["history", id] => client
            .history_entry(&PromptId::new(*id))
            .await
            .map(|_| None),
        ["jobs"] => client.jobs(&JobFilter::default()).await.map(again),
        ["jobs", id] => client.job(&PromptId::new(*id)).await.map(again),
        ["object_info"] => client.definitions().await.map(|_| None),
        ["object_info", class] => client.definition(class).await.map(|_| None),
        ["system_stats"] => client.system_stats().await.map(again),
        ["features"] => client.features().await.map(again),
        ["embeddings"] => client.embeddings().await.map(again),
        ["extensions"] => client.extensions().await.map(again),
        ["models"] => client.model_folders().await.map(again),
        ["models", folder] => client.models(folder).await.map(again),
        ["experiment", "models"] => client.model_folder_details().await.map(again),
        ["experiment", "models", folder] => client.model_files(folder).await.map(again),
        ["view_metadata", folder] => client.model_metadata(folder, "x").await.map(again),
        ["users"] => client.users().await.map(again),
        ["settings"] => client.editor_settings().await.map(again),
        ["settings", name] => client.editor_setting(name).await.map(again),
        ["workflow_templates"] => client.workflow_templates().await.map(again),
        ["global_subgraphs"] => client.global_subgraphs().await.map(again),
        ["global_subgraphs", id] => client.global_subgraph(id).await.map(again),
        ["node_replacements"] => client.node_replacements().await.map(again),
        ["i18n"] => client.translations().await.map(again),
        ["internal", "logs"] => client.logs().await.map(again),
        ["internal", "logs", "raw"] => client.raw_logs().await.map(again),
        ["internal", "folder_paths"] => client.folder_paths().await.map(again),
        ["internal", "files", _] => client.files(Folder::Output).await.map(|_| None),
        ["userdata"] if query.contains("full_info") => {
            client.list_userdata("workflows").await.map(again)
        }
        ["v2", "userdata"] => client.userdata_tree("").await.map(again),
        _ => return None,
    })
}

#[tokio::test]
async fn every_recorded_answer_is_understood() {
    let Some(scenario) = scenario("60_http_routes") else {
        return;
    };
    let mut understood = std::collections::BTreeSet::new();
    for exchange in exchanges(&scenario) {
        let is_good = exchange["method"] == "GET" && exchange["status"] == 200;
        if !is_good || exchange["body_truncated"] == true {
            continue;
        }
        let path = exchange["path"].as_str().unwrap();
        let body = &exchange["body"];
        // Long bodies, and those of the logs, were recorded as text.
        let written = match body.as_str() {
            Some(written) if written.starts_with(['{', '[', '"']) => written.to_owned(),
            _ => body.to_string(),
        };
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(text(200, &written))
            .mount(&server)
            .await;
        let Some(outcome) = read(&client(&server.uri()), path).await else {
            continue;
        };
        let again = outcome.unwrap_or_else(|error| panic!("{path}: {error}\n{body}"));
        if let Some(again) = again {
            let body: Value = serde_json::from_str(&written).unwrap();
            assert_eq!(without_defaults(again), without_defaults(body), "{path}");
        }
        understood.insert(path.split('?').next().unwrap().to_owned());
    }
    assert!(understood.len() > 40, "{understood:?}");
}

/// Nulls, and the numbers that only differ in how they are written.
fn without_defaults(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, value)| (name, without_defaults(value)))
                .collect()
        }
        Value::Array(items) => items.into_iter().map(without_defaults).collect(),
        Value::Number(number) => json!(number.as_f64()),
        other => other,
    }
}

#[tokio::test]
async fn every_recorded_end_has_its_verdict() {
    let expected = [
        ("05_runtime_error", "f"),
        ("30_interrupt_ksampler", "is"),
        ("33_dynamic_cycle_and_blocker", "fs"),
        ("22_text_progress_and_output_kinds", "fs"),
    ];
    for (name, letters) in expected {
        let Some(scenario) = scenario(name) else {
            return;
        };
        let mut seen = std::collections::BTreeSet::new();
        for exchange in exchanges(&scenario) {
            let path = exchange["path"].as_str().unwrap_or_default();
            let Some((_, id)) = path.split_once("/history/") else {
                continue;
            };
            let server = MockServer::start().await;
            let body = exchange["body"].to_string();
            Mock::given(any())
                .respond_with(text(200, &body))
                .mount(&server)
                .await;
            let entry = client(&server.uri())
                .history_entry(&PromptId::new(id))
                .await
                .unwrap();
            seen.extend(entry.map(|entry| match entry.verdict() {
                Verdict::Success => 's',
                Verdict::Interrupted(_) => 'i',
                Verdict::Failed(error) => {
                    assert!(error.node_id.is_some(), "{name}");
                    'f'
                }
            }));
        }
        let seen: String = seen.into_iter().collect();
        for letter in letters.chars() {
            assert!(seen.contains(letter), "{name}: {seen}");
        }
    }
}

#[test]
fn a_model_file_keeps_what_we_do_not_know() {
    let body = json!({"name": "x", "pathIndex": 1, "later": [1]});
    let file: ModelFile = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(
        without_defaults(serde_json::to_value(file).unwrap()),
        without_defaults(body)
    );
}
