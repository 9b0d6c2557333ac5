//! Workflows that are changed, varied and repeated.

use crate::support::{Bench, plain};
use serde_json::{Value, json};

#[tokio::test]
async fn a_workflow_is_edited_by_operations_on_its_nodes() {
    let bench = Bench::new().await;
    let operations = json!([
        {"op": "add", "at": "7", "value": "ImageInvert"},
        {"op": "connect", "at": "7.image", "value": "1.IMAGE"},
        {"op": "connect", "at": "SaveImage.images", "value": "7.0"},
        {"op": "set", "at": "EmptyImage.width", "value": 96},
    ]);
    let arguments = json!({"workflow_json": plain(), "operations": operations});
    let edited = bench.good("edit_workflow", arguments).await;
    assert_eq!(edited["nodes"], json!(["7", "7", "2", "1"]));
    let workflow = &edited["workflow"];
    assert_eq!(workflow["7"]["inputs"]["image"], json!(["1", 0]));
    assert_eq!(workflow["2"]["inputs"]["images"], json!(["7", 0]));
    assert_eq!(workflow["1"]["inputs"]["width"], 96);
    let arguments = json!({"workflow_json": workflow, "save_as": "inverted",
        "operations": [{"op": "set", "at": "1.color", "value": 5}]});
    let saved = bench.good("edit_workflow", arguments).await;
    assert_eq!(
        (&saved["path"], &saved["workflow"]),
        (&json!("inverted"), &Value::Null)
    );
    let run = json!({"workflow_json": "inverted"});
    assert_eq!(
        bench.good("execute_workflow", run).await["status"],
        "completed"
    );
}

#[tokio::test]
async fn an_operation_that_cannot_be_is_named_and_nothing_is_changed() {
    let bench = Bench::new().await;
    let operations = json!([
        {"op": "set", "at": "1.width", "value": 96},
        {"op": "remove", "at": "1"},
    ]);
    let arguments = json!({"workflow_json": plain(), "operations": operations, "save_as": "never"});
    let refused = bench.bad("edit_workflow", arguments).await;
    let message = refused["error"].as_str().unwrap();
    assert!(message.starts_with("operation 2: "), "{refused}");
    let unsaved = bench
        .bad("analyze_workflow", json!({"workflow_json": "never"}))
        .await;
    assert_eq!(unsaved["code"], "not_found");
}

#[tokio::test]
async fn a_batch_runs_every_combination_and_can_be_asked_for_again() {
    let bench = Bench::new().await;
    let arguments = json!({"workflow_json": plain(),
        "sweeps": {"1.width": [32, 48], "1.color": "1..3"}});
    let batch = bench.good("run_batch", arguments).await;
    assert_eq!(batch["counts"]["completed"], 6, "{batch}");
    let jobs = batch["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 6);
    // Which job has which values, and what came of it.
    let values = json!({"1.width": "32", "1.color": "1"});
    let job = jobs.iter().find(|job| job["values"] == values);
    assert!(
        job.is_some_and(|job| job["files"][0].is_string()),
        "{batch}"
    );
    let again = bench
        .good("run_batch", json!({"batch": batch["batch"]}))
        .await;
    assert_eq!(again["counts"], batch["counts"]);
}

#[tokio::test]
async fn a_job_is_run_again_with_other_values() {
    let bench = Bench::new().await;
    let run = bench
        .good("execute_workflow", json!({"workflow_json": plain()}))
        .await;
    let arguments = json!({"job_id": run["job_id"], "inputs": {"1.width": 128}});
    let again = bench.good("rerun_job", arguments).await;
    assert_eq!(
        (&again["status"], &again["image_count"]),
        (&json!("completed"), &json!(1))
    );
    assert_ne!(again["job_id"], run["job_id"]);
}
