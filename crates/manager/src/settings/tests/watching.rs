//! A process that runs for long hears of new settings.

use super::*;
use std::time::Duration;
use tokio::time::timeout;

const SOON: Duration = Duration::from_mins(1);

#[tokio::test]
async fn new_settings_arrive_and_broken_ones_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    std::fs::write(&file, r#"{"default_connection": "one"}"#).unwrap();
    let settings = Settings::load_with(&file, UpperLayers::default()).unwrap();
    // Between the read and the watch a change is not lost either.
    std::fs::write(&file, r#"{"default_connection": "two"}"#).unwrap();
    let watch = SettingsWatch::start(settings, Duration::from_millis(2));
    let mut receiver = watch.receiver();
    let name = |receiver: &tokio::sync::watch::Receiver<std::sync::Arc<Settings>>| {
        receiver.borrow().default_connection_name().to_owned()
    };
    timeout(SOON, receiver.changed()).await.unwrap().unwrap();
    assert_eq!(name(&receiver), "two");
    receiver.mark_unchanged();
    for broken in ["{", r#"{"mcp": 1}"#] {
        std::fs::write(&file, broken).unwrap();
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, r#"{"default_connection": "three"}"#).unwrap();
    timeout(SOON, receiver.changed()).await.unwrap().unwrap();
    assert_eq!(
        name(&receiver),
        "three",
        "nothing in between was let through"
    );
}

#[tokio::test]
async fn the_watch_ends_when_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    let settings = Settings::load_with(&file, UpperLayers::default()).unwrap();
    let watch = SettingsWatch::start(settings, Duration::from_millis(2));
    let mut receiver = watch.receiver();
    drop(watch);
    assert!(timeout(SOON, receiver.changed()).await.unwrap().is_err());
}
