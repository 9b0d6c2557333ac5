//! Servers without the job routes: noticed once, and worked around.

use crate::support::{client, ok, requests, text};
use comfyctl_client::{Client, JobFilter, JobStatus, PromptId};
use serde_json::{Value, json};
use wiremock::matchers::{any, method, path, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// As ComfyUI 0.3.64 answers: unknown paths are 404 for GET and 405 for POST.
async fn old_server(queue: Value) -> (MockServer, Client) {
    let server = MockServer::start().await;
    let give = |route: &str, body: &Value| {
        Mock::given(method("GET"))
            .and(path(route))
            .respond_with(ok(body))
    };
    give("/api/queue", &queue).mount(&server).await;
    let history = json!({"done": {"prompt": [0, "done", {}, {}, []], "outputs": {},
        "status": {"status_str": "success", "completed": true, "messages": []}}});
    give("/api/history", &history).mount(&server).await;
    give("/api/history/done", &history).mount(&server).await;
    Mock::given(method("GET"))
        .and(path_regex("^/api/history/"))
        .respond_with(ok(&json!({})))
        .with_priority(9)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path_regex("^/api/(queue|interrupt)$"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(any())
        .respond_with(text(405, "405: Method Not Allowed"))
        .with_priority(9)
        .mount(&server)
        .await;
    let client = client(&server.uri());
    (server, client)
}

fn one_of_each() -> Value {
    json!({"queue_running": [[0, "running", {}, {}, []]], "queue_pending": [[1, "pending", {}, {}, []]]})
}

#[tokio::test]
async fn jobs_come_from_queue_and_history() {
    let (server, client) = old_server(one_of_each()).await;
    let page = client.jobs(&JobFilter::default()).await.unwrap();
    assert_eq!(page.pagination.total, 3);
    let mut states = Vec::new();
    for id in ["running", "pending", "done", "unknown"] {
        let job = client.job(&PromptId::new(id)).await.unwrap();
        states.push(job.map(|job| job.status));
    }
    assert_eq!(
        states,
        [
            Some(JobStatus::InProgress),
            Some(JobStatus::Pending),
            Some(JobStatus::Completed),
            None
        ]
    );
    let asked = requests(&server).await;
    assert_eq!(
        asked
            .iter()
            .filter(|line| line.contains("/api/jobs"))
            .count(),
        1,
        "{asked:?}"
    );
}

async fn cancelled(id: &str) -> (bool, Vec<String>) {
    let (server, client) = old_server(one_of_each()).await;
    let cancelled = client.cancel(&PromptId::new(id)).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let posts = requests.iter().filter(|request| !request.body.is_empty());
    let line = |request: &wiremock::Request| {
        format!(
            "{} {}",
            request.url.path(),
            String::from_utf8_lossy(&request.body)
        )
    };
    (cancelled, posts.map(line).collect())
}

#[tokio::test]
async fn what_waits_is_deleted() {
    let deletion = r#"/api/queue {"delete":["pending"]}"#.to_owned();
    // The queue of this server never changes, so the second look deletes again.
    assert_eq!(cancelled("pending").await, (true, vec![deletion; 2]));
}

#[tokio::test]
async fn what_runs_is_interrupted_by_name() {
    let interrupt = r#"/api/interrupt {"prompt_id":"running"}"#.to_owned();
    assert_eq!(cancelled("running").await, (true, vec![interrupt]));
}

#[tokio::test]
async fn nothing_else_is_interrupted() {
    assert_eq!(cancelled("done").await, (false, vec![]));
}

#[tokio::test]
async fn cancelling_many_works_without_the_route_too() {
    let (server, client) = old_server(one_of_each()).await;
    let ids = ["running", "done"].map(PromptId::new);
    assert!(client.cancel_many(&ids).await.unwrap());
    assert!(!client.cancel_many(&ids[1..]).await.unwrap());
    let asked = requests(&server).await;
    assert_eq!(
        asked
            .iter()
            .filter(|line| line.contains("/api/jobs"))
            .count(),
        1,
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_job_that_a_new_server_does_not_know_is_not_an_old_server() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(404).set_body_json(json!({"error": "Job not found"}));
    Mock::given(any())
        .respond_with(answer)
        .expect(2)
        .mount(&server)
        .await;
    let client = client(&server.uri());
    for _ in 0..2 {
        assert!(client.job(&PromptId::new("a")).await.unwrap().is_none());
    }
    assert_eq!(requests(&server).await, ["GET /api/jobs/a"; 2]);
}

#[tokio::test]
async fn an_odd_id_does_not_make_a_new_server_look_old() {
    let (server, client) = old_server(one_of_each()).await;
    for odd in ["", "..", "a/b", "ü"] {
        assert!(!client.cancel(&PromptId::new(odd)).await.unwrap());
    }
    let asked = requests(&server).await;
    assert!(
        !asked.iter().any(|line| line.contains("/api/jobs")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_list_that_bad_metadata_broke_is_read_from_the_records() {
    let (server, client) = old_server(one_of_each()).await;
    Mock::given(method("GET"))
        .and(path("/api/jobs"))
        .respond_with(text(500, "Server got itself in trouble"))
        .expect(2)
        .mount(&server)
        .await;
    for _ in 0..2 {
        assert_eq!(
            client.jobs(&JobFilter::default()).await.unwrap().jobs.len(),
            3
        );
    }
}
