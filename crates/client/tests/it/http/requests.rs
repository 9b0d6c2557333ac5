//! What goes over the wire, route by route, where it is easy to get wrong.

use crate::support::{answering, client, ok, requests, text};
use comfyctl_client::{
    ClientId, FileReference, Folder, HistoryRange, JobFilter, JobSort, JobStatus, Overwrite,
    PromptId,
};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn saying(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn bodies(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .map(|request| request.body_json().unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn no_request_says_where_it_comes_from() {
    let server = saying(ok(&json!({"queue_running": [], "queue_pending": []}))).await;
    client(&server.uri()).queue().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let names: Vec<_> = requests[0]
        .headers
        .keys()
        .map(ToString::to_string)
        .collect();
    assert!(
        !names
            .iter()
            .any(|name| name == "origin" || name.starts_with("sec-")),
        "{names:?}"
    );
}

#[tokio::test]
async fn a_prefix_of_the_address_is_kept() {
    let (server, _) = answering(
        "GET",
        "/comfy/api/queue",
        ok(&json!({"queue_running": [], "queue_pending": []})),
    )
    .await;
    client(&format!("{}/comfy", server.uri()))
        .queue()
        .await
        .unwrap();
}

#[tokio::test]
async fn history_is_asked_for_in_the_servers_terms() {
    let server = saying(ok(&json!({}))).await;
    let client = client(&server.uri());
    client.history(HistoryRange::All).await.unwrap();
    client.history(HistoryRange::Latest(3)).await.unwrap();
    client
        .history(HistoryRange::From {
            offset: 2,
            count: 5,
        })
        .await
        .unwrap();
    client.history(HistoryRange::Latest(0)).await.unwrap();
    assert_eq!(
        requests(&server).await,
        [
            "GET /api/history",
            "GET /api/history?max_items=3",
            "GET /api/history?max_items=5&offset=2"
        ]
    );
    assert!(
        client
            .history_entry(&PromptId::new("unknown"))
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn an_interrupt_always_has_a_body() {
    let server = saying(ResponseTemplate::new(200)).await;
    let client = client(&server.uri());
    client.interrupt(Some(&PromptId::new("a"))).await.unwrap();
    client.interrupt(None).await.unwrap();
    client.delete_pending(&[PromptId::new("a")]).await.unwrap();
    client.free(true, false).await.unwrap();
    client
        .subscribe_logs(&ClientId::new("c"), true)
        .await
        .unwrap();
    assert_eq!(
        bodies(&server).await,
        [
            json!({"prompt_id": "a"}),
            json!({}),
            json!({"delete": ["a"]}),
            json!({"unload_models": true, "free_memory": false}),
            json!({"clientId": "c", "enabled": true}),
        ]
    );
}

#[tokio::test]
async fn an_interrupt_for_nobody_does_not_hit_everybody() {
    let server = saying(ResponseTemplate::new(200)).await;
    let nobody = PromptId::new("");
    let error = client(&server.uri())
        .interrupt(Some(&nobody))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "refused_before_sending");
    assert!(requests(&server).await.is_empty());
}

#[tokio::test]
async fn slashes_in_the_path_of_a_user_file_are_encoded() {
    let server = saying(ok(&json!({"path": "x", "size": 2}))).await;
    let client = client(&server.uri());
    let path = "workflows/sub/three x.json";
    client
        .write_userdata(path, b"{}".to_vec(), Overwrite::No)
        .await
        .unwrap();
    client.read_userdata(path).await.unwrap();
    client
        .move_userdata(path, "workflows/ü.json", Overwrite::Yes)
        .await
        .unwrap();
    assert!(client.delete_userdata(path).await.unwrap());
    let encoded = "/api/userdata/workflows%2Fsub%2Fthree%20x.json";
    assert_eq!(
        requests(&server).await,
        [
            format!("POST {encoded}?overwrite=false&full_info=true"),
            format!("GET {encoded}"),
            format!("POST {encoded}/move/workflows%2F%C3%BC.json?overwrite=true&full_info=true"),
            format!("DELETE {encoded}"),
        ]
    );
    client.read_userdata("100%25").await.unwrap();
    let decoded_twice = "GET /api/userdata/100%252525";
    assert_eq!(requests(&server).await.last().unwrap(), decoded_twice);
    for nothing in ["", ".", ".."] {
        let error = client.delete_userdata(nothing).await.unwrap_err();
        assert_eq!(error.code(), "refused_before_sending");
    }
}

#[tokio::test]
async fn what_is_not_there_is_none_and_not_an_error() {
    let server = saying(text(404, "")).await;
    let client = client(&server.uri());
    assert!(client.models("unet").await.unwrap().is_none());
    assert!(client.model_files("unet").await.unwrap().is_none());
    assert!(client.model_metadata("vae", "x").await.unwrap().is_none());
    assert!(client.read_userdata("x").await.unwrap().is_none());
    assert!(client.list_userdata("x").await.unwrap().is_empty());
    assert!(!client.delete_userdata("x").await.unwrap());
    let file = FileReference {
        filename: "x".into(),
        subfolder: String::new(),
        folder: Folder::Temp,
    };
    assert!(!client.file_exists(&file).await.unwrap());
}

#[tokio::test]
async fn an_unknown_class_is_none() {
    let server = saying(ok(&json!({}))).await;
    assert!(
        client(&server.uri())
            .definition("Nope")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn jobs_are_filtered_by_the_server() {
    let page = json!({"jobs": [{"id": "a", "status": "resting", "priority": 1, "new": 2}],
        "pagination": {"offset": 0, "limit": null, "total": 1, "has_more": false}});
    let server = saying(ok(&page)).await;
    let filter = JobFilter {
        statuses: vec![JobStatus::Pending, JobStatus::InProgress],
        sort: JobSort::ExecutionDuration,
        limit: Some(2),
        offset: 1,
        ..JobFilter::default()
    };
    let jobs = client(&server.uri()).jobs(&filter).await.unwrap().jobs;
    assert_eq!(jobs[0].status, JobStatus::Other("resting".to_owned()));
    assert_eq!(jobs[0].rest["new"], 2);
    assert_eq!(
        requests(&server).await,
        [
            "GET /api/jobs?sort_by=execution_duration&sort_order=desc&status=pending%2Cin_progress&limit=2&offset=1"
        ]
    );
}
