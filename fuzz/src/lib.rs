//! What the fuzz targets share.

use comfyctl_workflow::Definitions;
use std::sync::OnceLock;

/// The definitions of the conversion tests: few classes, every kind of input.
pub fn definitions() -> &'static Definitions {
    static DEFINITIONS: OnceLock<Definitions> = OnceLock::new();
    DEFINITIONS.get_or_init(|| {
        let body = include_bytes!("../../crates/workflow/tests/conversion/definitions.json");
        Definitions::from_slice(body).unwrap()
    })
}
