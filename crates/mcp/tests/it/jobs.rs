//! Long jobs: progress, giving up waiting, cancelling, finding them again.

use crate::support::{Bench, plain, sampled};
use comfyctl_mcp::Options;
use comfyctl_simulator::Simulator;
use rmcp::model::{
    CallToolRequestParams, CallToolResult, NumberOrString, ProgressToken, RequestMetaObject,
};
use serde_json::json;
use std::time::Duration;

/// Makes an image in so many steps, and asks for progress; gives the result and what was told.
async fn generate(bench: &Bench, steps: u32) -> (CallToolResult, Vec<(f64, String)>) {
    let arguments = json!({"prompt": "a fox", "steps": steps, "width": 64, "height": 64});
    let mut request = CallToolRequestParams::new("generate_image")
        .with_arguments(arguments.as_object().cloned().unwrap());
    let mut meta = RequestMetaObject::new();
    meta.set_progress_token(ProgressToken(NumberOrString::Number(1)));
    request.meta = Some(meta);
    let result = bench.client.call_tool(request).await.unwrap();
    let told = bench.agent.told.lock().unwrap().clone();
    assert!(
        told.windows(2).all(|pair| pair[0].0 < pair[1].0),
        "{told:?}"
    );
    (result, told)
}

#[tokio::test]
async fn progress_is_told_and_only_ever_rises() {
    let bench = Bench::new().await;
    let (_, told) = generate(&bench, 8).await;
    assert!(!told.is_empty());
}

#[tokio::test]
async fn progress_and_image_survive_a_socket_that_freezes_twice() {
    let simulator = Simulator::builder()
        .step_time(Duration::from_millis(20))
        .fault("freeze-socket=12*2".parse().unwrap());
    let bench = Bench::at(simulator.start().await.unwrap(), Options::default()).await;
    let (result, told) = generate(&bench, 60).await;
    let end = result.structured_content.unwrap();
    assert_eq!(
        (&end["status"], &end["image_count"]),
        (&json!("completed"), &json!(1)),
        "{end}"
    );
    let told_of_steps = |line: &&(f64, String)| line.1.contains("of 60");
    assert!(told.iter().filter(told_of_steps).count() > 1, "{told:?}");
    assert!(
        result
            .content
            .iter()
            .any(|block| block.as_image().is_some())
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
    assert_eq!(again["code"], "conflict");
    let counted = bench.good("get_job_statistics", json!({})).await;
    assert_eq!(counted["statistics"]["status_counts"]["completed"], 1);
    assert_eq!(counted["statistics"]["success_rate"], 1.0);
    bench.simulator.kill().await;
}
