//! What a node's result depends on, as one number: its class, its literals, and the same of all
//! nodes upstream. Equal numbers mean that the node need not run again.
//!
//! Called by the executor before it plans. Looks at image files, as the classes themselves do.

use crate::classes::SimulatedClasses;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

/// A node has no `inputs`; the worker thread of a real server ends here.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoInputs;

/// Where a value links to, if it is a link: node id and slot.
pub(super) fn link(value: &Value) -> Option<(String, i64)> {
    let [Value::String(source), Value::Number(slot)] = value.as_array()?.as_slice() else {
        return None;
    };
    #[expect(clippy::cast_possible_truncation, reason = "slots are small")]
    let slot = slot
        .as_i64()
        .or_else(|| slot.as_f64().map(|slot| slot as i64))?;
    Some((source.clone(), slot))
}

/// The signature of every node. Classes that look for changes get theirs noted in the prompt.
pub(super) fn all(
    prompt: &mut Value,
    classes: &SimulatedClasses,
) -> Result<HashMap<String, u64>, NoInputs> {
    let ids: Vec<String> = prompt
        .as_object()
        .into_iter()
        .flat_map(|nodes| nodes.keys().cloned())
        .collect();
    for id in &ids {
        if !prompt[id]["inputs"].is_object() {
            return Err(NoInputs);
        }
        if prompt[id]["class_type"] == "LoadImage" {
            prompt[id]["is_changed"] = changed(&prompt[id]["inputs"]["image"], classes);
        }
    }
    let mut signatures = HashMap::new();
    for id in &ids {
        sign(id, prompt, &mut signatures, &mut Vec::new());
    }
    Ok(signatures)
}

fn sign<'prompt>(
    id: &'prompt str,
    prompt: &'prompt Value,
    signatures: &mut HashMap<String, u64>,
    visiting: &mut Vec<&'prompt str>,
) -> u64 {
    if let Some(known) = signatures.get(id) {
        return *known;
    }
    let (Some(node), false) = (prompt.get(id), visiting.contains(&id)) else {
        return 0;
    };
    visiting.push(id);
    let mut hasher = DefaultHasher::new();
    let inputs = node["inputs"].as_object();
    let mut inputs: Vec<_> = inputs.into_iter().flatten().collect();
    inputs.sort_by_key(|(name, _)| *name);
    (node["class_type"].as_str(), node["is_changed"].to_string()).hash(&mut hasher);
    for (name, value) in inputs {
        name.hash(&mut hasher);
        match link(value) {
            Some((_, slot)) => {
                let source = value[0].as_str().unwrap_or_default();
                (slot, sign(source, prompt, signatures, visiting)).hash(&mut hasher);
            }
            None => value.to_string().hash(&mut hasher),
        }
    }
    visiting.pop();
    let signature = hasher.finish();
    signatures.insert(id.to_owned(), signature);
    signature
}

/// The hash of an image's bytes; for a file that cannot be read, something that never comes again.
fn changed(image: &Value, classes: &SimulatedClasses) -> Value {
    static UNREADABLE: AtomicU64 = AtomicU64::new(0);
    let file = image.as_str().and_then(|name| classes.image_file(name));
    match file.and_then(|file| fs_err::read(file).ok()) {
        Some(bytes) => {
            let mut hex = String::with_capacity(64);
            for byte in Sha256::digest(&bytes) {
                let _ = write!(hex, "{byte:02x}");
            }
            json!([hex])
        }
        None => json!(UNREADABLE.fetch_add(1, Ordering::Relaxed)),
    }
}
