//! Any frame of a server's socket, binary and text. `cargo +nightly fuzz run frame`

#![no_main]

use bytes::Bytes;
use comfyctl_client::socket::{Event, Frame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Frame::decode(Bytes::copy_from_slice(bytes));
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Event::from_text(text);
    }
});
