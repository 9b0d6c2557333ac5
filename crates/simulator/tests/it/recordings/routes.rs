//! `60_http_routes`: every route, on a server that just started.

use super::http::{Request, recorded_answer};
use super::normal::Names;
use super::setting;
use crate::support::Socket;
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use serde_json::{Value, json};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Cursor;
use std::path::Path;

/// Paths (without `/api`) whose bodies cannot be the same, and why; status and headers are compared.
const OTHER_BODIES: [(&str, &str); 12] = [
    (
        "/system_stats",
        "tells of the machine, and that this is the simulator",
    ),
    (
        "/extensions",
        "lists files of the web front, of which there is none",
    ),
    ("/experiment/models", "tells folders, which are fewer here"),
    (
        "/experiment/models/checkpoints",
        "tells size and index of a real model",
    ),
    (
        "/object_info/KSampler",
        "has help texts, which are not copied",
    ),
    ("/object_info", "has all classes"),
    ("/global_subgraphs", "lists templates of the web front"),
    ("/internal/logs", "is another log"),
    ("/internal/logs/raw", "is another log"),
    (
        "/internal/folder_paths",
        "tells folders, which are fewer here",
    ),
    ("/internal/files/output", "lists files of earlier scenarios"),
    ("/", "is the web front"),
];

/// Single requests that are not compared, by path, and why.
const LEFT_OUT: [(&str, &str); 1] = [(
    "/api/jobs?sort_by=execution_duration&sort_order=asc",
    "durations of a few milliseconds decide the order",
)];

/// Fields of the recorded forms whose bytes come behind the part that was recorded.
const FIELDS: [(&str, &str, &str); 11] = [
    ("overwrite true", "overwrite", "true"),
    ("overwrite 1", "overwrite", "1"),
    ("overwrite True (cap)", "overwrite", "True"),
    ("overwrite false", "overwrite", "false"),
    ("subfolder", "subfolder", "a/b"),
    ("subfolder ..", "subfolder", "../x"),
    ("subfolder abs", "subfolder", "/etc"),
    ("type temp", "type", "temp"),
    ("type output", "type", "output"),
    ("type bogus", "type", "bogus"),
    (
        "mask ok",
        "original_ref",
        r#"{"filename":"up.png","type":"input","subfolder":""}"#,
    ),
];
const MASK_FIELDS: [(&str, &str, &str); 3] = [
    (
        "mask ref not found",
        "original_ref",
        r#"{"filename":"nope.png","type":"input"}"#,
    ),
    (
        "mask ref traversal",
        "original_ref",
        r#"{"filename":"../x.png","type":"input"}"#,
    ),
    (
        "mask size mismatch",
        "original_ref",
        r#"{"filename":"up.png","type":"input"}"#,
    ),
];

const BOUNDARY: &str = "----recboundary";

#[tokio::test]
async fn every_route_answers_as_recorded() {
    let Some(recording) = super::read("60_http_routes") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let simulator = setting::start(folder.path(), false).await;
    std::fs::remove_file(folder.path().join("input/up.png")).unwrap();
    let url = simulator.url();
    let mut socket = Socket::open(&url, "/ws?clientId=observer").await.unwrap();
    let mut names = (
        Names::new(Path::new("/srv/data/inst")),
        Names::new(simulator.directory()),
    );
    let mut differences = Vec::new();
    let mut etag = String::new();
    for entry in recording["http"].as_array().unwrap() {
        let path = entry["path"].as_str().unwrap();
        if path == "/history" && entry["case"] == "hist all" {
            while socket.until("status").await["data"]["status"]["exec_info"]["queue_remaining"]
                != 0
            {}
        }
        let mut request = Request::recorded(entry);
        if path.contains("/upload/") {
            fill_upload(&mut request, entry);
        }
        let port = url.rsplit(':').next().unwrap();
        for (name, value) in &mut request.headers {
            *value = if name == "If-None-Match" {
                etag.clone()
            } else {
                value.replace("8190", port)
            };
        }
        let (ours, tag) = request
            .translate(&names.0, &names.1)
            .send_for_tag(&url)
            .await;
        etag = tag.unwrap_or(etag);
        let (recorded, ours) = comparable(entry, ours);
        names.0.learn(&recorded);
        names.1.learn(&ours);
        if LEFT_OUT.iter().any(|(left_out, _)| *left_out == path) {
            continue;
        }
        let (recorded, ours) = (names.0.normal(&recorded), names.1.normal(&ours));
        if recorded != ours {
            let case = &entry["case"];
            differences.push(format!(
                "{case} {path}\n  recorded {recorded}\n  ours     {ours}"
            ));
        }
    }
    println!(
        "left out: {OTHER_BODIES:?} {LEFT_OUT:?}; the messages of the last prompts, whose classes are not executed"
    );
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

fn comparable(entry: &Value, mut ours: Value) -> (Value, Value) {
    let mut recorded = recorded_answer(entry);
    let path = entry["path"].as_str().unwrap();
    let bare = path
        .strip_prefix("/api")
        .filter(|rest| !rest.is_empty())
        .unwrap_or(path);
    if OTHER_BODIES.iter().any(|(other, _)| *other == bare) && recorded["status"] == 200 {
        recorded["body"] = json!("<other>");
        ours["body"] = json!("<other>");
    }
    for answer in [&mut recorded, &mut ours] {
        // The images were made anew and have other sizes.
        if let Some(range) = answer["headers"].get_mut("content-range") {
            let (part, _) = range.as_str().unwrap().split_once('/').unwrap();
            *range = json!(format!("{part}/<size>"));
        }
    }
    if bare == "/" {
        for answer in [&mut recorded, &mut ours] {
            answer["headers"] = json!("<of a page>");
        }
    }
    (recorded, ours)
}

/// Makes the body of an upload anew: the recording holds its first bytes only.
pub(super) fn fill_upload(request: &mut Request, entry: &Value) {
    let case = entry["case"].as_str().unwrap_or_default();
    let recorded = entry["req_body"].as_str().unwrap_or_default();
    if recorded.is_empty() {
        return;
    }
    let (name, content) = match recorded {
        "<multipart>" => {
            let name = entry["body"]["name"].as_str().unwrap();
            (
                Some(name.to_owned()),
                made_anew(name, &entry["t_ms"].to_string()),
            )
        }
        "101 MiB" => (Some("big.png".into()), vec![0; 101 << 20]),
        hex => {
            let bytes = from_hex(hex);
            if bytes.ends_with(format!("--{BOUNDARY}--\r\n").as_bytes()) {
                request.body = Some(bytes);
                return;
            }
            let head = bytes
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
                .unwrap();
            let header = String::from_utf8_lossy(&bytes[..head]).into_owned();
            let name = header
                .split("filename=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            (name.map(str::to_owned), picture(&bytes[head + 4..]))
        }
    };
    let mut form = Form::default();
    form.file(name.as_deref(), &content);
    let fields = FIELDS
        .iter()
        .chain(&MASK_FIELDS)
        .filter(|(label, ..)| *label == case);
    for (_, field, value) in fields {
        form.field(field, value);
    }
    if recorded == "<multipart>" {
        form.field("overwrite", "true");
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        request.headers.push(("Content-Type".into(), kind));
    }
    request.body = Some(form.end());
}

#[derive(Default)]
struct Form(Vec<u8>);

impl Form {
    fn file(&mut self, name: Option<&str>, content: &[u8]) {
        let name = name
            .map(|name| format!("; filename=\"{name}\""))
            .unwrap_or_default();
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"image\"{name}\r\nContent-Type: \
             image/png\r\n\r\n"
        );
        self.0.extend(head.as_bytes());
        self.0.extend(content);
        self.0.extend(b"\r\n");
    }

    fn field(&mut self, name: &str, value: &str) {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        self.0.extend(part.as_bytes());
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.0
    }
}

fn from_hex(hex: &str) -> Vec<u8> {
    let pairs = (0..hex.len() / 2).map(|index| &hex[index * 2..index * 2 + 2]);
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

/// An image of the recorded size and kind, the same for the same recorded bytes.
fn picture(recorded: &[u8]) -> Vec<u8> {
    let word = |at: usize| u32::from_be_bytes(recorded[at..at + 4].try_into().unwrap());
    let (width, height, has_alpha) = (word(16), word(20), recorded[25] == 6);
    // The length of the data tells the recorded images apart.
    paint(width, height, has_alpha, &word(33).to_string())
}

fn made_anew(name: &str, seed: &str) -> Vec<u8> {
    match name {
        "broken.png" => b"this is no image".to_vec(),
        _ => paint(96, 64, false, seed),
    }
}

fn paint(width: u32, height: u32, has_alpha: bool, seed: &str) -> Vec<u8> {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    let [red, green, blue, ..] = hasher.finish().to_be_bytes();
    let image = RgbaImage::from_pixel(width, height, Rgba([red, green, blue, 128]));
    let image = DynamicImage::ImageRgba8(image);
    let image = if has_alpha {
        image
    } else {
        DynamicImage::ImageRgb8(image.into_rgb8())
    };
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}
