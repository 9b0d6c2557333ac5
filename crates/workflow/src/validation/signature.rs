//! The inputs that a node has, given what was sent: V3 classes declare some that depend on others.
//!
//! Called by the validator for every node. A dynamic combo brings the inputs of the chosen option
//! (`resize_type.width`), an autogrow list brings numbered ones (`images.image0`).

use crate::definitions::{Definition, InputSpec};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Type of a list whose members have inputs of their own.
const LIST: &str = "COMFY_AUTOGROW_V3";
/// Type of a choice that brings inputs of its own.
const GROUP: &str = "COMFY_DYNAMICCOMBO_V3";
/// Members of a list; ComfyUI does not load classes that want more (0.28.1).
const MOST_MEMBERS: u64 = 100;

/// One input as validation sees it. Borrowed where the class declares it outright, since lists of
/// choices are long.
#[derive(Debug)]
pub(crate) struct Declared<'d> {
    /// Full name, dotted for inputs of V3 groups.
    pub(crate) name: Cow<'d, str>,
    /// Whether its absence is a fault.
    pub(crate) required: bool,
    /// Type and options.
    pub(crate) spec: Cow<'d, InputSpec>,
}

impl Declared<'_> {
    /// `[type, options]`, with options even where the definition has none.
    pub(super) fn config(&self) -> Value {
        let options = self.spec.0.get(1).cloned().unwrap_or_else(|| json!({}));
        json!([self.spec.0.get(0), options])
    }
}

/// All inputs of a class for the values that were sent.
pub(super) fn declared_inputs<'d>(
    definition: &'d Definition,
    sent: &Map<String, Value>,
) -> Vec<Declared<'d>> {
    let mut declared = Vec::new();
    for (group, required) in [
        (&definition.input.required, true),
        (&definition.input.optional, false),
    ] {
        for (name, spec) in group {
            let (name, spec) = (Cow::Borrowed(name.as_str()), Cow::Borrowed(spec));
            declare(name, required, spec, sent, &mut declared);
        }
    }
    declared
}

fn declare<'d>(
    name: Cow<'d, str>,
    required: bool,
    spec: Cow<'d, InputSpec>,
    sent: &Map<String, Value>,
    declared: &mut Vec<Declared<'d>>,
) {
    if spec.type_name() == LIST {
        return declare_list(&name, required, &spec, sent, declared);
    }
    let group = (spec.type_name() == GROUP).then(|| (name.clone(), spec.clone()));
    declared.push(Declared {
        name,
        required,
        spec,
    });
    if let Some((prefix, spec)) = group
        && let Some(inputs) = chosen_option(&spec, sent.get(&*prefix))
    {
        declare_group(&prefix, required, inputs, sent, declared);
    }
}

/// The `inputs` of the option that was chosen, if there is such an option.
fn chosen_option<'spec>(spec: &'spec InputSpec, sent: Option<&Value>) -> Option<&'spec Value> {
    spec.option("options")?
        .as_array()?
        .iter()
        .find(|option| option.get("key") == sent)?
        .get("inputs")
}

fn declare_group(
    prefix: &str,
    required: bool,
    inputs: &Value,
    sent: &Map<String, Value>,
    declared: &mut Vec<Declared<'_>>,
) {
    for (category, needed) in [("required", required), ("optional", false)] {
        for (name, spec) in inputs
            .get(category)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let spec = Cow::Owned(InputSpec(spec.clone()));
            let name = Cow::Owned(format!("{prefix}.{name}"));
            declare(name, needed, spec, sent, declared);
        }
    }
}

/// Numbered or named inputs of one kind; the first `min` of them must be given.
fn declare_list(
    prefix: &str,
    required: bool,
    spec: &InputSpec,
    sent: &Map<String, Value>,
    declared: &mut Vec<Declared<'_>>,
) {
    let Some(template) = spec.option("template") else {
        return;
    };
    let Some(element) = ["required", "optional"].iter().find_map(|category| {
        let group = template.get("input")?.get(category)?.as_object()?;
        group.values().next().cloned().map(InputSpec)
    }) else {
        return;
    };
    let is_nested = [LIST, GROUP].contains(&element.type_name());
    let least = template.get("min").and_then(Value::as_u64).unwrap_or(0);
    for (index, name) in (0u64..).zip(element_names(template, least)) {
        let needed = required && index < least;
        let name = format!("{prefix}.{name}");
        // There may be a hundred of which two are used.
        if needed || is_nested || sent.contains_key(&name) {
            let spec = Cow::Owned(element.clone());
            declare(Cow::Owned(name), needed, spec, sent, declared);
        }
    }
}

/// Names that are listed, or a prefix with numbers from 0 on.
fn element_names(template: &Value, least: u64) -> Vec<String> {
    if let Some(names) = template.get("names").and_then(Value::as_array) {
        let names = names.iter().filter_map(Value::as_str);
        return names.map(str::to_owned).collect();
    }
    let stem = template.get("prefix").and_then(Value::as_str);
    let most = template.get("max").and_then(Value::as_u64);
    let stem = stem.unwrap_or_default();
    (0..most.unwrap_or(least).min(MOST_MEMBERS))
        .map(|index| format!("{stem}{index}"))
        .collect()
}
