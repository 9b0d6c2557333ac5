//! The definitions that a check needs, each parsed once.

use super::files::{self, names_file};
use crate::definitions::{Definition, Definitions, InputSpec};
use crate::replacements::Replacement;
use crate::validation::Classes;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug)]
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

    /// What the server puts in the place of a class that it no longer has, or will not have.
    pub(super) fn replacement(&self, class: &str) -> Option<&'a Replacement> {
        self.definitions.replacements().of(class)
    }

    /// The same, if the server has it.
    pub(super) fn stand_in(&self, class: &str) -> Option<&'a Replacement> {
        let replacement = self.replacement(class)?;
        self.definition(&replacement.class).map(|_| replacement)
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

    fn judges(&self, _class: &str, _input: &str, spec: &InputSpec) -> bool {
        names_file(spec)
    }

    /// As the loaders of ComfyUI do: they refuse a file that is not there.
    fn judge(&self, class: &str, input: &str, value: &Value) -> Result<(), String> {
        let definition = self.definition(class);
        let refusal = definition.as_deref().and_then(|definition| {
            let spec = definition.input.get(input)?;
            files::refusal(value.as_str()?, spec, definition)
        });
        refusal.map_or(Ok(()), Err)
    }
}
