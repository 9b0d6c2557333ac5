//! What is taken out of both sides before they are compared: ids, times, names with counters,
//! paths, tracebacks, and the order of what Python keeps in sets.

use serde_json::{Map, Value, json};
use std::path::Path;

/// Ids and file names of one side, in the order of their first appearance.
#[derive(Debug, Default, Clone)]
pub(super) struct Names {
    seen: Vec<String>,
    /// The server's folder on this side.
    folder: String,
}

/// Keys whose values are times.
const TIMES: [&str; 8] = [
    "timestamp",
    "create_time",
    "execution_start_time",
    "execution_end_time",
    "modified",
    "created",
    "t",
    "size_ms",
];

/// Keys whose values are lists made of Python sets.
const SETS: [&str; 4] = ["executed", "current_outputs", "dependent_outputs", "errors"];

impl Names {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            seen: Vec::new(),
            folder: folder.display().to_string(),
        }
    }

    /// Notes all names in a value.
    pub(super) fn learn(&mut self, value: &Value) {
        match value {
            Value::String(text) => {
                for name in names_in(text) {
                    if !self.seen.iter().any(|seen| seen == name) {
                        self.seen.push(name.to_owned());
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn(item)),
            Value::Object(entries) => entries.values().for_each(|value| self.learn(value)),
            _ => {}
        }
    }

    /// The text with the names of this side exchanged for those of another.
    pub(super) fn translate(&self, text: &str, other: &Self) -> String {
        let mut translated = text.to_owned();
        for (mine, theirs) in self.seen.iter().zip(&other.seen) {
            translated = translated.replace(mine.as_str(), theirs);
        }
        translated
    }

    /// The value as it is compared.
    pub(super) fn normal(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.plain(text)),
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.normal(item)).collect())
            }
            Value::Object(entries) => Value::Object(self.normal_entries(entries)),
            Value::Number(number) if number.is_f64() && number.as_f64() == Some(0.0) => json!(0.0),
            other => other.clone(),
        }
    }

    fn normal_entries(&self, entries: &Map<String, Value>) -> Map<String, Value> {
        let is_error = entries.contains_key("exception_type") && entries.contains_key("node_type");
        let foreign = is_error && !OWN.contains(&entries["node_type"].as_str().unwrap_or_default());
        // Help texts are not copied from ComfyUI.
        let entries = entries.iter().filter(|(key, _)| *key != "tooltip");
        let normal = entries.map(|(key, value)| {
            let normal = match key.as_str() {
                "traceback" if value != &json!([]) => json!("<traceback>"),
                key if TIMES.contains(&key) && (value.is_number() || key == "t") => json!("<time>"),
                // Python's error of a class that we do not have is another one here.
                "exception_message" | "exception_type" | "current_inputs" if foreign => {
                    json!("<error of a class that is not executed>")
                }
                "current_inputs" => self.shown_inputs(value),
                "nodes" if value.is_array() => self.sorted(value),
                key if SETS.contains(&key) && value.is_array() => self.sorted(value),
                "prompt" if value.get(4).is_some() => self.queue_item(value),
                "queue_running" | "queue_pending" => {
                    let items = value.as_array().unwrap().iter();
                    Value::Array(items.map(|item| self.queue_item(item)).collect())
                }
                _ => self.normal(value),
            };
            (self.plain(key), normal)
        });
        normal.collect()
    }

    /// `[number, id, prompt, extra_data, outputs]`, where the outputs come from a set.
    fn queue_item(&self, item: &Value) -> Value {
        let mut normal = self.normal(item);
        normal[4] = self.sorted(&item[4]);
        normal
    }

    fn sorted(&self, list: &Value) -> Value {
        let mut items: Vec<Value> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|item| self.normal(item))
            .collect();
        items.sort_by_key(Value::to_string);
        Value::Array(items)
    }

    /// Tensors are printed in full by Python.
    fn shown_inputs(&self, inputs: &Value) -> Value {
        let mut inputs = self.normal(inputs);
        for values in inputs
            .as_object_mut()
            .into_iter()
            .flat_map(|inputs| inputs.values_mut())
        {
            for value in values.as_array_mut().into_iter().flatten() {
                if value
                    .as_str()
                    .is_some_and(|text| text.starts_with("tensor("))
                {
                    *value = json!("<tensor>");
                }
            }
        }
        inputs
    }

    fn plain(&self, text: &str) -> String {
        if text.contains("Prompt executed in") {
            return "<how long it took>".into();
        }
        let mut plain = match self.folder.as_str() {
            "" => text.to_owned(),
            folder => {
                let parent = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
                text.replace(folder, "<folder>").replace(parent, "<parent>")
            }
        };
        for (index, name) in self.seen.iter().enumerate() {
            plain = plain.replace(name.as_str(), &format!("<name {index}>"));
        }
        plain
    }
}

/// Classes that the simulator executes.
const OWN: [&str; 16] = [
    "EmptyImage",
    "LoadImage",
    "SaveImage",
    "PreviewImage",
    "ImageScale",
    "ImageInvert",
    "ImageBatch",
    "CheckpointLoaderSimple",
    "CLIPTextEncode",
    "EmptyLatentImage",
    "KSampler",
    "VAEDecode",
    "VAEEncode",
    "LoraLoader",
    "PreviewAny",
    "TestSleep",
];

/// UUIDs, ids of 32 hexadecimal digits, and file names with a counter, anywhere in a text.
fn names_in(text: &str) -> Vec<&str> {
    let word = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
    text.split(word)
        .map(|word| uuid_behind_name(word).unwrap_or(word))
        .filter(|word| is_uuid(word) || is_hex_id(word) || has_counter(word))
        .collect()
}

/// The id of a new user is the name, `_` and a UUID.
fn uuid_behind_name(word: &str) -> Option<&str> {
    let (_, tail) = word.split_once('_')?;
    is_uuid(tail).then_some(tail)
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36 && uuid::Uuid::parse_str(word).is_ok()
}

fn is_hex_id(word: &str) -> bool {
    word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn has_counter(word: &str) -> bool {
    let Some(stem) = word.strip_suffix('_') else {
        return false;
    };
    let digits = stem.rsplit('_').next().unwrap_or_default();
    digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A WebSocket message as it is compared, from a recorded one.
pub(super) fn recorded_message(message: &Value) -> Value {
    if let Some(text) = message.get("text") {
        return text.clone();
    }
    let binary = &message["binary"];
    let keys = ["event", "image_type", "metadata", "node_id", "text"];
    let kept = keys
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), binary.get(key)?.clone())));
    json!({"binary": kept.collect::<Map<_, _>>()})
}

/// A binary frame in the form of [`recorded_message`].
pub(super) fn binary_message(frame: &[u8]) -> Value {
    let word = |at: usize| u32::from_be_bytes(frame[at..at + 4].try_into().unwrap());
    let event = word(0);
    let fields = match event {
        1 => json!({"event": 1, "image_type": word(4)}),
        4 => {
            let end = 8 + word(4) as usize;
            let metadata: Value = serde_json::from_slice(&frame[8..end]).unwrap();
            image::load_from_memory(&frame[end..]).expect("the preview is an image");
            json!({"event": 4, "metadata": metadata})
        }
        other => json!({"event": other}),
    };
    json!({"binary": fields})
}

/// Progress that comes by the clock is kept once per node: how often it comes is a matter of time.
pub(super) fn without_ticks(messages: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for mut message in messages {
        blur_ticks(&mut message);
        let is_tick = |message: &Value| message.to_string().contains("<tick>");
        let repeated = kept.iter().rev().take(3).any(|earlier| *earlier == message);
        // A preview belongs to the tick before it.
        let belongs = message.get("binary").is_some() && kept.last().is_some_and(is_tick);
        if !(repeated && (is_tick(&message) || belongs)) {
            kept.push(message);
        }
    }
    kept
}

/// Steps of the one sampler that is recorded to be interrupted: when, is a matter of time.
const STEPS_OF_A_LONG_RUN: u32 = 20;

/// Seconds that a sleeping node has slept, where they are neither the start nor the end.
fn blur_ticks(message: &mut Value) {
    let blur = |state: &mut Value| {
        let is_sleep = state["max"].is_f64() && state["max"] != json!(1.0);
        if (is_sleep || state["max"] == json!(STEPS_OF_A_LONG_RUN))
            && state["state"] != json!("finished")
        {
            state["value"] = json!("<tick>");
        }
    };
    match message["type"].as_str() {
        Some("progress") => blur(&mut message["data"]),
        Some("progress_state") => {
            let nodes = message["data"]["nodes"].as_object_mut();
            nodes
                .into_iter()
                .flat_map(|nodes| nodes.values_mut())
                .for_each(blur);
        }
        _ => {}
    }
}
