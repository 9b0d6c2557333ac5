//! Connections that are watched: who answers, and who has how much to do.

use crate::support::{quick, workflow};
use comfyctl_client::{Client, Connection, PromptRequest};
use comfyctl_manager::health::{Health, HealthMap, HealthOptions, HealthState, HealthWatch};
use comfyctl_manager::{Code, NamedConnection};
use comfyctl_simulator::Simulator;
use comfyctl_workflow::Document;
use std::time::Duration;
use tokio::sync::watch::Receiver;
use tokio::time::timeout;

/// Questions are frequent because the simulator answers at once.
fn options() -> HealthOptions {
    HealthOptions {
        interval: Duration::from_millis(5),
        shortest_delay: Duration::from_millis(5),
        longest_delay: Duration::from_millis(20),
        ..HealthOptions::default()
    }
}

fn connection(name: &str, simulator: &Simulator) -> NamedConnection {
    NamedConnection::new(name, Connection::parse(&simulator.url()).unwrap())
}

/// Waits until the health of a connection is as wanted.
async fn until(
    receiver: &mut Receiver<HealthMap>,
    name: &str,
    wanted: impl Fn(&Health) -> bool,
) -> Health {
    let found = receiver.wait_for(|known| known.get(name).is_some_and(&wanted));
    let known = timeout(Duration::from_mins(1), found)
        .await
        .unwrap()
        .unwrap();
    known[name].clone()
}

#[tokio::test]
async fn a_server_that_stops_and_comes_back_is_seen_both_times() {
    let simulator = Simulator::builder().start().await.unwrap();
    let watch = HealthWatch::start(vec![connection("gpu", &simulator)], options());
    let mut receiver = watch.receiver();
    let health = until(&mut receiver, "gpu", Health::is_healthy).await;
    assert_eq!((health.load, &health.last_error), (Some(0), &None));
    simulator.kill().await;
    let down = until(&mut receiver, "gpu", |health| !health.is_healthy()).await;
    let error = down.last_error.unwrap();
    assert_eq!(
        (down.state, down.load, error.code),
        (HealthState::Unhealthy, None, Code::Unreachable)
    );
    simulator.restart().await.unwrap();
    let back = until(&mut receiver, "gpu", Health::is_healthy).await;
    assert!(back.since >= down.since && back.last_error.is_some());
    watch.close().await;
    assert!(
        timeout(Duration::from_mins(1), async {
            while receiver.changed().await.is_ok() {}
        })
        .await
        .is_ok()
    );
}

#[tokio::test]
async fn the_load_is_what_runs_and_waits() {
    let fault = "slow-node=EmptyImage:3600s".parse().unwrap();
    let simulator = Simulator::builder().fault(fault).start().await.unwrap();
    let connection = connection("gpu", &simulator);
    let client = Client::new(&connection.connection).unwrap();
    let Document::Prompt(prompt) = workflow(quick()).document else {
        panic!("no prompt")
    };
    for _ in 0..3 {
        client.submit(&PromptRequest::new(&prompt)).await.unwrap();
    }
    let watch = HealthWatch::start(vec![connection], options());
    until(&mut watch.receiver(), "gpu", |health| {
        health.load == Some(3)
    })
    .await;
}

#[tokio::test]
async fn other_connections_can_be_watched_instead() {
    let [one, two] = [
        Simulator::builder().start().await,
        Simulator::builder().start().await,
    ];
    let (one, two) = (one.unwrap(), two.unwrap());
    let mut watch = HealthWatch::start(vec![connection("one", &one)], options());
    let mut receiver = watch.receiver();
    until(&mut receiver, "one", Health::is_healthy).await;
    watch.replace(vec![connection("two", &two)]).await;
    until(&mut receiver, "two", Health::is_healthy).await;
    assert_eq!(receiver.borrow().len(), 1);
}

#[tokio::test]
async fn credentials_that_cannot_be_read_are_the_reason() {
    let simulator = Simulator::builder().start().await.unwrap();
    let mut connection = connection("gpu", &simulator);
    let token = "env:COMFYCTL_TEST_NO_SUCH_VARIABLE".into();
    connection.connection.credentials = Some(comfyctl_client::Credentials::Bearer(token));
    let watch = HealthWatch::start(vec![connection], options());
    let down = until(&mut watch.receiver(), "gpu", |health| {
        health.last_error.is_some()
    })
    .await;
    assert_eq!(down.last_error.unwrap().code, Code::InvalidSettings);
}
