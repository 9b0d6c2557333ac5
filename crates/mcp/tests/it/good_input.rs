//! Each tool with arguments that fit.

use crate::support::{Bench, plain};
use serde_json::json;

#[tokio::test]
async fn images_are_made_from_text_and_from_images() {
    let bench = Bench::new().await;
    let made = bench
        .call(
            "generate_image",
            json!({"prompt": "a fox", "steps": 2, "seed": 7}),
        )
        .await;
    let structured = made.structured_content.unwrap();
    assert_eq!(structured["status"], "completed", "{structured}");
    assert_eq!(
        (&structured["image_count"], &structured["seed"]),
        (&json!(1), &json!(7))
    );
    assert!(structured["outputs"]["9"]["images"][0]["filename"].is_string());
    assert!(
        made.content
            .iter()
            .any(|block| block.as_resource_link().is_some())
    );
    let preview = made
        .content
        .iter()
        .find_map(|block| block.as_image())
        .unwrap();
    assert_eq!(preview.mime_type, "image/webp");
    assert!(preview.data.len() < 150_000);
    let picture = bench.picture();
    let changed = bench
        .good(
            "img2img",
            json!({"input_image_path": picture, "prompt": "a cat", "steps": 1}),
        )
        .await;
    assert_eq!(changed["status"], "completed", "{changed}");
}

#[tokio::test]
async fn files_go_up_and_come_down() {
    let bench = Bench::new().await;
    let work = bench.folder.path().join("work");
    std::fs::write(work.join("notes.png"), "no image at all").unwrap();
    let refused = bench
        .bad("upload_image", json!({"image_path": "notes.png"}))
        .await;
    assert!(
        refused["error"].as_str().unwrap().contains("no image"),
        "{refused}"
    );
    std::fs::write(work.join(".env"), "KEY=secret").unwrap();
    let refused = bench
        .bad("upload_image", json!({"image_path": ".env"}))
        .await;
    assert_eq!(refused["code"], "invalid_arguments", "{refused}");
    let picture = bench.picture();
    let uploaded = bench
        .good("upload_image", json!({"image_path": picture}))
        .await;
    assert_eq!(
        (&uploaded["name"], &uploaded["type"]),
        (&json!("cat.png"), &json!("input"))
    );
    let arguments = json!({"filename": "cat.png", "image_type": "input"});
    let shown = bench.call("get_image", arguments).await;
    assert_eq!(shown.structured_content.unwrap()["data"], json!(null));
    assert!(shown.content.iter().any(|block| block.as_image().is_some()));
    let arguments = json!({"filename": "cat.png", "image_type": "input", "save_to": "copy.png"});
    let saved = bench.good("get_image", arguments).await;
    assert!(saved["path"].as_str().unwrap().ends_with("copy.png"));
    assert!(bench.folder.path().join("work/copy.png").is_file());
}

#[tokio::test]
async fn the_server_tells_of_itself() {
    let bench = Bench::new().await;
    let queue = bench.good("get_queue_status", json!({})).await;
    assert_eq!(
        queue["queue"],
        json!({"queue_running": [], "queue_pending": []})
    );
    let system = bench.good("get_system_info", json!({})).await;
    assert!(system["system"]["system"]["comfyui_version"].is_string());
    let folders = bench.good("list_models", json!({})).await;
    assert!(
        folders["models"]
            .as_array()
            .unwrap()
            .contains(&json!("checkpoints"))
    );
    bench
        .good(
            "list_models",
            json!({"model_type": "checkpoints", "limit": 1}),
        )
        .await;
    let nodes = bench
        .good("list_nodes", json!({"search": "sampler", "limit": 5}))
        .await;
    assert!(nodes["nodes"]["KSampler"].is_string(), "{nodes}");
    let one = bench
        .good("list_nodes", json!({"node_class": "KSampler"}))
        .await;
    assert!(one["nodes"]["KSampler"]["input"].is_object());
    let info = bench
        .good("get_node_info", json!({"node_class": "KSampler"}))
        .await;
    assert!(info["required"]["steps"]["max"].is_number(), "{info}");
    let connections = bench.good("list_connections", json!({})).await;
    assert_eq!(connections["connections"]["default"]["port"], 8188);
    let tested = bench.good("test_connection", json!({})).await;
    assert_eq!(tested["connected"], true);
    bench.good("list_workflows", json!({})).await;
    bench
        .good("get_workflow_templates", json!({"limit": 2}))
        .await;
}

#[tokio::test]
async fn what_destroys_is_done_once_the_user_agrees() {
    let bench = Bench::new().await;
    assert_eq!(bench.good("clear_queue", json!({})).await["deleted"], 0);
    assert_eq!(
        bench.good("interrupt_execution", json!({})).await["interrupted"],
        json!(null)
    );
    bench.good("free_memory", json!({})).await;
}

#[tokio::test]
async fn workflows_are_checked_described_and_saved() {
    let bench = Bench::new().await;
    let text = plain().to_string();
    let checked = bench
        .good("validate_workflow", json!({"workflow_json": text}))
        .await;
    assert_eq!(
        (&checked["valid"], &checked["errors"]),
        (&json!(true), &json!([]))
    );
    let described = bench
        .good("analyze_workflow", json!({"workflow_json": plain()}))
        .await;
    assert_eq!(
        (&described["node_count"], &described["name"]),
        (&json!(2), &json!("Untitled"))
    );
    let arguments = json!({"name": "plain", "workflow_json": plain()});
    assert_eq!(
        bench.good("save_workflow", arguments).await["path"],
        "plain"
    );
    let run = bench
        .good("execute_workflow", json!({"workflow_json": "plain"}))
        .await;
    assert_eq!(run["status"], "completed");
}
