//! Whether a prompt may be posted again is known for every way in which posting it can fail.

use crate::support::scripted::{Scripted, free_port, silent};
use crate::support::{answering, client, impatient, ok, prompt, text};
use comfyctl_client::{
    Client, Delivery, Error, ErrorKind, PromptRequest, TimeoutPhase, TlsReason, UnreachableReason,
};
use rstest::rstest;
use serde_json::json;

async fn failure(client: &Client) -> Error {
    client
        .submit(&PromptRequest::new(&prompt()))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn where_nothing_listens_nothing_was_sent() {
    let address = free_port().await;
    let error = failure(&client(&address)).await;
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Unreachable {
                reason: UnreachableReason::Refused,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(
        (error.code(), error.delivery()),
        ("unreachable", Delivery::NotSent)
    );
    assert!(error.is_transient());
    assert_eq!(error.server().unwrap(), format!("http://{address}"));
    assert!(
        error
            .to_string()
            .ends_with(&format!("(POST /api/prompt at http://{address})"))
    );
    assert!(error.hint().unwrap().contains("start ComfyUI"));
}

#[tokio::test]
async fn a_name_that_nobody_can_know_was_not_reached() {
    // Longer than a label may be, so that no name server is asked.
    let name = format!("http://{}.invalid", "a".repeat(70));
    let error = failure(&client(&name)).await;
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Unreachable {
                reason: UnreachableReason::Dns,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(error.delivery(), Delivery::NotSent);
}

#[tokio::test]
async fn a_handshake_that_never_ends_sent_nothing() {
    let (address, _port) = silent().await;
    let error = failure(&impatient(&format!("https://{address}"), |wait, moment| {
        wait.connect = moment;
    }))
    .await;
    let ErrorKind::Timeout { phase, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(
        (*phase, error.delivery()),
        (TimeoutPhase::Connect, Delivery::NotSent)
    );
}

#[tokio::test]
async fn plain_text_in_place_of_tls_is_named_and_sent_nothing() {
    let (plain, _) = answering("POST", "/api/prompt", ok(&json!({}))).await;
    let error = failure(&client(&plain.uri().replace("http:", "https:"))).await;
    let ErrorKind::Tls { reason, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(
        (*reason, error.delivery()),
        (TlsReason::NotTls, Delivery::NotSent)
    );
    assert!(error.hint().unwrap().contains("http://"));
}

#[tokio::test]
async fn an_answer_that_never_comes_leaves_it_open() {
    let (address, _port) = silent().await;
    let error = failure(&impatient(&address, |wait, moment| wait.request = moment)).await;
    let ErrorKind::Timeout { phase, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(
        (*phase, error.delivery()),
        (TimeoutPhase::Request, Delivery::Unknown)
    );
    assert!(error.is_transient());
}

#[rstest]
#[case::nothing("")]
#[case::half_a_head("HTTP/1.1 200 OK\r\nContent-")]
#[case::half_a_body("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"prompt_id\":")]
#[tokio::test]
async fn an_answer_that_breaks_off_leaves_it_open(#[case] answer: &str) {
    let server = Scripted::start(vec![answer.into()]).await;
    let error = failure(&client(&server.address)).await;
    assert_eq!(
        (error.code(), error.delivery()),
        ("connection_lost", Delivery::Unknown)
    );
    assert!(error.is_transient());
}

#[rstest]
#[case::bad_json(200, "{", "protocol", Delivery::Unknown)]
#[case::server_error(500, "Server got itself in trouble", "http_status", Delivery::Unknown)]
#[case::gateway(502, "<html>Bad Gateway</html>", "http_status", Delivery::Unknown)]
#[case::busy(503, "", "http_status", Delivery::Unknown)]
#[case::login(401, "", "http_status", Delivery::Answered)]
#[case::too_large(
    413,
    "Maximum request body size 1 exceeded.",
    "http_status",
    Delivery::Answered
)]
#[tokio::test]
async fn an_answer_decides(
    #[case] status: u16,
    #[case] body: &str,
    #[case] code: &str,
    #[case] delivery: Delivery,
) {
    let (_server, client) = answering("POST", "/api/prompt", text(status, body)).await;
    let error = failure(&client).await;
    assert_eq!(
        (error.code(), error.delivery()),
        (code, delivery),
        "{error}"
    );
}
