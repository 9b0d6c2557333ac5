//! Credentials reach the server that they are for, and nothing else.

use crate::support::{auth, get, http, post, send, settings};
use comfyctl_nodes::request::{Auth, AuthKind, Request};
use comfyctl_nodes::secret::Vault;
use rstest::rstest;
use serde_json::json;
use wiremock::matchers::{any, body_string, header, header_exists, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn vault() -> Vault {
    Vault::from_settings(&settings(&json!({"secrets": {"api": "canary-7f3a"}})))
}

#[rstest]
#[case::bearer(
    AuthKind::Bearer,
    r#"{"token": "t"}"#,
    "authorization",
    "Bearer t",
    "Bearer t"
)]
#[case::other_key(
    AuthKind::Bearer,
    r#""access_token": "t""#,
    "authorization",
    "Bearer t",
    "Bearer t"
)]
#[case::token_alone(
    AuthKind::Bearer,
    " Bearer t ",
    "authorization",
    "Bearer t",
    "Bearer t"
)]
#[case::reference(
    AuthKind::Bearer,
    "secret://api",
    "authorization",
    "Bearer canary-7f3a",
    "Bearer secret://api"
)]
#[case::key(AuthKind::ApiKey, r#"{"key": "k"}"#, "x-api-key", "k", "k")]
#[case::key_reference(
    AuthKind::ApiKey,
    r#"{"api_key": "secret://api"}"#,
    "x-api-key",
    "canary-7f3a",
    "secret://api"
)]
#[case::basic(
    AuthKind::Basic,
    r#"{"username": "u", "password": "p"}"#,
    "authorization",
    "Basic dTpw",
    "Basic dTpw"
)]
#[case::basic_reference(
    AuthKind::Basic,
    r#"{"username": "u", "password": "secret://api"}"#,
    "authorization",
    "Basic dTpjYW5hcnktN2YzYQ==",
    ""
)]
#[tokio::test]
async fn each_kind_becomes_its_header(
    #[case] kind: AuthKind,
    #[case] credentials: &str,
    #[case] name: &'static str,
    #[case] value: &'static str,
    #[case] shown: &str,
) {
    let server = MockServer::start().await;
    let good = ResponseTemplate::new(200);
    Mock::given(header(name, value))
        .respond_with(good)
        .expect(1)
        .mount(&server)
        .await;
    let request = Request {
        auth: auth(kind, credentials),
        ..get(server.uri())
    };
    let reply = request
        .send(&http(&[&server.uri()]), &vault())
        .await
        .unwrap();
    assert_eq!(reply.auth_token, shown);
}

#[rstest]
#[case(AuthKind::Bearer, "")]
#[case(AuthKind::Bearer, r#"{"tokn": "s3cret"}"#)]
#[case(AuthKind::ApiKey, r#"{"key": s3cret}"#)]
#[case(AuthKind::Basic, r#"{"username": "s3cret"}"#)]
#[case(AuthKind::Basic, "s3cret")]
#[case(AuthKind::Bearer, "secret://unknown")]
#[case(AuthKind::OAuth2, "{}")]
#[tokio::test]
async fn without_its_credentials_nothing_is_sent(
    #[case] kind: AuthKind,
    #[case] credentials: &str,
) {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&server)
        .await;
    let request = Request {
        auth: auth(kind, credentials),
        ..get(server.uri())
    };
    let error = send(&http(&[&server.uri()]), &request).await.unwrap_err();
    assert!(
        matches!(error.code(), "invalid_input" | "invalid_credentials"),
        "{error}"
    );
    assert!(!format!("{error:?} {request:?}").contains("s3cret"));
}

fn oauth(server: &MockServer) -> Request {
    let auth = Auth {
        kind: AuthKind::OAuth2,
        token_url: format!("{}/token", server.uri()),
        credentials: r#"{"client_id": "id", "client_secret": "secret://api", "scope": "a b"}"#
            .to_owned(),
    };
    Request {
        auth,
        ..get(format!("{}/data", server.uri()))
    }
}

async fn gives_tokens(server: &MockServer, answer: serde_json::Value, times: u64) {
    Mock::given(path("/token"))
        .and(body_string(
            "client_id=id&client_secret=canary-7f3a&grant_type=client_credentials&scope=a+b",
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .expect(times)
        .mount(server)
        .await;
}

#[rstest]
#[case::kept(json!({"access_token": "tok", "expires_in": 3600}), 1)]
#[case::seconds_as_text(json!({"access_token": "tok", "expires_in": "3600"}), 1)]
#[case::about_to_expire(json!({"access_token": "tok", "expires_in": 20}), 2)]
#[case::unknown_lifetime(json!({"access_token": "tok"}), 2)]
#[tokio::test]
async fn a_token_is_asked_for_once_while_it_lasts(
    #[case] answer: serde_json::Value,
    #[case] asked: u64,
) {
    let server = MockServer::start().await;
    gives_tokens(&server, answer, asked).await;
    Mock::given(path("/data"))
        .and(header("authorization", "Bearer tok"))
        .respond_with(ResponseTemplate::new(200))
        .expect(2)
        .mount(&server)
        .await;
    let http = http(&[&server.uri()]);
    for _ in 0..2 {
        let reply = oauth(&server).send(&http, &vault()).await.unwrap();
        assert_eq!(reply.auth_token, "Bearer tok");
    }
}

#[tokio::test]
async fn a_token_that_was_revoked_is_renewed_once() {
    let server = MockServer::start().await;
    gives_tokens(
        &server,
        json!({"access_token": "tok", "expires_in": 3600}),
        2,
    )
    .await;
    let good = Mock::given(path("/data")).respond_with(ResponseTemplate::new(200));
    good.up_to_n_times(1).with_priority(1).mount(&server).await;
    let revoked = Mock::given(path("/data")).respond_with(ResponseTemplate::new(401));
    revoked.expect(2).mount(&server).await;
    let http = http(&[&server.uri()]);
    oauth(&server).send(&http, &vault()).await.unwrap();
    let error = oauth(&server).send(&http, &vault()).await.unwrap_err();
    assert_eq!(error.code(), "unauthorized");
}

#[rstest]
#[case::no_json("<html>", "is not JSON")]
#[case::no_token("{\"error\": \"x\"}", "has no `access_token`")]
#[tokio::test]
async fn a_server_without_a_token_is_an_error(#[case] body: &str, #[case] problem: &str) {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_string(body);
    Mock::given(path("/token"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let error = oauth(&server)
        .send(&http(&[&server.uri()]), &vault())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "invalid_credentials");
    assert!(error.to_string().contains(problem), "{error}");
}

#[tokio::test]
async fn another_server_gets_no_credentials_by_a_redirect() {
    let (first, second) = (MockServer::start().await, MockServer::start().await);
    let leave = ResponseTemplate::new(307).insert_header("location", second.uri());
    Mock::given(header("x-own", "canary-7f3a"))
        .respond_with(leave)
        .mount(&first)
        .await;
    for name in ["authorization", "x-own", "cookie"] {
        let bad = Mock::given(header_exists(name)).respond_with(ResponseTemplate::new(500));
        bad.expect(0).mount(&second).await;
    }
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&second)
        .await;
    let request = Request {
        auth: auth(AuthKind::Bearer, "secret://api"),
        headers: r#"{"X-Own": "secret://api", "Cookie": "a=b"}"#.to_owned(),
        ..get(first.uri())
    };
    let http = http(&[&first.uri(), &second.uri()]);
    request.send(&http, &vault()).await.unwrap();
}

/// Servers repeat what they got; what we write does not.
#[tokio::test]
async fn an_error_never_repeats_a_credential() {
    let server = MockServer::start().await;
    let echo = "canary-7f3a canary%2D7f3a dTpjYW5hcnktN2YzYQ== plain-c4nary other-c4nary";
    let failure = ResponseTemplate::new(403).set_body_string(echo);
    Mock::given(any())
        .respond_with(failure)
        .mount(&server)
        .await;
    let http = http(&[&server.uri()]);
    let url = server.uri().replace("http://", "http://me:other-c4nary@");
    let request = Request {
        auth: auth(
            AuthKind::Basic,
            r#"{"username": "u", "password": "secret://api"}"#,
        ),
        headers: r#"{"X-Token": "plain-c4nary"}"#.to_owned(),
        query: r#"{"key": "secret://api"}"#.to_owned(),
        ..post(format!("{url}/?token=other-c4nary"), "[]")
    };
    let error = request.send(&http, &vault()).await.unwrap_err();
    let written = format!("{error} {error:?} {}", error.report());
    for canary in [
        "canary-7f3a",
        "canary%2D7f3a",
        "dTpjYW5hcnktN2YzYQ==",
        "c4nary",
    ] {
        assert!(!written.contains(canary), "{written}");
    }
    assert!(
        written.contains("[secret] [secret] [secret] [secret] [secret]"),
        "{written}"
    );
}

/// What a reference stands for is not in the workflow, and an answer does not bring it there.
#[tokio::test]
async fn an_answer_never_repeats_what_a_reference_stands_for() {
    let server = MockServer::start().await;
    let echo = ResponseTemplate::new(200).set_body_string("canary-7f3a plain-c4nary");
    Mock::given(any()).respond_with(echo).mount(&server).await;
    let request = Request {
        auth: auth(AuthKind::Bearer, "secret://api"),
        headers: r#"{"X-Token": "plain-c4nary"}"#.to_owned(),
        ..get(server.uri())
    };
    let reply = request
        .send(&http(&[&server.uri()]), &vault())
        .await
        .unwrap();
    assert_eq!(reply.text, "[secret] plain-c4nary");
}
