//! Submitting a prompt, and what is kept from servers that it would harm.

use crate::support::{answering, client, ok, prompt, requests};
use comfyctl_client::{ClientId, Delivery, ErrorKind, PromptId, PromptRequest};
use comfyctl_workflow::{NodeId, Prompt};
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn accepted() -> Value {
    json!({"prompt_id": "a", "number": 5.0, "node_errors": {}})
}

#[tokio::test]
async fn only_what_was_said_is_sent() {
    let (server, client) = answering("POST", "/api/prompt", ok(&accepted())).await;
    let prompt = prompt();
    client.submit(&PromptRequest::new(&prompt)).await.unwrap();
    let full = PromptRequest {
        prompt_id: Some(PromptId::new("a")),
        client_id: Some(ClientId::new("c")),
        front: true,
        extra_data: json!({"extra_pnginfo": {"workflow": {"id": "w"}}})
            .as_object()
            .unwrap()
            .clone(),
        partial_execution_targets: Some(vec![NodeId::new("2")]),
        ..PromptRequest::new(&prompt)
    };
    client.submit(&full).await.unwrap();
    let bodies = server.received_requests().await.unwrap();
    let body = |index: usize| bodies[index].body_json::<Value>().unwrap();
    assert_eq!(body(0), json!({"prompt": prompt}));
    assert_eq!(
        body(1),
        json!({"prompt": prompt, "prompt_id": "a", "client_id": "c", "front": true,
            "extra_data": {"extra_pnginfo": {"workflow": {"id": "w"}}},
            "partial_execution_targets": ["2"]})
    );
}

#[tokio::test]
async fn a_yes_with_node_errors_tells_them() {
    let answer = json!({"prompt_id": "a", "number": 0, "later": 1, "node_errors": {"7": {
        "errors": [{"type": "required_input_missing", "message": "Required input is missing",
            "details": "images", "extra_info": {"input_name": "images"}}],
        "dependent_outputs": ["7"], "class_type": "SaveImage"}}});
    let (_server, client) = answering("POST", "/api/prompt", ok(&answer)).await;
    let accepted = client.submit(&PromptRequest::new(&prompt())).await.unwrap();
    let (node, _, error) = accepted.node_errors.iter().next().unwrap();
    assert_eq!(
        (node.as_str(), error.error_type.as_str()),
        ("7", "required_input_missing")
    );
    assert_eq!(accepted.rest["later"], 1);
}

#[tokio::test]
async fn a_rejection_is_data() {
    let body = json!({
        "error": {"type": "missing_node_type", "message": "Node 'X' not found", "details": "",
            "extra_info": {"node_id": "1", "class_type": "X", "node_title": "X"}},
        "node_errors": {}
    });
    let answer = ResponseTemplate::new(400).set_body_json(&body);
    let (_server, client) = answering("POST", "/api/prompt", answer).await;
    let error = client
        .submit(&PromptRequest::new(&prompt()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.delivery()),
        ("validation_failed", Delivery::Answered)
    );
    assert!(error.hint().unwrap().contains("brings `X`"));
    let ErrorKind::Rejected(rejection) = error.into_kind() else {
        panic!()
    };
    assert_eq!(serde_json::to_value(rejection).unwrap(), body);
}

#[rstest]
#[case::link_to_nowhere(json!({"1": {"class_type": "A", "inputs": {"undeclared": ["9", 0]}}}))]
#[case::circle(json!({"1": {"class_type": "A", "inputs": {"x": ["1", 0]}}}))]
#[tokio::test]
async fn a_graph_that_would_harm_the_server_is_not_sent(#[case] graph: Value) {
    let server = MockServer::start().await;
    let graph = Prompt::from_value(graph).unwrap();
    let error = client(&server.uri())
        .submit(&PromptRequest::new(&graph))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.delivery()),
        ("unsafe_prompt", Delivery::NotSent)
    );
    assert!(requests(&server).await.is_empty());
}

#[rstest]
#[case::infinite(json!({}), Some(f64::INFINITY), "not finite")]
#[case::not_a_number(json!({}), Some(f64::NAN), "not finite")]
#[case::null(json!({"extra_pnginfo": null}), None, "`extra_pnginfo`")]
#[case::text(json!({"extra_pnginfo": "x"}), None, "`extra_pnginfo`")]
#[case::null_workflow(json!({"extra_pnginfo": {"workflow": null}}), None, "`extra_pnginfo.workflow`")]
#[tokio::test]
async fn a_request_that_would_corrupt_the_server_is_not_sent(
    #[case] extra_data: Value,
    #[case] number: Option<f64>,
    #[case] named: &str,
) {
    let server = MockServer::start().await;
    let prompt = prompt();
    let extra_data = extra_data.as_object().unwrap().clone();
    let request = PromptRequest {
        extra_data,
        number,
        ..PromptRequest::new(&prompt)
    };
    let error = client(&server.uri()).submit(&request).await.unwrap_err();
    assert_eq!(
        (error.code(), error.delivery()),
        ("refused_before_sending", Delivery::NotSent)
    );
    assert!(error.to_string().contains(named), "{error}");
    assert!(requests(&server).await.is_empty());
}

#[rstest]
#[case::twin("a", 5.0, false)]
#[case::other_number("a", 6.0, true)]
#[case::other_id("b", 5.0, true)]
#[tokio::test]
async fn the_same_id_and_number_are_not_queued_twice(
    #[case] id: &str,
    #[case] number: f64,
    #[case] sent: bool,
) {
    let (server, client) = answering("POST", "/api/prompt", ok(&accepted())).await;
    let queue = json!({"queue_running": [], "queue_pending": [[5, "a", {}, {}, []]]});
    Mock::given(method("GET"))
        .and(path("/api/queue"))
        .respond_with(ok(&queue))
        .mount(&server)
        .await;
    let prompt = prompt();
    let request = PromptRequest {
        prompt_id: Some(PromptId::new(id)),
        number: Some(number),
        ..PromptRequest::new(&prompt)
    };
    let outcome = client
        .submit(&request)
        .await
        .map(|_| ())
        .map_err(|error| error.code());
    assert_eq!(
        outcome,
        if sent {
            Ok(())
        } else {
            Err("refused_before_sending")
        }
    );
    assert_eq!(
        requests(&server)
            .await
            .contains(&"POST /api/prompt".to_owned()),
        sent
    );
}
