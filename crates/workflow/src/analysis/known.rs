//! The definitions of the classes that a prompt uses, each parsed once, and what they say of an input.

use crate::definitions::{Definition, Definitions, InputSpec};
use crate::node::Node;
use crate::prompt::Prompt;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;

/// What is known of the classes of a prompt; nothing without definitions.
#[derive(Debug, Default)]
pub(crate) struct Known {
    given: bool,
    classes: HashMap<String, Option<Definition>>,
}

impl Known {
    pub(crate) fn of(prompt: &Prompt, definitions: Option<&Definitions>) -> Self {
        let mut known = Self {
            given: definitions.is_some(),
            ..Self::default()
        };
        let Some(definitions) = definitions else {
            return known;
        };
        for (_, node) in prompt.nodes() {
            let class = node.class_type();
            if !known.classes.contains_key(class) {
                let definition = definitions.get(class).and_then(Result::ok);
                known.classes.insert(class.to_owned(), definition);
            }
        }
        known
    }

    /// Whether there are definitions at all.
    pub(crate) fn is_given(&self) -> bool {
        self.given
    }

    pub(crate) fn definition(&self, class: &str) -> Option<&Definition> {
        self.classes.get(class)?.as_ref()
    }

    /// What the class says of an input, also of one inside a dynamic combo or a list.
    pub(crate) fn spec(&self, node: &Node, input: &str) -> Option<Cow<'_, InputSpec>> {
        spec_of(self.definition(node.class_type())?, node, input)
    }

    /// Type of an output slot; `None` where it is not known.
    pub(crate) fn output_type(&self, class: &str, slot: Option<usize>) -> Option<&str> {
        match self.definition(class)?.output.get(slot?)? {
            Value::String(name) => Some(name),
            Value::Array(_) => Some("COMBO"),
            _ => None,
        }
    }

    /// Name of an output slot.
    pub(crate) fn output_name(&self, class: &str, slot: Option<usize>) -> Option<&str> {
        self.definition(class)?.output_name.get(slot?)?.as_str()
    }
}

/// The declared input that a dotted name such as `resize_type.width` or `images.image0` means.
pub(crate) fn spec_of<'a>(
    definition: &'a Definition,
    node: &Node,
    input: &str,
) -> Option<Cow<'a, InputSpec>> {
    if let Some(spec) = definition.input.get(input) {
        return Some(Cow::Borrowed(spec));
    }
    let mut end = input.find('.')?;
    let mut spec = Cow::Borrowed(definition.input.get(&input[..end])?);
    // Each round goes one dot further into the name, so this ends.
    while end < input.len() {
        let rest = &input[end + 1..];
        let segment = rest.split('.').next().unwrap_or_default();
        let inner = inner_spec(&spec, node.input(&input[..end]), segment)?;
        spec = Cow::Owned(inner);
        end += 1 + segment.len();
    }
    Some(spec)
}

/// The input of that name inside a group, given what is chosen.
fn inner_spec(group: &InputSpec, chosen: Option<&Value>, name: &str) -> Option<InputSpec> {
    let groups = match group.type_name() {
        "COMFY_DYNAMICCOMBO_V3" => {
            let mut options = group.option("options")?.as_array()?.iter();
            options
                .find(|option| option.get("key") == chosen)?
                .get("inputs")?
        }
        "COMFY_AUTOGROW_V3" => {
            // All members of a list are declared by its one example.
            let example = group.option("template")?.get("input")?;
            let first = |category| example.get(category)?.as_object()?.values().next();
            return ["required", "optional"]
                .into_iter()
                .find_map(first)
                .cloned()
                .map(InputSpec);
        }
        _ => return None,
    };
    ["required", "optional"]
        .into_iter()
        .find_map(|category| groups.get(category)?.get(name))
        .cloned()
        .map(InputSpec)
}
