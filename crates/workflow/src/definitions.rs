//! Node definitions as `GET /object_info` gives them (ComfyUI 0.28.1: 808 classes, 1.4 MB).
//!
//! Splitting the answer into one raw value per class is seven times faster than parsing it whole,
//! and most callers need a handful of classes: each is parsed when it is asked for.

use crate::json;
use crate::replacements::Replacements;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// All node classes of a server, each parsed on demand. Keeps the server's order.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Definitions {
    pub(crate) classes: IndexMap<String, Box<RawValue>>,
    #[serde(default)]
    replacements: Replacements,
}

impl Definitions {
    /// Splits the body of `GET /object_info` (or of `/object_info/{class}`, which has one entry, or
    /// none for an unknown class) without parsing the classes.
    pub fn from_slice(body: &[u8]) -> Result<Self, serde_json::Error> {
        Ok(Self {
            classes: json::from_slice_lenient(body)?,
            replacements: Replacements::default(),
        })
    }

    /// Number of classes.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether there is no class at all.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// Class names in the server's order.
    pub fn class_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.classes.keys().map(String::as_str)
    }

    /// Whether the server knows the class.
    pub fn contains(&self, class: &str) -> bool {
        self.classes.contains_key(class)
    }

    /// The definition of a class as the server wrote it.
    pub fn raw(&self, class: &str) -> Option<&RawValue> {
        self.classes.get(class).map(AsRef::as_ref)
    }

    /// Parses the definition of a class; `None` when the server does not know it.
    pub fn get(&self, class: &str) -> Option<Result<Definition, serde_json::Error>> {
        Some(serde_json::from_str(self.raw(class)?.get()))
    }

    /// Adds or replaces the classes of `other`.
    pub fn extend(&mut self, other: Self) {
        self.classes.extend(other.classes);
        self.replacements.extend(other.replacements);
    }

    /// Forgets a class.
    pub fn remove(&mut self, class: &str) {
        self.classes.shift_remove(class);
    }

    /// What the server puts in the place of classes that it no longer has.
    pub fn replacements(&self) -> &Replacements {
        &self.replacements
    }

    /// Sets what the server puts in the place of classes that it no longer has.
    pub fn set_replacements(&mut self, replacements: Replacements) {
        self.replacements = replacements;
    }
}

/// One node class. Fields that we do not know are kept in `rest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Class name, as `class_type` names it.
    #[serde(default)]
    pub name: String,
    /// Name that the editor shows.
    #[serde(default)]
    pub display_name: Option<String>,
    /// What the node does, for people.
    #[serde(default)]
    pub description: Option<String>,
    /// Menu path, such as `image/upscaling`.
    #[serde(default)]
    pub category: Option<String>,
    /// Declared inputs.
    #[serde(default)]
    pub input: Inputs,
    /// Type of each output slot.
    #[serde(default)]
    pub output: Vec<Value>,
    /// Name of each output slot.
    #[serde(default)]
    pub output_name: Vec<Value>,
    /// Whether a prompt may end in this node.
    #[serde(default)]
    pub output_node: bool,
    /// All else, as the server wrote it.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Declared inputs of a class, each group in the order of declaration.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// Must be given.
    #[serde(default)]
    pub required: IndexMap<String, InputSpec>,
    /// May be given.
    #[serde(default)]
    pub optional: IndexMap<String, InputSpec>,
    /// Filled in by the server, never sent by a client; their form differs between node APIs.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub hidden: Value,
}

impl Inputs {
    /// Required, then optional inputs.
    pub fn visible(&self) -> impl Iterator<Item = (&str, &InputSpec)> {
        self.required
            .iter()
            .chain(&self.optional)
            .map(|(name, spec)| (name.as_str(), spec))
    }

    /// The visible input of that name.
    pub fn get(&self, name: &str) -> Option<&InputSpec> {
        self.required.get(name).or_else(|| self.optional.get(name))
    }
}

/// `[type]` or `[type, options]`, where a list as type is the choices of an old-style combo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InputSpec(pub Value);

impl InputSpec {
    /// Type name, such as `INT`, `COMBO` or `MODEL`; `COMBO` also where the type is a list of choices.
    pub fn type_name(&self) -> &str {
        match self.0.get(0) {
            Some(Value::String(name)) => name,
            Some(Value::Array(_)) => "COMBO",
            _ => "*",
        }
    }

    /// Options such as `default`, `min`, `max`, `step`, `multiline`.
    pub fn options(&self) -> Option<&Map<String, Value>> {
        self.0.get(1)?.as_object()
    }

    /// One option by name.
    pub fn option(&self, name: &str) -> Option<&Value> {
        self.options()?.get(name)
    }

    /// Values that a combo admits; `None` for other types and for combos filled by a remote route.
    pub fn choices(&self) -> Option<&Vec<Value>> {
        match self.0.get(0)? {
            Value::Array(choices) => Some(choices),
            Value::String(name) if name == "COMBO" => self.option("options")?.as_array(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{
        "KSampler": {"name": "KSampler", "input": {"required": {
            "seed": ["INT", {"default": 0, "max": 18446744073709551615}],
            "sampler_name": [["euler", "heun"]],
            "mode": ["COMBO", {"options": ["a"]}]
        }}, "output": ["LATENT"], "output_name": ["LATENT"], "python_module": "nodes"},
        "Broken": 7
    }"#;

    #[test]
    fn a_class_is_parsed_when_asked_for() {
        let definitions = Definitions::from_slice(BODY).unwrap();
        assert_eq!(
            definitions.class_names().collect::<Vec<_>>(),
            ["KSampler", "Broken"]
        );
        let sampler = definitions.get("KSampler").unwrap().unwrap();
        assert_eq!(sampler.rest["python_module"], "nodes");
        let max = sampler.input.get("seed").unwrap().option("max").unwrap();
        assert_eq!(max.as_u64(), Some(u64::MAX));
        assert!(definitions.get("Broken").unwrap().is_err());
        assert!(definitions.get("Unknown").is_none());
    }

    #[test]
    fn both_forms_of_a_combo_have_choices() {
        let sampler = Definitions::from_slice(BODY)
            .unwrap()
            .get("KSampler")
            .unwrap()
            .unwrap();
        let old = sampler.input.get("sampler_name").unwrap();
        let new = sampler.input.get("mode").unwrap();
        assert_eq!(
            (old.type_name(), old.choices().unwrap().len()),
            ("COMBO", 2)
        );
        assert_eq!(
            (new.type_name(), new.choices().unwrap().len()),
            ("COMBO", 1)
        );
    }
}
