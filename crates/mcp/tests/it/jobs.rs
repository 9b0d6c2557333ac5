//! Long jobs: progress, giving up waiting, cancelling, finding them again.

use crate::support::{Bench, plain, sampled};
use comfyctl_mcp::Options;
use comfyctl_simulator::Simulator;
use rmcp::model::{CallToolRequestParams, NumberOrString, ProgressToken, RequestMetaObject};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn progress_is_told_and_only_ever_rises() {
    let bench = Bench::new().await;
    let arguments = json!({"prompt": "a fox", "steps": 8});
    let mut request = CallToolRequestParams::new("generate_image")
        .with_arguments(arguments.as_object().cloned().unwrap());
    let mut meta = RequestMetaObject::new();
    meta.set_progress_token(ProgressToken(NumberOrString::Number(1)));
    request.meta = Some(meta);
    bench.client.call_tool(request).await.unwrap();
    let told = bench.agent.told.lock().unwrap().clone();
    assert!(!told.is_empty());
    assert!(
        told.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_wait_that_runs_out_says_how_to_go_on() {
    let slow = Simulator::builder().step_time(Duration::from_millis(20));
    let bench = Bench::at(slow.start().await.unwrap(), Options::default()).await;
    let arguments = json!({"workflow_json": sampled(10_000), "timeout": 0});
    let run = bench.good("execute_workflow", arguments).await;
    let id = run["job_id"].as_str().unwrap();
    assert!(run["next"].as_str().unwrap().contains(id), "{run}");
    let listed = bench.good("get_job_history", json!({"limit": 5})).await;
    assert_eq!(listed["jobs"][0]["job_id"], id);
    let job = bench.good("get_job_status", json!({"job_id": id})).await;
    assert_eq!(job["job"]["metadata"]["source"], "mcp");
    let cancelled = bench.good("cancel_job", json!({"prompt_id": id})).await;
    assert_eq!(cancelled["status"], "cancelled");
}

#[tokio::test]
async fn a_job_without_a_waiter_is_found_again() {
    let bench = Bench::new().await;
    let arguments = json!({"workflow_json": plain(), "wait_for_completion": false});
    let queued = bench.good("execute_workflow", arguments).await;
    let id = &queued["job_id"];
    let ended = bench.good("wait_for_job", json!({"job_id": id})).await;
    assert_eq!(
        (&ended["status"], &ended["image_count"]),
        (&json!("completed"), &json!(1))
    );
    let again = bench.bad("cancel_job", json!({"prompt_id": id})).await;
    assert_eq!(again["code"], "not_found");
    let counted = bench.good("get_job_statistics", json!({})).await;
    assert_eq!(counted["statistics"]["status_counts"]["completed"], 1);
    assert_eq!(counted["statistics"]["success_rate"], 100.0);
    bench.simulator.kill().await;
}
