//! Any workflow of the editor, converted in both dialects. Start from the synthetic inputs:
//! `cargo +nightly fuzz run convert fuzz/corpus/convert crates/workflow/tests/conversion/inputs`

#![no_main]

use comfyctl_fuzz::definitions;
use comfyctl_workflow::convert::{Converter, Dialect, Options};
use comfyctl_workflow::ui::UiWorkflow;
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

fn converter() -> &'static Converter {
    static CONVERTER: OnceLock<Converter> = OnceLock::new();
    CONVERTER.get_or_init(|| Converter::new(definitions()))
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = serde_json::from_slice(bytes) else {
        return;
    };
    let Ok(workflow) = UiWorkflow::from_value(value) else {
        return;
    };
    for dialect in [Dialect::V1_45, Dialect::V1_58] {
        let options = Options {
            dialect,
            ..Options::default()
        };
        let _ = converter().convert(&workflow, &options, &mut |bound: u64| bound - 1);
    }
});
