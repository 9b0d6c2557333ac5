//! What the client says of a prompt that could not be posted is true: looked up on the server.

use crate::support::{client, prompt};
use comfyctl_client::{Client, Delivery, Error, PromptId, PromptRequest};
use comfyctl_simulator::Simulator;
use rstest::rstest;

async fn submit(client: &Client, id: &PromptId) -> Result<(), Error> {
    let prompt = prompt();
    let request = PromptRequest {
        prompt_id: Some(id.clone()),
        ..PromptRequest::new(&prompt)
    };
    client.submit(&request).await.map(drop)
}

/// Queue first, then history: what moves from one to the other meanwhile is not missed.
async fn arrived(client: &Client, id: &PromptId) -> bool {
    let queue = client.queue().await.unwrap();
    queue.is_running(id)
        || queue.position(id).is_some()
        || client.history_entry(id).await.unwrap().is_some()
}

#[rstest]
#[case::lost("lost-post", "connection_lost", true)]
#[case::gateway("status-after=504:POST:/prompt", "http_status", true)]
#[case::server_error("status-after=500:POST:/prompt", "http_status", true)]
#[case::busy("status=503:POST:/prompt", "http_status", false)]
#[tokio::test]
async fn an_open_outcome_is_called_open(
    #[case] fault: &str,
    #[case] code: &str,
    #[case] expected: bool,
) {
    let simulator = Simulator::builder()
        .fault(fault.parse().unwrap())
        .start()
        .await
        .unwrap();
    let client = client(&simulator.url());
    let id = PromptId::generate();
    let error = submit(&client, &id).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (code, Delivery::Unknown));
    assert_eq!(arrived(&client, &id).await, expected);
}

#[tokio::test]
async fn a_certain_no_is_one() {
    let fault = "status=429:POST:/prompt".parse().unwrap();
    let simulator = Simulator::builder().fault(fault).start().await.unwrap();
    let client = client(&simulator.url());
    let id = PromptId::generate();
    let error = submit(&client, &id).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::Answered);
    assert!(!arrived(&client, &id).await);
}

#[tokio::test]
async fn a_server_that_is_away_got_nothing() {
    let simulator = Simulator::builder().start().await.unwrap();
    let url = simulator.url();
    simulator.kill().await;
    let id = PromptId::generate();
    let error = submit(&client(&url), &id).await.unwrap_err();
    assert_eq!(
        (error.code(), error.delivery()),
        ("unreachable", Delivery::NotSent)
    );
    simulator.restart().await.unwrap();
    let client = client(&url);
    assert!(!arrived(&client, &id).await);
    submit(&client, &id).await.unwrap();
    assert!(arrived(&client, &id).await);
}
