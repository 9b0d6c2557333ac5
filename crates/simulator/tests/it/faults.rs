//! Each fault, as the one whom it befalls sees it.

use crate::support::{Socket, client, get, post, sampler_prompt, small_prompt};
use comfyctl_simulator::Simulator;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

async fn with(fault: &str) -> Simulator {
    let fault = fault.parse().unwrap();
    Simulator::builder().fault(fault).start().await.unwrap()
}

async fn listen(simulator: &Simulator) -> Socket {
    Socket::open(&simulator.url(), "/ws?clientId=me")
        .await
        .unwrap()
}

fn small() -> Value {
    json!({"prompt": small_prompt(1), "client_id": "me"})
}

#[tokio::test]
async fn a_slow_answer_comes_after_the_events() {
    let simulator = with("slow-post=300ms").await;
    let mut socket = listen(&simulator).await;
    let start = Instant::now();
    let (answer, messages) = tokio::join!(post(&simulator, small()), socket.until_end());
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!(answer.0, 200);
    assert!(messages.len() > 10);
}

#[tokio::test]
async fn a_lost_answer_leaves_the_job_running() {
    let simulator = with("lost-post*1").await;
    let mut socket = listen(&simulator).await;
    let url = format!("{}/prompt", simulator.url());
    assert!(client().post(url).json(&small()).send().await.is_err());
    socket.until_end().await;
    assert_eq!(
        get(&simulator, "/history").await.as_object().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn a_status_strikes_as_often_as_it_says_with_or_without_effect() {
    let simulator = with("status=503:POST:/prompt*1").await;
    simulator
        .faults()
        .add("status-after=500:POST:/prompt*1".parse().unwrap());
    let mut socket = listen(&simulator).await;
    assert_eq!(post(&simulator, small()).await.0, 503);
    assert_eq!(get(&simulator, "/history").await, json!({}));
    assert_eq!(post(&simulator, small()).await.0, 500);
    socket.until_end().await;
    assert_eq!(post(&simulator, small()).await.1["number"], 1);
}

#[tokio::test]
async fn a_dropped_socket_ends_without_a_closing_handshake() {
    let simulator = with("drop-socket=3*1").await;
    let mut socket = listen(&simulator).await;
    post(&simulator, small()).await;
    let mut frames = 0;
    while socket.next().await.is_some() {
        frames += 1;
    }
    assert_eq!(frames, 3);
}

#[tokio::test]
async fn frozen_and_half_open_sockets_stay_open_and_silent() {
    for fault in ["freeze-socket=1*1", "half-open-socket=1*1"] {
        let simulator = with(fault).await;
        let mut socket = listen(&simulator).await;
        socket.next_json().await;
        socket.send(Message::Ping("x".into())).await;
        post(&simulator, small()).await;
        let mut observer = Socket::open(&simulator.url(), "/ws?clientId=other")
            .await
            .unwrap();
        post(
            &simulator,
            json!({"prompt": small_prompt(2), "client_id": "other"}),
        )
        .await;
        observer.until_end().await;
        // By now a living socket would have had its events and its pong.
        let silence = Duration::from_millis(50);
        let next = futures_util::StreamExt::next(&mut socket.0);
        assert!(timeout(silence, next).await.is_err(), "{fault}");
    }
}

#[tokio::test]
async fn a_deafened_socket_answers_pings_and_hears_nothing() {
    let simulator = with("deafen-socket=1*1").await;
    let mut socket = listen(&simulator).await;
    socket.next_json().await;
    post(&simulator, small()).await;
    socket.send(Message::Ping("x".into())).await;
    let next = futures_util::StreamExt::next(&mut socket.0);
    let pong = timeout(crate::support::PATIENCE, next).await.unwrap();
    assert!(matches!(pong, Some(Ok(Message::Pong(_)))));
}

#[tokio::test]
async fn a_refused_socket_can_be_opened_at_the_second_try() {
    let simulator = with("refuse-socket*1").await;
    assert!(
        Socket::open(&simulator.url(), "/ws?clientId=me")
            .await
            .is_err()
    );
    listen(&simulator).await.next_json().await;
}

async fn error_of(fault: &str, prompt: Value) -> Value {
    let simulator = with(fault).await;
    let mut socket = listen(&simulator).await;
    post(&simulator, json!({"prompt": prompt, "client_id": "me"})).await;
    socket.until("execution_error").await["data"].clone()
}

#[tokio::test]
async fn nodes_fail_as_on_a_machine_without_memory_or_disk() {
    let error = error_of("oom=KSampler", sampler_prompt(1, 5)).await;
    assert_eq!(error["exception_type"], "torch.OutOfMemoryError");
    assert_eq!(error["node_type"], "KSampler");
    let error = error_of("full-disk", small_prompt(1)).await;
    assert_eq!(error["exception_type"], "OSError");
    assert_eq!(
        error["exception_message"],
        "[Errno 28] No space left on device\n"
    );
}

#[tokio::test]
async fn a_slow_sampler_is_slow_at_each_step() {
    let simulator = with("slow-node=KSampler:30ms").await;
    let mut socket = listen(&simulator).await;
    let start = Instant::now();
    let body = json!({"prompt": sampler_prompt(1, 3), "client_id": "me"});
    post(&simulator, body).await;
    socket.until_end().await;
    assert!(start.elapsed() >= Duration::from_millis(90));
}

#[tokio::test]
async fn a_server_is_killed_in_the_middle_of_a_node_or_after_some_time() {
    for fault in ["kill-at=KSampler*1", "kill=10ms*1"] {
        let simulator = with(fault).await;
        let _ = listen(&simulator).await;
        let body = json!({"prompt": sampler_prompt(1, 3)});
        let _ = client()
            .post(format!("{}/prompt", simulator.url()))
            .json(&body)
            .send()
            .await;
        simulator.killed().await;
        assert!(
            client().get(simulator.url()).send().await.is_err(),
            "{fault}"
        );
        simulator.restart().await.unwrap();
        assert_eq!(get(&simulator, "/history").await, json!({}));
    }
}

#[tokio::test]
async fn the_control_route_adds_lists_and_clears_faults() {
    let simulator = Simulator::builder().start().await.unwrap();
    let url = format!("{}/simulator/faults", simulator.url());
    let add = |body: &'static str| client().post(&url).body(body).send();
    assert_eq!(add("lost-post*2").await.unwrap().status(), 200);
    assert_eq!(
        add(r#"["oom=KSampler", "full-disk"]"#)
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(add("nonsense").await.unwrap().status(), 400);
    let faults = get(&simulator, "/simulator/faults").await;
    assert_eq!(faults, json!(["lost-post*2", "oom=KSampler", "full-disk"]));
    client().delete(&url).send().await.unwrap();
    assert!(simulator.faults().list().is_empty());
}

#[tokio::test]
async fn a_kill_by_http_may_bring_its_own_restart() {
    let simulator = Simulator::builder().start().await.unwrap();
    let mut socket = listen(&simulator).await;
    post(&simulator, small()).await;
    socket.until_end().await;
    let url = format!("{}/simulator/restart", simulator.url());
    assert_eq!(client().post(url).send().await.unwrap().status(), 202);
    while socket.next().await.is_some() {}
    let history = async {
        loop {
            let url = format!("{}/history", simulator.url());
            match client().get(url).send().await {
                Ok(answer) => return answer.json::<Value>().await.unwrap(),
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    assert_eq!(
        timeout(crate::support::PATIENCE, history).await.unwrap(),
        json!({})
    );
}
