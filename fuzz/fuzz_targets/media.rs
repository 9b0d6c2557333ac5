//! Any image, video, audio or latent file. Start from the samples:
//! `cargo +nightly fuzz run media fuzz/corpus/media crates/workflow/tests/media`

#![no_main]

use comfyctl_workflow::Embedded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Embedded::from_bytes(bytes);
});
