//! Any workflow of the editor with some values changed: what the changed graph sends is what was
//! said that it sends. Start from the synthetic inputs:
//! `cargo +nightly fuzz run write_back fuzz/corpus/write_back crates/workflow/tests/conversion/inputs`

#![no_main]

use comfyctl_fuzz::definitions;
use comfyctl_workflow::convert::{Converter, Dialect, Options};
use comfyctl_workflow::edit::InputOf;
use comfyctl_workflow::ui::UiWorkflow;
use comfyctl_workflow::{InputAddress, Prompt};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use std::sync::OnceLock;

fn converter() -> &'static Converter {
    static CONVERTER: OnceLock<Converter> = OnceLock::new();
    CONVERTER.get_or_init(|| Converter::new(definitions()))
}

/// Changes every third value that is no link, beginning with one of the first three.
fn change(prompt: &mut Prompt, first: usize) {
    let other = |value: &Value| match value {
        Value::String(text) => Some(json!(format!("{text} {{a|b}} // and more"))),
        Value::Number(number) => Some(json!(number.as_f64().unwrap_or(0.0) / 2.0)),
        Value::Bool(on) => Some(json!(!on)),
        _ => None,
    };
    let changes: Vec<(InputAddress, Value)> = prompt
        .nodes()
        .flat_map(|(id, node)| {
            let changed = move |(name, value)| Some((id.as_str().input(name), other(value)?));
            node.inputs().filter_map(changed)
        })
        .skip(first)
        .step_by(3)
        .collect();
    for (address, value) in changes {
        prompt.set(&address, value);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some(workflow) = serde_json::from_slice(bytes)
        .ok()
        .and_then(|value| UiWorkflow::from_value(value).ok())
    else {
        return;
    };
    for dialect in [Dialect::V1_45, Dialect::V1_58] {
        let options = Options {
            dialect,
            ..Options::default()
        };
        let Ok(made) = converter().convert(&workflow, &options, &mut |_| 0) else {
            continue;
        };
        let mut wanted = made.prompt;
        change(&mut wanted, bytes.len() % 3);
        let Ok(written) = converter().write_back(&workflow, &options, wanted) else {
            continue;
        };
        if written.warnings.is_empty() {
            let again = converter().convert(&written.workflow, &options, &mut |_| 0);
            assert_eq!(again.unwrap().prompt, written.prompt);
        }
    }
});
