//! The definitions that a check needs, each parsed once.

use crate::definitions::{Definition, Definitions, InputSpec};
use crate::validation::Classes;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Options that mark an input whose class looks for the file itself: it takes names that the list of
/// choices does not have, such as `folder/a.png [output]`.
const FILE_INPUTS: [&str; 5] = [
    "image_upload",
    "audio_upload",
    "video_upload",
    "file_upload",
    "image_folder",
];

pub(super) struct ParsedClasses<'a> {
    definitions: &'a Definitions,
    parsed: Mutex<HashMap<String, Option<Arc<Definition>>>>,
}

impl<'a> ParsedClasses<'a> {
    pub(super) fn new(definitions: &'a Definitions) -> Self {
        Self {
            definitions,
            parsed: Mutex::default(),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.definitions.class_names()
    }
}

impl Classes for ParsedClasses<'_> {
    fn definition(&self, class: &str) -> Option<Arc<Definition>> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = parsed.get(class) {
            return known.clone();
        }
        let definition = self.definitions.definition(class);
        parsed.insert(class.to_owned(), definition.clone());
        definition
    }

    fn judges(&self, class: &str, input: &str) -> bool {
        let definition = self.definition(class);
        definition.is_some_and(|definition| definition.input.get(input).is_some_and(names_file))
    }
}

/// Whether the input names a file that was uploaded.
pub(super) fn names_file(spec: &InputSpec) -> bool {
    FILE_INPUTS
        .iter()
        .any(|flag| spec.option(flag).is_some_and(is_set))
}

fn is_set(flag: &Value) -> bool {
    !matches!(flag, Value::Null | Value::Bool(false))
}
