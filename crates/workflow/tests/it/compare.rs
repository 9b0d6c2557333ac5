//! Compares prompts as servers see them: titles and the order of keys do not matter.
//!
//! Also included by the benchmark beside comfy-cli.

use crate::corpus::shared;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Values that cannot be compared: node and input.
pub(crate) type Ignored = [(String, String)];

/// Values of a real workflow that only a browser can make, or that it draws.
pub(crate) fn ignored(name: &str) -> Vec<(String, String)> {
    let all: BTreeMap<String, Vec<(String, String)>> = match std::fs::read(shared("ignore.json")) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap(),
        Err(_) => BTreeMap::new(),
    };
    all.get(name).cloned().unwrap_or_default()
}

/// What differs, one line each. Numbers are compared by value, beyond 2^53 as a browser rounds them.
pub(crate) fn differences(truth: &Value, made: &Value, ignored: &Ignored) -> Vec<String> {
    let (truth, made) = (fields(truth), fields(made));
    let mut found = Vec::new();
    for id in truth.keys().filter(|id| !made.contains_key(*id)) {
        found.push(format!("{id}: missing"));
    }
    for id in made.keys().filter(|id| !truth.contains_key(*id)) {
        found.push(format!("{id}: too much"));
    }
    for (id, wanted) in truth {
        let Some(got) = made.get(id) else { continue };
        if wanted.get("class_type") != got.get("class_type") {
            found.push(format!(
                "{id}: class {:?} instead of {:?}",
                got["class_type"],
                wanted.get("class_type")
            ));
        }
        let ignores = |input: &str| {
            ignored
                .iter()
                .any(|(node, name)| node == id && name == input)
        };
        let (wanted, got) = (fields(&wanted["inputs"]), fields(&got["inputs"]));
        for (input, value) in wanted.iter().filter(|(input, _)| !ignores(input)) {
            match got.get(input) {
                None => found.push(format!("{id}.{input}: missing, wanted {value}")),
                Some(other) if !same(value, other) => {
                    found.push(format!("{id}.{input}: {other} instead of {value}"));
                }
                Some(_) => {}
            }
        }
        let extra = got
            .iter()
            .filter(|(input, _)| !wanted.contains_key(*input) && !ignores(input));
        found.extend(extra.map(|(input, value)| format!("{id}.{input}: too much, {value}")));
    }
    found
}

fn fields(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

fn same(one: &Value, other: &Value) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let (float, other_float) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            let whole = !one.is_f64() && !other.is_f64();
            let exact = whole && float.abs().max(other_float.abs()) <= EXACT;
            if exact {
                one == other
            } else {
                float.total_cmp(&other_float).is_eq()
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let in_other = |(key, value): (&String, &Value)| {
                other.get(key).is_some_and(|other| same(value, other))
            };
            one.len() == other.len() && one.iter().all(in_other)
        }
        _ => one == other,
    }
}
