//! The queue while something runs.

use crate::support::{Socket, client, get, post, small_prompt};
use comfyctl_simulator::Simulator;
use serde_json::{Value, json};

/// Runs until it is interrupted.
fn endless_prompt() -> Value {
    json!({
        "1": {"class_type": "TestSleep", "inputs": {"value": "x", "seconds": 9999.0}},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    })
}

/// A server whose worker is busy.
async fn busy() -> (Simulator, Socket, String) {
    let simulator = Simulator::builder().start().await.unwrap();
    let mut socket = Socket::open(&simulator.url(), "/ws?clientId=me")
        .await
        .unwrap();
    let body = json!({"prompt": endless_prompt(), "client_id": "me", "number": -1000});
    let (_, answer) = post(&simulator, body).await;
    socket.until("progress").await;
    let id = answer["prompt_id"].as_str().unwrap().to_owned();
    (simulator, socket, id)
}

async fn send(simulator: &Simulator, path: &str, body: Value) -> u16 {
    let url = format!("{}{path}", simulator.url());
    client()
        .post(url)
        .json(&body)
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}

#[tokio::test]
async fn waiting_jobs_are_shown_as_the_heap_holds_them() {
    let (simulator, mut socket, running) = busy().await;
    for body in [
        json!({}),
        json!({}),
        json!({}),
        json!({"number": 0.5}),
        json!({"front": true}),
    ] {
        let mut body = body;
        body["prompt"] = small_prompt(1);
        post(&simulator, body).await;
    }
    let queue = get(&simulator, "/queue").await;
    let numbers: Vec<Value> = queue["queue_pending"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item[0].clone())
        .collect();
    assert_eq!(
        numbers,
        [json!(-3), json!(0), json!(2), json!(1), json!(0.5)]
    );
    assert_eq!(queue["queue_running"][0][1], json!(running));
    assert_eq!(
        send(&simulator, "/queue", json!({"clear": true})).await,
        200
    );
    assert_eq!(
        get(&simulator, "/prompt").await["exec_info"]["queue_remaining"],
        1
    );
    assert_eq!(
        send(&simulator, "/interrupt", json!({"prompt_id": running})).await,
        200
    );
    socket.until("execution_interrupted").await;
}

#[tokio::test]
async fn cancelling_takes_a_waiting_job_out_and_interrupts_the_running_one() {
    let (simulator, mut socket, running) = busy().await;
    let (_, waiting) = post(&simulator, json!({"prompt": small_prompt(1)})).await;
    let waiting = waiting["prompt_id"].as_str().unwrap();
    let cancel = async |id: &str| {
        let url = format!("{}/api/jobs/{id}/cancel", simulator.url());
        client()
            .post(url)
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
    };
    assert_eq!(cancel(waiting).await, json!({"cancelled": true}));
    assert_eq!(cancel(waiting).await, json!({"cancelled": false}));
    assert_eq!(cancel(&running).await, json!({"cancelled": true}));
    socket.until_end().await;
    let job = get(&simulator, &format!("/api/jobs/{running}")).await;
    assert_eq!(job["status"], "cancelled");
}
