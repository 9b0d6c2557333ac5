//! Any prompt, made a workflow of the editor and sent back, in both dialects. Start from prompts:
//! `cargo +nightly fuzz run to_ui fuzz/corpus/to_ui crates/workflow/tests/conversion/truth-1.58.1`

#![no_main]

use comfyctl_fuzz::definitions;
use comfyctl_workflow::Document;
use comfyctl_workflow::convert::{self, Dialect, convert};
use comfyctl_workflow::to_ui::{Options, to_ui};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(Document::Prompt(prompt)) = Document::from_bytes(bytes) else {
        return;
    };
    for dialect in [Dialect::V1_45, Dialect::V1_58] {
        let made = to_ui(&prompt, definitions(), &Options { dialect });
        let options = convert::Options {
            dialect,
            ..convert::Options::default()
        };
        let back = convert(&made.workflow, definitions(), &options, &mut |_| 0);
        if made.warnings.is_empty() {
            let sent = back.unwrap().prompt;
            assert_eq!(sent.nodes().count(), prompt.nodes().count());
        }
    }
});
