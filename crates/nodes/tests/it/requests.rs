//! What is sent, what is sent again, and what comes back.

use crate::support::{get, http, names_lead_to, post, send, settings};
use comfyctl_nodes::Error;
use comfyctl_nodes::network::{Http, Policy};
use comfyctl_nodes::request::Request;
use reqwest::Method;
use rstest::rstest;
use serde_json::json;
use std::time::Duration;
use wiremock::matchers::{any, body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Answers with the first status once, then with 200.
async fn fails_once(status: u16, retry_after: Option<&str>) -> MockServer {
    let server = MockServer::start().await;
    let mut failure = ResponseTemplate::new(status).set_body_string("try later");
    if let Some(value) = retry_after {
        failure = failure.insert_header("retry-after", value);
    }
    let once = Mock::given(any()).respond_with(failure).up_to_n_times(1);
    once.with_priority(1).mount(&server).await;
    let good = ResponseTemplate::new(200).set_body_string("[1]");
    Mock::given(any()).respond_with(good).mount(&server).await;
    server
}

async fn count(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn everything_arrives_as_it_was_typed() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(path("/v1"))
        .and(query_param("page", "2"))
        .and(header("x-tag", "a"))
        .and(header("accept", "application/json"))
        .and(header("content-type", "application/json"))
        .and(body_string(r#"{"n": 123456789012345678901234567890}"#))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let request = Request {
        method: Method::PUT,
        body: r#""n": 123456789012345678901234567890"#.to_owned(),
        headers: r#"{"X-Tag": "a"}"#.to_owned(),
        query: r#""page": 2"#.to_owned(),
        ..get(format!("{}/v1", server.uri()))
    };
    let reply = send(&http(&[&server.uri()]), &request).await.unwrap();
    assert_eq!(reply.text, "");
}

#[tokio::test]
async fn a_body_that_is_not_json_needs_a_content_type() {
    let server = MockServer::start().await;
    Mock::given(body_string("a=1&b=2"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let form = r#"{"content-type": "application/x-www-form-urlencoded"}"#;
    let typed = Request {
        headers: form.to_owned(),
        ..post(server.uri(), "a=1&b=2")
    };
    let http = http(&[&server.uri()]);
    send(&http, &typed).await.unwrap();
    let untyped = post(server.uri(), "a=1&b=2");
    assert_eq!(
        send(&http, &untyped).await.unwrap_err().code(),
        "invalid_input"
    );
}

#[rstest]
#[case::get(Method::GET, false, 2)]
#[case::put(Method::PUT, false, 2)]
#[case::delete(Method::DELETE, false, 2)]
#[case::post(Method::POST, false, 1)]
#[case::patch(Method::PATCH, false, 1)]
#[case::post_when_asked(Method::POST, true, 2)]
#[tokio::test]
async fn only_what_is_safe_is_sent_again(
    #[case] method: Method,
    #[case] retry_unsafe: bool,
    #[case] sent: usize,
    #[values(429, 503)] status: u16,
) {
    let server = fails_once(status, Some("0")).await;
    let request = Request {
        method,
        retries: 3,
        retry_unsafe,
        ..get(server.uri())
    };
    let outcome = send(&http(&[&server.uri()]), &request).await;
    assert_eq!(outcome.is_ok(), sent == 2);
    assert_eq!(count(&server).await, sent);
}

#[tokio::test]
async fn the_last_answer_is_told_when_the_attempts_are_used_up() {
    let server = MockServer::start().await;
    let failure = ResponseTemplate::new(503)
        .insert_header("retry-after", "0")
        .set_body_string("  out of juice ");
    Mock::given(any())
        .respond_with(failure)
        .expect(3)
        .mount(&server)
        .await;
    let request = Request {
        retries: 2,
        ..get(server.uri())
    };
    let error = send(&http(&[&server.uri()]), &request).await.unwrap_err();
    let wanted = format!(
        "`{}/` answered 503 Service Unavailable: out of juice",
        server.uri()
    );
    assert_eq!(error.report(), wanted);
}

#[rstest]
#[case::other_errors(404, None)]
#[case::longer_than_there_is_time(503, Some("3600"))]
#[case::a_date_far_away(503, Some("Fri, 31 Dec 2100 23:59:59 GMT"))]
#[tokio::test]
async fn what_is_not_worth_it_is_not_tried_again(
    #[case] status: u16,
    #[case] retry_after: Option<&str>,
) {
    let server = fails_once(status, retry_after).await;
    let request = Request {
        retries: 3,
        ..get(server.uri())
    };
    let error = send(&http(&[&server.uri()]), &request).await.unwrap_err();
    assert_eq!(error.code(), "http_error");
    assert_eq!(count(&server).await, 1);
}

#[tokio::test]
async fn a_date_that_has_passed_is_no_wait() {
    let server = fails_once(503, Some("Sun, 06 Nov 1994 08:49:37 GMT")).await;
    let request = Request {
        retries: 1,
        ..get(server.uri())
    };
    assert_eq!(
        send(&http(&[&server.uri()]), &request).await.unwrap().text,
        "[1]"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    // Bound and dropped, so that nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}/x");
    let error = send(&http(&[&format!("127.0.0.1:{port}")]), &get(&url))
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Unreachable { unsent: true, .. }),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .starts_with(&format!("`{url}` cannot be reached: ")),
        "{error}"
    );
}

#[tokio::test]
async fn the_time_bounds_all_attempts_together() {
    let server = MockServer::start().await;
    let silent = ResponseTemplate::new(200).set_delay(Duration::from_mins(10));
    Mock::given(any()).respond_with(silent).mount(&server).await;
    let short = Duration::from_millis(50);
    let request = Request {
        retries: 9,
        timeout: short,
        ..get(server.uri())
    };
    let error = send(&http(&[&server.uri()]), &request).await.unwrap_err();
    assert_eq!(error.code(), "timeout");
    assert!(
        error.to_string().ends_with("did not answer within 0.05 s"),
        "{error}"
    );
    assert_eq!(count(&server).await, 1);
}

#[tokio::test]
async fn a_long_answer_is_not_held_in_memory() {
    let server = MockServer::start().await;
    let long = ResponseTemplate::new(200).set_body_bytes(vec![b' '; (1 << 20) + 1]);
    Mock::given(any()).respond_with(long).mount(&server).await;
    let host = server.address().to_string();
    let network = json!({"network": {"allowed_hosts": [host], "max_response_mb": 1}});
    let policy = Policy::from_settings(&settings(&network));
    let http = Http::new(policy, &names_lead_to(&[])).unwrap();
    let error = send(&http, &get(server.uri())).await.unwrap_err();
    assert_eq!(error.code(), "answer_too_long");
    assert!(error.report().contains("network.max_response_mb"));
}

#[rstest]
#[case::utf8("application/json", "\"größe\"".as_bytes())]
#[case::named("text/plain; charset=iso-8859-1", b"\"gr\xf6\xdfe\"")]
#[case::byte_order_mark("application/json", b"\xef\xbb\xbf\"gr\xc3\xb6\xc3\x9fe\"")]
#[case::utf16("application/json", b"\xff\xfe\"\0g\0r\0\xf6\0\xdf\0e\0\"\0")]
#[tokio::test]
async fn answers_are_read_in_their_character_set(#[case] kind: &str, #[case] body: &[u8]) {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_raw(body.to_vec(), kind);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let reply = send(&http(&[&server.uri()]), &get(server.uri()))
        .await
        .unwrap();
    assert_eq!(reply.text, "\"größe\"");
}

#[tokio::test]
async fn a_redirect_on_the_same_server_keeps_what_belongs_to_the_request() {
    let server = MockServer::start().await;
    let moved = ResponseTemplate::new(308).insert_header("location", "/new");
    Mock::given(path("/old"))
        .respond_with(moved)
        .mount(&server)
        .await;
    Mock::given(path("/new"))
        .and(method("POST"))
        .and(body_string("[1]"))
        .and(header("x-tag", "a"))
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let request = Request {
        headers: r#"{"X-Tag": "a"}"#.to_owned(),
        ..post(format!("{}/old", server.uri()), "[1]")
    };
    send(&http(&[&server.uri()]), &request).await.unwrap();
}
