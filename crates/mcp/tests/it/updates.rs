//! Clients that watch resources and the list of tools.

#![expect(
    deprecated,
    reason = "clients up to 2025-11-25 subscribe in the way that ends with it"
)]

use crate::support::{Agent, Bench, plain, sampled, soon};
use comfyctl_manager::settings::SettingsDocument;
use comfyctl_mcp::Options;
use comfyctl_simulator::Simulator;
use rmcp::model::{
    ReadResourceRequestParams, ServerNotification, SubscribeRequestParams, SubscriptionFilter,
    UnsubscribeRequestParams,
};
use rmcp::service::Subscription;
use serde_json::{Value, json};
use std::time::Duration;

async fn read(bench: &Bench, uri: &str) -> Value {
    let read = bench
        .client
        .read_resource(ReadResourceRequestParams::new(uri));
    let contents = serde_json::to_value(read.await.unwrap()).unwrap();
    serde_json::from_str(contents["contents"][0]["text"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_resource_that_is_subscribed_to_is_told_of_when_it_changes() {
    let bench = Bench::new().await;
    let uri = "comfyui://jobs/recent";
    let subscribe = SubscribeRequestParams::new(uri);
    bench.client.subscribe(subscribe).await.unwrap();
    bench
        .good("execute_workflow", json!({"workflow_json": plain()}))
        .await;
    soon(bench.agent.updated.notified()).await;
    assert_eq!(read(&bench, uri).await["count"], 1);
    let unsubscribe = UnsubscribeRequestParams::new(uri);
    bench.client.unsubscribe(unsubscribe).await.unwrap();
}

#[tokio::test]
async fn what_is_no_resource_cannot_be_subscribed_to() {
    let bench = Bench::new().await;
    for uri in [
        "comfyui://jobs/nonsense",
        "comfyui://nothing",
        "file:///etc/hostname",
    ] {
        let subscribe = SubscribeRequestParams::new(uri);
        assert!(bench.client.subscribe(subscribe).await.is_err(), "{uri}");
    }
}

/// Of a client that opens streams, with a server that takes its time.
async fn modern() -> Bench {
    let agent = Agent {
        is_modern: true,
        ..Agent::default()
    };
    let slow = Simulator::builder().step_time(Duration::from_millis(20));
    Bench::of(agent, slow.start().await.unwrap(), Options::default()).await
}

async fn next_update(stream: &mut Subscription) -> String {
    match soon(stream.next()).await.unwrap().unwrap() {
        ServerNotification::ResourceUpdatedNotification(update) => update.params.uri,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_stream_tells_of_a_job_until_its_end_and_of_new_tools() {
    let bench = modern().await;
    let arguments = json!({"workflow_json": sampled(10_000), "wait_for_completion": false});
    let job = bench.good("execute_workflow", arguments).await;
    let uri = format!("comfyui://jobs/{}", job["job_id"].as_str().unwrap());
    let file = "comfyui://outputs/x/0";
    let filter = SubscriptionFilter::builder()
        .tools_list_changed()
        .resource_subscriptions([uri.as_str(), file]);
    let mut stream = bench.client.listen(filter.build()).await.unwrap();
    // Files never change, and are not promised.
    let accepted = stream.acknowledged().resource_subscriptions.as_deref();
    assert_eq!(accepted, Some(&[uri.clone()][..]));
    bench
        .good("cancel_job", json!({"prompt_id": job["job_id"]}))
        .await;
    loop {
        assert_eq!(next_update(&mut stream).await, uri);
        if read(&bench, &uri).await["status"] == "cancelled" {
            break;
        }
    }
    let tools = "mcp.tools".parse().unwrap();
    let settings = bench.folder.path().join("settings.json");
    SettingsDocument::edit(&settings, |document| document.set(&tools, "compact".into())).unwrap();
    // The end of a job may be told of in two steps.
    let is_of_tools = |told: &_| matches!(told, ServerNotification::ToolListChangedNotification(_));
    while !is_of_tools(&soon(stream.next()).await.unwrap().unwrap()) {}
}
