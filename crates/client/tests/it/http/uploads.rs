//! Files onto the server: streamed, under literal names, and not believed when the server lies.

use crate::support::scripted::silent;
use crate::support::{answering, client, impatient, ok, requests, text};
use comfyctl_client::{Error, FileReference, Folder, Upload, Uploaded};
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn uploaded() -> Value {
    json!({"name": "up (1).png", "subfolder": "s", "type": "input", "asset": {"id": 1}})
}

/// The body of the upload that a server got.
async fn sent(upload: &Upload) -> (String, Uploaded) {
    let (server, client) = answering("POST", "/api/upload/image", ok(&uploaded())).await;
    let uploaded = client.upload_image(upload).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let length = requests[0].headers["content-length"].to_str().unwrap();
    assert_eq!(length, requests[0].body.len().to_string());
    (
        String::from_utf8_lossy(&requests[0].body).into_owned(),
        uploaded,
    )
}

#[tokio::test]
async fn the_name_that_the_server_chose_is_given_back() {
    let (_, uploaded) = sent(&Upload::from_bytes("x", "up.png")).await;
    assert_eq!(uploaded.reference().filename, "up (1).png");
    assert_eq!(uploaded.input_value(), "s/up (1).png");
    assert_eq!(uploaded.rest["asset"]["id"], 1);
}

#[rstest]
#[case("rec src ü.png", r#"filename="rec src ü.png""#)]
#[case("100%25.png", r#"filename="100%25.png""#)]
#[case(r#"a"b\c.png"#, r#"filename="a\"b\\c.png""#)]
#[tokio::test]
async fn names_go_as_they_are(#[case] name: &str, #[case] expected: &str) {
    let (body, _) = sent(&Upload::from_bytes("x", name)).await;
    assert!(body.contains(expected), "{body}");
}

#[tokio::test]
async fn a_file_is_streamed_with_its_fields() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.png");
    let content = "0123456789".repeat(30_000);
    std::fs::write(&path, &content).unwrap();
    let upload = Upload {
        subfolder: "a/b".to_owned(),
        folder: Folder::Temp,
        overwrite: true,
        ..Upload::from_path(&path)
    };
    let (body, _) = sent(&upload).await;
    assert!(body.contains(&content));
    for field in [
        "name=\"type\"\r\n\r\ntemp\r\n",
        "name=\"subfolder\"\r\n\r\na/b\r\n",
        "name=\"overwrite\"\r\n\r\ntrue\r\n",
        "name=\"image\"; filename=\"photo.png\"",
    ] {
        assert!(body.contains(field), "{field}");
    }
    let (body, _) = sent(&Upload::from_bytes("x", "up.png")).await;
    assert!(!body.contains("overwrite"));
}

#[rstest]
#[case("")]
#[case("../x.png")]
#[case("a\r\nb.png")]
#[tokio::test]
async fn a_name_that_the_server_would_choke_on_is_refused(#[case] name: &str) {
    let server = MockServer::start().await;
    let upload = Upload::from_bytes("x", name);
    let error = client(&server.uri())
        .upload_image(&upload)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "refused_before_sending");
    assert!(requests(&server).await.is_empty());
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let client = client("localhost");
    for path in [folder.path().join("missing.png"), folder.path().to_owned()] {
        let error = client
            .upload_image(&Upload::from_path(&path))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot read `{}`", path.display())
        );
    }
}

#[tokio::test]
async fn an_upload_that_nobody_takes_is_a_timeout() {
    let (address, _port) = silent().await;
    let endless = vec![0; 64 << 20];
    let upload = Upload::from_bytes(endless, "a.bin");
    let error = impatient(&address, |wait, moment| wait.silence = moment)
        .upload_image(&upload)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "timeout");
    assert!(error.to_string().contains("silent"), "{error}");
}

fn original() -> FileReference {
    FileReference {
        filename: "o.png".into(),
        subfolder: String::new(),
        folder: Folder::Input,
    }
}

/// A server that says yes to every mask, and has these files.
async fn masking(files: &[&str]) -> (MockServer, Result<Uploaded, Error>) {
    let answer = json!({"name": "mask.png", "subfolder": "", "type": "input"});
    let (server, client) = answering("POST", "/api/upload/mask", ok(&answer)).await;
    for name in files {
        Mock::given(method("HEAD"))
            .and(path("/api/view"))
            .and(query_param("filename", *name))
            .respond_with(ResponseTemplate::new(200))
            .mount(&server)
            .await;
    }
    let masked = client
        .upload_mask(&Upload::from_bytes("x", "mask.png"), &original())
        .await;
    (server, masked)
}

#[tokio::test]
async fn a_mask_names_its_original() {
    let (server, masked) = masking(&["o.png", "mask.png"]).await;
    assert_eq!(masked.unwrap().name, "mask.png");
    let requests = server.received_requests().await.unwrap();
    let body = String::from_utf8_lossy(&requests[1].body).into_owned();
    assert!(
        body.contains(r#"{"filename":"o.png","subfolder":"","type":"input"}"#),
        "{body}"
    );
}

#[tokio::test]
async fn a_mask_without_its_original_is_not_sent() {
    let (server, masked) = masking(&["mask.png"]).await;
    assert_eq!(masked.unwrap_err().code(), "refused_before_sending");
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn a_mask_that_was_not_written_is_an_error_despite_the_yes() {
    let (_server, masked) = masking(&["o.png"]).await;
    assert_eq!(masked.unwrap_err().code(), "mask_not_written");
}

#[tokio::test]
async fn a_body_that_is_too_large_says_which_flag_helps() {
    let answer = text(413, "Maximum request body size 104857600 exceeded.");
    let (_server, client) = answering("POST", "/api/upload/image", answer).await;
    let error = client
        .upload_image(&Upload::from_bytes("x", "a"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("104857600"));
    assert!(error.hint().unwrap().contains("--max-upload-size"));
}
