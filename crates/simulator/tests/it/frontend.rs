//! The editor's files, given to browsers as ComfyUI gives them.

use crate::support::{client, get};
use comfyctl_simulator::Simulator;
use serde_json::json;
use tempfile::TempDir;

/// A server with a small editor, and the folder in which a file lies beside it.
async fn with_editor() -> (Simulator, TempDir) {
    let around = tempfile::tempdir().unwrap();
    let folder = around.path().join("static");
    std::fs::create_dir_all(folder.join("extensions/core")).unwrap();
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for (path, text) in [
        ("static/index.html", "<title>ComfyUI</title>"),
        ("static/assets/main.js", "start()"),
        ("static/assets/a picture.png", "png"),
        ("static/extensions/core/a.js", ""),
        ("static/extensions/core/a.js.map", ""),
        ("secret.txt", "secret"),
    ] {
        std::fs::write(around.path().join(path), text).unwrap();
    }
    let simulator = Simulator::builder().frontend(folder).start().await.unwrap();
    (simulator, around)
}

#[tokio::test]
async fn the_editor_is_served_and_nothing_beside_it() {
    let (simulator, _around) = with_editor().await;
    let mut answers = Vec::new();
    for path in [
        "/",
        "/index.html",
        "/assets/main.js",
        "/assets/a%20picture.png",
        "/extensions/core/a.js.map",
        "/assets",
        "/assets/",
        "/user.css",
        "/%2e%2e%2fsecret.txt",
    ] {
        let url = format!("{}{path}", simulator.url());
        let response = client().get(url).send().await.unwrap();
        let status = response.status().as_u16();
        let text = |name: &str| {
            let value = response.headers().get(name);
            value.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
        };
        let (kind, keep) = (text("content-type"), text("cache-control"));
        let body = response.text().await.unwrap();
        answers.push(format!("{path}: {status}, {kind}, keep: {keep}, {body}"));
    }
    insta::assert_json_snapshot!(answers);
}

#[tokio::test]
async fn the_routes_stay_and_scripts_are_listed() {
    let (simulator, _around) = with_editor().await;
    let listed = get(&simulator, "/api/extensions").await;
    assert_eq!(listed, json!(["/extensions/core/a.js"]));
    assert!(get(&simulator, "/object_info").await["KSampler"].is_object());
    let url = format!("{}/nowhere", simulator.url());
    assert_eq!(client().post(url).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn a_folder_without_a_page_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    let started = Simulator::builder().frontend(empty.path()).start().await;
    let message = started.unwrap_err().to_string();
    assert!(
        message.starts_with("there is no `index.html` in"),
        "{message}"
    );
}
