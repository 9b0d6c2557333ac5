//! Images to a server and from one.

use crate::support::http;
use comfyctl_nodes::download::download;
use comfyctl_nodes::image::{Batch, Format, encode_all};
use comfyctl_nodes::secret::Vault;
use comfyctl_nodes::upload::Upload;
use std::sync::Arc;
use std::time::Duration;
use wiremock::matchers::{any, header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const TIME: Duration = Duration::from_secs(30);

fn png() -> Vec<u8> {
    let batch = Batch::new(&[1.0, 0.0, 0.0, 0.0], [1, 1, 1, 4]).unwrap();
    encode_all(&batch, Format::Png).unwrap().remove(0)
}

fn upload(url: String) -> Upload {
    Upload {
        url,
        object_id: "a/b".to_owned(),
        token: "Bearer t".to_owned(),
        format: Format::Png,
        field: "picture".to_owned(),
        extra: r#"{"tags": ["x"], "title": "T", "public": true}"#.to_owned(),
        timeout: TIME,
    }
}

#[tokio::test]
async fn an_image_arrives_in_a_form() {
    let server = MockServer::start().await;
    Mock::given(path("/objects/a%2Fb/image"))
        .and(header("authorization", "Bearer t"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let http = Arc::new(http(&[&server.uri()]));
    let upload = upload(format!("{}/objects/$id/image", server.uri()));
    let uploader = upload.begin(http, &Vault::default()).unwrap();
    assert_eq!(uploader.send(png().into()).await.unwrap(), "");

    let sent = &server.received_requests().await.unwrap()[0];
    let kind = sent.headers["content-type"].to_str().unwrap();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    let body = String::from_utf8_lossy(&sent.body);
    for part in [
        "name=\"picture\"; filename=\"image.png\"\r\nContent-Type: image/png\r\n",
        "name=\"tags\"\r\n\r\n[\"x\"]\r\n",
        "name=\"title\"\r\n\r\nT\r\n",
        "name=\"public\"\r\n\r\ntrue\r\n",
        "name=\"object_id\"\r\n\r\na/b\r\n",
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
}

#[tokio::test]
async fn a_refused_image_is_sent_once_and_says_why() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(503).set_body_string("busy");
    Mock::given(any())
        .respond_with(busy)
        .expect(1)
        .mount(&server)
        .await;
    let http = Arc::new(http(&[&server.uri()]));
    let upload = upload(server.uri());
    let uploader = upload.begin(http, &Vault::default()).unwrap();
    let error = uploader.send(png().into()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("answered 503 Service Unavailable: busy"),
        "{error}"
    );
}

#[tokio::test]
async fn an_image_is_fetched_without_alpha() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_raw(png(), "image/png");
    let given = Mock::given(header("authorization", "Bearer t"));
    given.respond_with(answer).mount(&server).await;
    let http = http(&[&server.uri()]);
    let picture = download(&http, &Vault::default(), &server.uri(), "t", TIME)
        .await
        .unwrap();
    assert_eq!((picture.channels, picture.pixels), (3, vec![1.0, 0.0, 0.0]));
}

#[tokio::test]
async fn an_answer_that_is_no_image_says_what_it_is() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let http = http(&[&server.uri()]);
    let error = download(&http, &Vault::default(), &server.uri(), "", TIME)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "invalid_image");
    assert!(
        error.to_string().contains("(text/html): it is no image"),
        "{error}"
    );
}
