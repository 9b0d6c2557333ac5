//! Jobs as tasks of the protocol.

use crate::support::{Agent, Bench, plain, sampled};
use comfyctl_mcp::Options;
use comfyctl_simulator::Simulator;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, DetailedTask, GetTaskParams,
    TaskPayload, TaskStatus,
};
use serde_json::{Value, json};
use std::time::Duration;

/// A client that knows tasks, of a server whose steps take this long.
async fn bench(step: Duration) -> Bench {
    let agent = Agent {
        knows_tasks: true,
        ..Agent::default()
    };
    let simulator = Simulator::builder().step_time(step).start().await.unwrap();
    Bench::of(agent, simulator, Options::default()).await
}

async fn begin(bench: &Bench, workflow: Value) -> String {
    let arguments = json!({"workflow_json": workflow})
        .as_object()
        .cloned()
        .unwrap();
    let request = CallToolRequestParams::new("execute_workflow").with_arguments(arguments);
    match bench.client.call_tool_once(request).await.unwrap() {
        CallToolResponse::Task(created) => created.task.task_id,
        other => panic!("{other:?}"),
    }
}

async fn ended(bench: &Bench, id: &str) -> DetailedTask {
    loop {
        let task = bench
            .client
            .get_task(GetTaskParams::new(id))
            .await
            .unwrap()
            .task;
        if task.status() != TaskStatus::Working {
            return task;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_task_is_a_job_and_ends_with_its_result() {
    let bench = bench(Duration::ZERO).await;
    let id = begin(&bench, plain()).await;
    let task = ended(&bench, &id).await;
    let TaskPayload::Completed { result } = task.payload else {
        panic!("{task:?}");
    };
    assert_eq!(result["structuredContent"]["status"], "completed");
    assert_eq!(result["structuredContent"]["job_id"], id);
    let job = bench.good("get_job_status", json!({"job_id": id})).await;
    assert_eq!(job["job"]["status"], "completed");
}

#[tokio::test]
async fn a_task_that_is_cancelled_cancels_its_job() {
    let bench = bench(Duration::from_millis(20)).await;
    let id = begin(&bench, sampled(10_000)).await;
    bench
        .client
        .cancel_task(CancelTaskParams::new(&id))
        .await
        .unwrap();
    assert_eq!(ended(&bench, &id).await.status(), TaskStatus::Cancelled);
    // Once more changes nothing.
    bench
        .client
        .cancel_task(CancelTaskParams::new(&id))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_task_that_nobody_made_is_refused() {
    let bench = bench(Duration::ZERO).await;
    assert!(
        bench
            .client
            .get_task(GetTaskParams::new("none"))
            .await
            .is_err()
    );
    assert!(
        bench
            .client
            .cancel_task(CancelTaskParams::new("none"))
            .await
            .is_err()
    );
}
