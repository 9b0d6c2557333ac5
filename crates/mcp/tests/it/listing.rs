//! What is offered.

use crate::support::Bench;
use comfyctl_manager::settings::{McpTools, SettingsDocument};
use comfyctl_mcp::Options;
use serde_json::json;

#[tokio::test]
async fn all_tools_are_offered_with_schemas_and_annotations() {
    let bench = Bench::new().await;
    let tools = bench.client.list_all_tools().await.unwrap();
    assert!(
        tools
            .iter()
            .all(|tool| tool.annotations.is_some() && tool.output_schema.is_some())
    );
    insta::assert_json_snapshot!(tools);
}

#[tokio::test]
async fn the_compact_form_finds_describes_and_calls() {
    let options = Options {
        tools: Some(McpTools::Compact),
        ..Options::default()
    };
    let bench = Bench::with(options).await;
    let tools = bench.client.list_all_tools().await.unwrap();
    insta::assert_json_snapshot!(tools);
    let found = bench
        .good("search_tools", json!({"words": "queue clear"}))
        .await;
    assert!(found["tools"]["clear_queue"].is_string(), "{found}");
    let described = bench
        .good("describe_tool", json!({"name": "list_models"}))
        .await;
    assert_eq!(described["tool"]["name"], "list_models");
    let called = bench
        .good("call_tool", json!({"name": "list_models"}))
        .await;
    assert!(called["models"].as_array().unwrap().len() > 1);
    let unknown = bench.bad("call_tool", json!({"name": "list_model"})).await;
    assert_eq!(unknown["hint"], "did you mean `list_models`?");
}

#[tokio::test]
async fn read_only_offers_nothing_that_changes_anything() {
    let options = Options {
        tools: Some(McpTools::ReadOnly),
        deny_tools: vec!["list_nodes".to_owned()],
        ..Options::default()
    };
    let bench = Bench::with(options).await;
    let tools = bench.client.list_all_tools().await.unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| &*tool.name).collect();
    assert!(names.contains(&"list_models") && !names.contains(&"list_nodes"));
    assert!(!names.contains(&"execute_workflow") && !names.contains(&"clear_queue"));
}

#[tokio::test]
async fn settings_take_effect_while_it_runs() {
    let bench = Bench::new().await;
    let file = bench.folder.path().join("settings.json");
    SettingsDocument::edit(&file, |document| {
        document.set(&"mcp.deny_tools".parse().unwrap(), json!(["list_nodes"]))?;
        document.set(&"connections.gpu.port".parse().unwrap(), json!(8199))
    })
    .unwrap();
    bench.told_of_new_tools().await;
    let tools = bench.client.list_all_tools().await.unwrap();
    assert!(tools.iter().all(|tool| tool.name != "list_nodes"));
    let connections = bench.good("list_connections", json!({})).await;
    assert_eq!(connections["connections"]["gpu"]["port"], 8199);
}

#[tokio::test]
async fn the_resources_of_version_2_can_be_read() {
    let bench = Bench::new().await;
    for resource in bench.client.list_all_resources().await.unwrap() {
        let request = rmcp::model::ReadResourceRequestParams::new(resource.uri.clone());
        let read = bench.client.read_resource(request).await.unwrap();
        assert_eq!(read.contents.len(), 1, "{}", resource.uri);
    }
    let request = rmcp::model::ReadResourceRequestParams::new("comfyui://nothing");
    assert!(bench.client.read_resource(request).await.is_err());
}
