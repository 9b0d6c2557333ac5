//! Sending a recorded request again, and the answer in a form that can be compared.

use super::normal::Names;
use crate::support::client;
use reqwest::Method;
use serde_json::{Value, json};

/// Headers that say something about the answer.
const COMPARED: [&str; 7] = [
    "content-type",
    "allow",
    "content-disposition",
    "accept-ranges",
    "content-range",
    "x-content-type-options",
    "retry-after",
];

/// A request as it is sent.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Vec<u8>>,
}

impl Request {
    /// A recorded request whose body is text or JSON.
    pub(super) fn recorded(entry: &Value) -> Self {
        let text = |key: &str| entry[key].as_str().map(str::to_owned);
        let headers = entry["req_headers"].as_object().into_iter().flatten();
        let body = match (&entry["req_json"], text("req_body")) {
            (Value::Null, None) => None,
            (Value::Null, Some(text)) => Some(text.into_bytes()),
            (json, _) => Some(from_marked(json).into_bytes()),
        };
        Self {
            method: text("method").unwrap(),
            path: text("path").unwrap(),
            headers: headers
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
            body,
        }
    }

    pub(super) fn translate(mut self, from: &Names, to: &Names) -> Self {
        self.path = from.translate(&self.path, to);
        self.body = self.body.map(|body| match String::from_utf8(body) {
            Ok(text) => from.translate(&text, to).into_bytes(),
            Err(binary) => binary.into_bytes(),
        });
        self
    }

    /// Sends it; `Null` when there is no answer.
    pub(super) async fn send(&self, url: &str) -> Value {
        self.send_for_tag(url).await.0
    }

    /// Sends it, and gives the answer's entity tag too.
    pub(super) async fn send_for_tag(&self, url: &str) -> (Value, Option<String>) {
        let method = Method::from_bytes(self.method.as_bytes()).unwrap();
        let mut request = client().request(method, format!("{url}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(name, value.as_bytes());
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let Ok(response) = request.send().await else {
            return (Value::Null, None);
        };
        let status = response.status().as_u16();
        let mut headers = serde_json::Map::new();
        for (name, value) in response.headers() {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            headers.insert(name.as_str().to_owned(), value.into());
        }
        let body = response.bytes().await.unwrap_or_default();
        let kind = headers
            .get("content-type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let body = shown_body(kind, &body);
        let tag = headers
            .get("etag")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let answer =
            json!({"status": status, "headers": compared(&Value::Object(headers)), "body": body});
        (answer, tag)
    }
}

/// JSON whose marked numbers are written as Python writes them.
pub(super) fn from_marked(value: &Value) -> String {
    let text = value.to_string();
    text.replace("\"__NaN__\"", "NaN")
        .replace("\"__Infinity__\"", "Infinity")
}

/// A recorded answer in the same form.
pub(super) fn recorded_answer(entry: &Value) -> Value {
    if entry["status"].is_null() {
        return Value::Null;
    }
    let body = match &entry["body"] {
        binary @ Value::Object(fields) if fields.contains_key("len") => {
            match binary["len"].as_u64() {
                Some(0) => json!("<empty>"),
                _ => json!(format!(
                    "<binary {}>",
                    magic(binary["head_hex"].as_str().unwrap())
                )),
            }
        }
        other => other.clone(),
    };
    json!({"status": entry["status"], "headers": compared(&entry["headers"]), "body": body})
}

fn compared(headers: &Value) -> Value {
    let headers = headers.as_object().into_iter().flatten();
    let kept = headers.filter_map(|(name, value)| {
        let name = name.to_lowercase();
        COMPARED
            .contains(&name.as_str())
            .then(|| (name, value.clone()))
    });
    Value::Object(kept.collect())
}

fn shown_body(kind: &str, body: &[u8]) -> Value {
    if body.is_empty() {
        return json!("<empty>");
    }
    let text = String::from_utf8_lossy(body).into_owned();
    if kind.starts_with("application/json") {
        let marked = mark(&text);
        return serde_json::from_str(&marked).unwrap_or(Value::String(text));
    }
    if kind.starts_with("text/") {
        return Value::String(text);
    }
    let start = body.first_chunk::<4>().copied().unwrap_or_default();
    let hex = format!("{:08x}", u32::from_be_bytes(start));
    json!(format!("<binary {}>", magic(&hex)))
}

/// Bare numbers that JSON does not have, marked as in the recordings.
fn mark(text: &str) -> String {
    let bare = |token: &str, text: &str| {
        let text = text.replace(&format!(": {token}"), &format!(": \"__{token}__\""));
        text.replace(&format!("[{token}"), &format!("[\"__{token}__\""))
    };
    bare("Infinity", &bare("NaN", text))
}

/// The first four bytes tell the format.
fn magic(hex: &str) -> &str {
    &hex[..hex.len().min(8)]
}
