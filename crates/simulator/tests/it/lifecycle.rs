//! Start, work, kill, restart.

use crate::support::{Socket, client, get, post, sampler_prompt, small_prompt};
use comfyctl_simulator::Simulator;
use serde_json::json;

#[tokio::test]
async fn a_prompt_runs_and_its_file_can_be_fetched() {
    let simulator = Simulator::builder().start().await.unwrap();
    let mut socket = Socket::open(&simulator.url(), "/ws?clientId=me")
        .await
        .unwrap();
    let body = json!({"prompt": small_prompt(0x00ff_0000), "client_id": "me"});
    let (status, answer) = post(&simulator, body).await;
    assert_eq!((status, &answer["number"]), (200, &json!(0)));
    let messages = socket.until_end().await;
    let kinds: Vec<_> = messages
        .iter()
        .map(|message| message["type"].as_str().unwrap())
        .collect();
    insta::assert_debug_snapshot!(kinds);
    let url = format!("{}/view?filename=test_00001_.png", simulator.url());
    let file = client()
        .get(url)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let image = image::load_from_memory(&file).unwrap().into_rgb8();
    assert_eq!(image.dimensions(), (64, 64));
    assert_eq!(image.get_pixel(0, 0).0, [255, 0, 0]);
}

#[tokio::test]
async fn the_same_prompt_and_seed_give_the_same_bytes() {
    let mut files = Vec::new();
    for seed in [7, 7, 8] {
        let simulator = Simulator::builder().start().await.unwrap();
        let mut socket = Socket::open(&simulator.url(), "/ws?clientId=me")
            .await
            .unwrap();
        let body = json!({"prompt": sampler_prompt(seed, 20), "client_id": "me"});
        assert_eq!(post(&simulator, body).await.0, 200);
        socket.until_end().await;
        files.push(
            std::fs::read(simulator.directory().join("output/lighthouse_00001_.png")).unwrap(),
        );
    }
    assert_eq!(files[0], files[1]);
    assert_ne!(files[0], files[2]);
}

#[tokio::test]
async fn a_kill_forgets_everything_but_the_files() {
    let simulator = Simulator::builder().start().await.unwrap();
    let mut socket = Socket::open(&simulator.url(), "/ws?clientId=me")
        .await
        .unwrap();
    let body = json!({"prompt": small_prompt(1), "client_id": "me"});
    let id = post(&simulator, body).await.1["prompt_id"]
        .as_str()
        .unwrap()
        .to_owned();
    socket.until_end().await;
    simulator.kill().await;
    assert!(socket.next().await.is_none());
    assert!(client().get(simulator.url()).send().await.is_err());
    let url = simulator.url();
    simulator.restart().await.unwrap();
    assert_eq!(simulator.url(), url);
    assert_eq!(get(&simulator, &format!("/history/{id}")).await, json!({}));
    assert!(
        simulator
            .directory()
            .join("output/test_00001_.png")
            .exists()
    );
    let (_, answer) = post(&simulator, json!({"prompt": small_prompt(1)})).await;
    assert_eq!(answer["number"], 0);
}

#[tokio::test]
async fn a_temporary_folder_goes_with_the_simulator() {
    let simulator = Simulator::builder().start().await.unwrap();
    let directory = simulator.directory().to_owned();
    assert!(directory.exists());
    simulator.shutdown().await;
    assert!(!directory.exists());
}

#[tokio::test]
async fn what_was_executed_is_known_over_all_lives_of_the_server() {
    let simulator = Simulator::builder().start().await.unwrap();
    for _ in 0..2 {
        let mut socket = Socket::open(&simulator.url(), "/ws?clientId=me")
            .await
            .unwrap();
        let body = json!({"prompt": small_prompt(1), "client_id": "me"});
        assert_eq!(post(&simulator, body).await.0, 200);
        socket.until_end().await;
        simulator.restart().await.unwrap();
    }
    let executions = simulator.executions();
    let lives: Vec<usize> = executions.iter().map(|execution| execution.life).collect();
    assert_eq!(lives, [0, 1]);
    for execution in executions {
        let (ended, success) = execution.ended.unwrap();
        assert!(success);
        assert!(execution.accepted <= execution.started.unwrap());
        assert!(execution.forgotten.unwrap() >= ended);
    }
}
