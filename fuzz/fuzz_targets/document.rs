//! Any file: read it, check it, address it. `cargo +nightly fuzz run document`

#![no_main]

use comfyctl_workflow::{Document, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Document::Prompt(prompt)) = Document::from_bytes(bytes) {
        let _ = prompt.faults();
        let _ = prompt.seeds();
        let _ = check::check(&prompt, None);
        let written = serde_json::to_vec(&prompt).unwrap();
        assert_eq!(Document::from_bytes(&written), Ok(Document::Prompt(prompt)));
    }
});
