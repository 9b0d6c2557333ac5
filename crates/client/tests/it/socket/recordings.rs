//! Every message that a real ComfyUI 0.28.1 was recorded to send is understood and keeps its data.

use bytes::Bytes;
use comfyctl_client::Event;
use comfyctl_client::socket::{Frame, ImageFormat};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the recordings; `None`, said on stderr, where it is missing.
#[expect(
    clippy::print_stderr,
    reason = "a test that checks nothing has to say so"
)]
fn recordings() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/wire");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no recordings in {}", folder.display());
    None
}

/// The messages of all sockets of all scenarios, each with where it is from.
fn messages(folder: &Path) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let scenario: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let Some(sockets) = scenario.get("ws").and_then(Value::as_object) else {
            continue;
        };
        for (name, socket) in sockets {
            for (index, message) in socket["messages"].as_array().unwrap().iter().enumerate() {
                let file = path.file_name().unwrap().to_string_lossy();
                all.push((format!("{file} {name} {index}"), message.clone()));
            }
        }
    }
    all
}

/// Fields that are not kept, because another field says the same: a node's progress lies under its
/// id in the progress of its prompt.
const SAID_ELSEWHERE: [&str; 2] = ["node_id", "prompt_id"];

/// Asserts that all of `original` is in `kept`.
fn assert_kept(place: &str, original: &Value, kept: &Value) {
    match (original, kept) {
        (Value::Object(original), Value::Object(kept)) => {
            for (key, value) in original {
                let place = format!("{place}.{key}");
                match kept.get(key) {
                    Some(kept) => assert_kept(&place, value, kept),
                    None => assert!(
                        value.is_null()
                            || place.contains(".nodes.") && SAID_ELSEWHERE.contains(&key.as_str()),
                        "{place} is lost"
                    ),
                }
            }
        }
        (Value::Array(original), Value::Array(kept)) => {
            assert_eq!(original.len(), kept.len(), "{place}");
            original
                .iter()
                .zip(kept)
                .for_each(|(one, other)| assert_kept(place, one, other));
        }
        (Value::Number(original), Value::Number(kept)) => {
            assert_eq!(original.as_f64(), kept.as_f64(), "{place}");
        }
        (Value::String(original), Value::String(kept)) => {
            assert_eq!(original.trim_end(), kept.trim_end(), "{place}");
        }
        _ => assert_eq!(original, kept, "{place}"),
    }
}

#[test]
fn every_recorded_message_is_of_a_known_type_and_keeps_its_data() {
    let Some(folder) = recordings() else { return };
    let mut count = 0;
    for (place, message) in messages(&folder) {
        let Some(original) = message.get("text") else {
            continue;
        };
        let event = Event::from_text(&original.to_string())
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        assert!(
            !matches!(event, Event::Unknown { .. }),
            "{place}: {event:?}"
        );
        assert_kept(&place, original, &serde_json::to_value(&event).unwrap());
        count += 1;
    }
    assert!(count > 1000, "only {count} messages");
}

#[test]
fn every_recorded_frame_decodes_to_what_was_sent() {
    let Some(folder) = recordings() else { return };
    let mut count = 0;
    for (place, message) in messages(&folder) {
        let Some(sent) = message.get("binary") else {
            continue;
        };
        let Some(file) = sent.get("file").and_then(Value::as_str) else {
            continue;
        };
        let frame = Frame::decode(Bytes::from(fs::read(folder.join(file)).unwrap())).unwrap();
        match (sent["event"].as_u64().unwrap(), frame) {
            (1, Frame::Preview(preview)) => {
                assert_eq!(preview.format, ImageFormat::Jpeg, "{place}");
                assert_eq!(preview.prompt_id, None, "{place}");
                assert_eq!(preview.image.len() as u64, sent["image_len"], "{place}");
            }
            (3, Frame::Text(text)) => {
                assert_eq!(text.node_id.as_str(), sent["node_id"], "{place}");
                assert_eq!(text.text, sent["text"].as_str().unwrap(), "{place}");
            }
            (4, Frame::Preview(preview)) => {
                let metadata = &sent["metadata"];
                assert_eq!(
                    preview.prompt_id.unwrap().as_str(),
                    metadata["prompt_id"],
                    "{place}"
                );
                assert_eq!(
                    preview.node_id.unwrap().as_str(),
                    metadata["node_id"],
                    "{place}"
                );
                assert_eq!(
                    preview.format.media_type(),
                    metadata["image_type"],
                    "{place}"
                );
                assert_eq!(preview.image.len() as u64, sent["image_len"], "{place}");
            }
            (kind, frame) => panic!("{place}: kind {kind} became {frame:?}"),
        }
        count += 1;
    }
    assert_eq!(count, 16);
}
