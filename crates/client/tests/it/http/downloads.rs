//! Files from the server: whole, in part, taken up again, and never half on the disk.

use crate::support::scripted::Scripted;
use crate::support::{answering, client, impatient, requests, text};
use comfyctl_client::{
    ByteRange, Channel, DownloadProgress, Existing, FileReference, Folder, ImagePreview,
    PreviewFormat, ViewOptions,
};
use std::path::Path;
use wiremock::ResponseTemplate;

fn file() -> FileReference {
    FileReference {
        filename: "a b&ü.png".into(),
        subfolder: "s/t".into(),
        folder: Folder::Temp,
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn a_file_is_saved_whole_with_progress() {
    let answer = ResponseTemplate::new(200).set_body_raw("bytes", "image/png");
    let (server, client) = answering("GET", "/api/view", answer).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    let download = client.view(&file(), &ViewOptions::default()).await.unwrap();
    assert_eq!(
        (download.length(), download.content_type()),
        (Some(5), Some("image/png"))
    );
    let mut last = None;
    let saved = download
        .save(&path, Existing::Refuse, |now| last = Some(now))
        .await
        .unwrap();
    assert_eq!(std::fs::read(saved).unwrap(), b"bytes");
    assert_eq!(
        last,
        Some(DownloadProgress {
            received: 5,
            total: Some(5)
        })
    );
    assert_eq!(names(folder.path()), ["a.png"]);
    assert_eq!(
        requests(&server).await,
        ["GET /api/view?filename=a+b%26%C3%BC.png&subfolder=s%2Ft&type=temp"]
    );
}

#[tokio::test]
async fn a_converted_image_is_asked_for_in_the_servers_terms() {
    let (server, client) = answering("GET", "/api/view", text(200, "x")).await;
    let options = ViewOptions {
        preview: Some(ImagePreview {
            format: PreviewFormat::Jpeg,
            quality: 70,
        }),
        channel: Some(Channel::Alpha),
        range: Some(ByteRange {
            start: 5,
            last: None,
        }),
    };
    client.view_bytes(&file(), &options).await.unwrap();
    assert!(requests(&server).await[0].ends_with("&preview=jpeg%3B70&channel=a"));
    let requests = server.received_requests().await.unwrap();
    assert!(!requests[0].headers.contains_key("range"));
}

#[tokio::test]
async fn a_folder_in_the_name_of_a_file_is_part_of_its_subfolder() {
    let (server, client) = answering("GET", "/api/view", text(200, "x")).await;
    for subfolder in ["", "a"] {
        let filename = "b/c/x.png".to_owned();
        let file = FileReference {
            filename,
            subfolder: subfolder.into(),
            folder: Folder::Output,
        };
        client
            .view_bytes(&file, &ViewOptions::default())
            .await
            .unwrap();
    }
    assert_eq!(
        requests(&server).await,
        [
            "GET /api/view?filename=x.png&subfolder=b%2Fc&type=output",
            "GET /api/view?filename=x.png&subfolder=a%2Fb%2Fc&type=output"
        ]
    );
}

#[tokio::test]
async fn a_file_that_is_gone_is_a_404() {
    let (_server, client) = answering("GET", "/elsewhere", text(200, "")).await;
    let error = client
        .view(&file(), &ViewOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(404));
}

fn half(etag: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nETag: \"{etag}\"\r\nContent-Length: 10\r\n\r\n01234").into()
}

fn rest(etag: &str) -> Vec<u8> {
    format!("HTTP/1.1 206 Partial Content\r\nETag: \"{etag}\"\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n56789").into()
}

#[tokio::test]
async fn a_transfer_that_breaks_off_goes_on_where_it_was() {
    let server = Scripted::start(vec![half("e"), rest("e")]).await;
    let bytes = client(&server.address)
        .view_bytes(&file(), &ViewOptions::default())
        .await
        .unwrap();
    assert_eq!(bytes, b"0123456789");
    let heads = server.heads().await;
    assert!(heads[1].contains("range: bytes=5-"), "{}", heads[1]);
}

#[tokio::test]
async fn two_files_are_never_put_together() {
    let server = Scripted::start(vec![half("e"), rest("changed")]).await;
    let client = client(&server.address);
    let folder = tempfile::tempdir().unwrap();
    let download = client.view(&file(), &ViewOptions::default()).await.unwrap();
    let saved = download
        .save(&folder.path().join("a"), Existing::Replace, |_| ())
        .await;
    assert_eq!(saved.unwrap_err().code(), "connection_lost");
    assert!(names(folder.path()).is_empty());
}

#[tokio::test]
async fn a_transfer_that_breaks_off_again_and_again_is_an_error() {
    let nothing = "HTTP/1.1 206 Partial Content\r\nETag: \"e\"\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n";
    let server = Scripted::start(vec![half("e"), nothing.into(), nothing.into()]).await;
    let client = client(&server.address);
    let error = client
        .view_bytes(&file(), &ViewOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "connection_lost");
    assert_eq!(server.heads().await.len(), 3);
}

#[tokio::test]
async fn a_part_is_a_part() {
    let options = ViewOptions {
        range: Some(ByteRange {
            start: 5,
            last: Some(9),
        }),
        ..ViewOptions::default()
    };
    let server = Scripted::start(vec![rest("e")]).await;
    let bytes = client(&server.address)
        .view_bytes(&file(), &options)
        .await
        .unwrap();
    assert_eq!(bytes, b"56789");
    assert!(server.heads().await[0].contains("range: bytes=5-9"));

    let (_server, client) = answering("GET", "/api/view", text(200, "all of it")).await;
    assert_eq!(
        client
            .view_bytes(&file(), &options)
            .await
            .unwrap_err()
            .code(),
        "protocol"
    );
}

#[tokio::test]
async fn a_transfer_that_falls_silent_is_a_timeout() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0";
    let server = Scripted::falling_silent(head.to_vec()).await;
    let client = impatient(&server.address, |wait, moment| wait.silence = moment);
    let error = client
        .view_bytes(&file(), &ViewOptions::default())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "timeout");
    assert!(error.to_string().contains("silent"), "{error}");
}
