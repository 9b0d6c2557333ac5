//! Recorded traffic of a real server, where it is at hand.

use serde_json::Value;
use std::path::PathBuf;

/// A scenario by name; `None`, said aloud, when the recordings are not there.
pub(crate) fn scenario(name: &str) -> Option<Value> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/wire");
    match fs_err::read(root.join(format!("{name}.json"))) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(error) => {
            eprintln!("SKIPPED: no recording: {error}");
            None
        }
    }
}

/// Every exchange of a scenario.
pub(crate) fn exchanges(scenario: &Value) -> impl Iterator<Item = &Value> {
    let cases = scenario["cases"].as_array().into_iter().flatten();
    std::iter::once(scenario)
        .chain(cases)
        .filter_map(|part| part["http"].as_array())
        .flatten()
}
