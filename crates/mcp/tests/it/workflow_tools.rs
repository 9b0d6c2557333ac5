//! Saved workflows as tools of their own.

use crate::support::Bench;
use comfyctl_manager::settings::SettingsDocument;
use comfyctl_mcp::Options;
use comfyctl_simulator::Simulator;
use serde_json::{Value, json};

/// An image whose size and file name can be chosen.
fn banner(prefix: &str) -> Value {
    json!({
        "1": {"class_type": "EmptyImage",
              "inputs": {"width": 64, "height": 32, "batch_size": 1, "color": 255}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}}
    })
}

async fn bench() -> Bench {
    let bench = Bench::at(
        Simulator::builder().start().await.unwrap(),
        Options::default(),
    )
    .await;
    let saved = json!({"name": "ads/banner", "workflow_json": banner("banner")});
    bench.good("save_workflow", saved).await;
    mark(&bench, "A banner");
    bench.told_of_new_tools().await;
    bench
}

fn mark(bench: &Bench, purpose: &str) {
    let path = "mcp.workflow_tools.ads/banner".parse().unwrap();
    let file = bench.folder.path().join("settings.json");
    SettingsDocument::edit(&file, |document| document.set(&path, purpose.into())).unwrap();
}

async fn listed(bench: &Bench) -> Option<rmcp::model::Tool> {
    let tools = bench.client.list_all_tools().await.unwrap();
    tools.into_iter().find(|tool| tool.name == "ads_banner")
}

#[tokio::test]
async fn a_marked_workflow_is_a_tool_with_a_typed_schema() {
    let bench = bench().await;
    insta::assert_json_snapshot!(listed(&bench).await.unwrap());
    let run = bench.good("ads_banner", json!({"width": "128"})).await;
    assert_eq!(
        (&run["status"], &run["image_count"]),
        (&json!("completed"), &json!(1))
    );
    let job = json!({"job_id": run["job_id"]});
    let job = bench.good("get_job_status", job).await;
    assert_eq!(job["job"]["workflow_name"], "ads/banner");
    let wrong = bench.bad("ads_banner", json!({"width": "wide"})).await;
    assert!(
        wrong["error"].as_str().unwrap().contains("width"),
        "{wrong}"
    );
    let unknown = bench.bad("ads_banner", json!({"widht": 128})).await;
    assert_eq!(unknown["hint"], "did you mean `width`?");
}

#[tokio::test]
async fn what_an_author_marked_is_all_that_a_tool_takes() {
    let bench = bench().await;
    let marked = json!({"name": "ads/banner", "replace": true,
        "workflow_json": banner("{{customer}}-{{season:summer}}")});
    bench.good("save_workflow", marked).await;
    bench.told_of_new_tools().await;
    let schema = listed(&bench).await.unwrap().input_schema;
    assert_eq!(schema["required"], json!(["customer"]));
    let run = bench.good("ads_banner", json!({"customer": "acme"})).await;
    let file = run["outputs"]["2"]["images"][0]["filename"].as_str();
    assert!(file.unwrap().starts_with("acme-summer"), "{run}");
    let missing = bench.bad("ads_banner", json!({})).await;
    assert!(missing["error"].as_str().unwrap().contains("customer"));
}

#[tokio::test]
async fn clients_hear_of_tools_that_come_and_go() {
    let bench = bench().await;
    mark(&bench, "Another purpose");
    bench.told_of_new_tools().await;
    let tool = listed(&bench).await.unwrap();
    assert_eq!(tool.description.as_deref(), Some("Another purpose"));
    let file = bench.folder.path().join("workflows/ads/banner.json");
    std::fs::remove_file(file).unwrap();
    bench.told_of_new_tools().await;
    assert!(listed(&bench).await.is_none());
}
