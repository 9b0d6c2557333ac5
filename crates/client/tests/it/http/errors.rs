//! Answers that say no, or that no ComfyUI gives, read as precise errors with a next step.

use crate::support::scripted::Scripted;
use crate::support::{answering, client, text};
use comfyctl_client::{Delivery, Error, ErrorKind};
use rstest::rstest;
use wiremock::ResponseTemplate;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

async fn queue_error(answer: ResponseTemplate) -> Error {
    let (_server, client) = answering("GET", "/api/queue", answer).await;
    client.queue().await.unwrap_err()
}

#[tokio::test]
async fn what_does_not_speak_http_is_no_comfyui() {
    let server = Scripted::start(vec![b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()]).await;
    let error = client(&server.address).queue().await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("protocol", false));
    assert_eq!(error.delivery(), Delivery::Unknown);
}

#[rstest]
#[case(404, "", "status 404")]
#[case(
    500,
    "500 Internal Server Error\n\nServer got itself in trouble",
    "status 500: Server got itself in trouble"
)]
#[case(
    400,
    r#"{"error": "limit must be an integer"}"#,
    "status 400: limit must be an integer"
)]
#[case(
    400,
    r#"{"error": {"type": "t", "message": "m", "details": "d", "extra_info": {}}, "node_errors": {}}"#,
    "status 400: m (d)"
)]
#[case(
    503,
    r#"{"error": {"code": "SERVICE_DISABLED", "message": "m", "details": {}}}"#,
    "status 503: m"
)]
#[tokio::test]
async fn each_shape_of_error_body_is_understood(
    #[case] status: u16,
    #[case] body: &str,
    #[case] message: &str,
) {
    let error = queue_error(text(status, body)).await;
    assert!(
        error
            .to_string()
            .contains(&format!("{message} (GET /api/queue")),
        "{error}"
    );
    assert_eq!(
        (error.code(), error.status()),
        ("http_status", Some(status))
    );
}

#[rstest]
#[case(401, "credentials")]
#[case(403, "origin check")]
#[case(413, "--max-upload-size")]
#[case(502, "gateway")]
#[tokio::test]
async fn a_status_comes_with_the_next_step(#[case] status: u16, #[case] hint: &str) {
    assert!(
        queue_error(text(status, ""))
            .await
            .hint()
            .unwrap()
            .contains(hint)
    );
}

#[rstest]
#[case::page("<!doctype html><title>Login</title>", "an HTML page")]
#[case::empty("", "it is empty")]
#[case::other_json(r#"{"hello": 1}"#, "missing field")]
#[case::not_json("hello", "expected value")]
#[tokio::test]
async fn another_program_is_not_taken_for_comfyui(#[case] body: &str, #[case] detail: &str) {
    let error = queue_error(text(200, body)).await;
    assert_eq!(error.code(), "protocol");
    assert!(error.to_string().contains(detail), "{error}");
    assert!(error.hint().unwrap().contains("is this a ComfyUI server?"));
}

#[rstest]
#[case(301)]
#[case(307)]
#[tokio::test]
async fn a_redirect_is_told_and_never_followed(#[case] status: u16) {
    let elsewhere = MockServer::start().await;
    Mock::given(any())
        .respond_with(text(200, "{}"))
        .expect(0)
        .mount(&elsewhere)
        .await;
    let target = format!("{}/api/queue?token=s3cret", elsewhere.uri());
    let answer = ResponseTemplate::new(status).insert_header("location", target);
    let error = queue_error(answer).await;
    let ErrorKind::Redirected { location, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(*location, format!("{}/api/queue", elsewhere.uri()));
    assert!(error.hint().unwrap().contains(&elsewhere.uri()));
}

#[tokio::test]
async fn numbers_that_json_does_not_have_read_as_null() {
    let body =
        r#"{"queue_running": [[NaN, "a", {"1": {"x": Infinity}}, {}, []]], "queue_pending": []}"#;
    let (_server, client) = answering("GET", "/api/queue", text(200, body)).await;
    let queue = client.queue().await.unwrap();
    assert!(queue.running[0].number.is_nan());
    assert_eq!(queue.running[0].prompt.get(), r#"{"1": {"x": null}}"#);
}
