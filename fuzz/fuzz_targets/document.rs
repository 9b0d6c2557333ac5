//! Any file: read it, write it, and look at it in every way that needs no server.
//! `cargo +nightly fuzz run document fuzz/corpus/document examples`

#![no_main]

use comfyctl_fuzz::definitions;
use comfyctl_workflow::{
    Analysis, Diff, Document, Fingerprint, Prompt, check, connections, mermaid,
};
use libfuzzer_sys::fuzz_target;

fn look_at(prompt: &Prompt) {
    let _ = prompt.faults();
    let _ = prompt.seeds();
    let _ = connections(prompt);
    for definitions in [None, Some(definitions())] {
        let _ = check::check(prompt, definitions);
        let _ = mermaid(prompt, definitions);
        let _ = Analysis::of(prompt, definitions).parameters.json_schema();
    }
    assert_eq!(Fingerprint::of(prompt), Fingerprint::of(&prompt.clone()));
    assert!(Diff::between(prompt, prompt).is_empty());
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::from_bytes(bytes) else {
        return;
    };
    let written = match &document {
        Document::Prompt(prompt) => {
            look_at(prompt);
            serde_json::to_vec(prompt)
        }
        Document::Ui(fields) => serde_json::to_vec(fields),
    };
    assert_eq!(Document::from_bytes(&written.unwrap()), Ok(document));
});
