//! A node class for people: what it does, what it takes, what it gives.

use super::node_input;
use crate::table;
use comfyctl_workflow::Definition;
use serde_json::Value;

pub(crate) fn text(class: &str, definition: &Definition) -> String {
    let mut paragraphs = vec![heading(class, definition)];
    let description = definition.description.as_deref().unwrap_or_default().trim();
    if !description.is_empty() {
        paragraphs.push(description.to_owned());
    }
    paragraphs.push(inputs(definition));
    paragraphs.push(outputs(definition));
    paragraphs.join("\n\n")
}

/// `KSampler, shown as "Sampler", in sampling, deprecated`
fn heading(class: &str, definition: &Definition) -> String {
    let is = |flag: &&str| definition.rest.get(*flag) == Some(&Value::Bool(true));
    let name = definition.display_name.as_deref();
    let name = name.filter(|name| *name != class && !name.is_empty());
    let category = definition.category.as_deref();
    let category = category.filter(|category| !category.is_empty());
    let ends = definition.output_node.then(|| "output node".to_owned());
    let flags = ["deprecated", "experimental"].into_iter().filter(is);
    std::iter::once(class.to_owned())
        .chain(name.map(|name| format!("shown as \"{name}\"")))
        .chain(category.map(|category| format!("in {category}")))
        .chain(ends)
        .chain(flags.map(str::to_owned))
        .collect::<Vec<_>>()
        .join(", ")
}

fn inputs(definition: &Definition) -> String {
    let mut rows = Vec::new();
    for (name, spec) in &definition.input.required {
        node_input::add(&mut rows, name, spec, true, "");
    }
    for (name, spec) in &definition.input.optional {
        node_input::add(&mut rows, name, spec, false, "");
    }
    if rows.is_empty() {
        return "no inputs".to_owned();
    }
    table::render(["INPUT", "TYPE", "REQUIRED", "DEFAULT", "VALUES"], rows)
}

fn outputs(definition: &Definition) -> String {
    if definition.output.is_empty() {
        return "no outputs".to_owned();
    }
    let rows = definition.output.iter().enumerate().map(|(slot, kind)| {
        let name = definition.output_name.get(slot).unwrap_or(kind);
        [
            slot.to_string(),
            shown(name),
            output_type(definition, slot, kind),
        ]
    });
    table::render(["SLOT", "OUTPUT", "TYPE"], rows)
}

/// An output that has the type of an input names the template that both share.
fn output_type(definition: &Definition, slot: usize, kind: &Value) -> String {
    let shared = definition.rest.get("output_matchtypes");
    let shared = shared.and_then(|templates| templates.get(slot));
    let Some(shared) = shared.filter(|template| template.is_string()) else {
        return shown(kind);
    };
    let mut inputs = definition.input.visible();
    let input = inputs.find(|(_, spec)| {
        let template = spec.option("template");
        template.is_some_and(|template| template["template_id"] == *shared)
    });
    input.map_or_else(|| shown(kind), |(name, _)| format!("as {name}"))
}

/// Old combos give their choices in place of a type.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) => "COMBO".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dynamic_inputs_are_named_as_a_prompt_must_name_them() {
        let definition = json!({
            "display_name": "Resize",
            "description": " Makes it fit. ",
            "category": "image/transform",
            "output_node": true,
            "experimental": true,
            "deprecated": false,
            "input": {
                "required": {
                    "input": ["COMFY_MATCHTYPE_V3", {"template": {"template_id": "t", "allowed_types": "IMAGE,MASK"}}],
                    "resize_type": ["COMFY_DYNAMICCOMBO_V3", {"options": [
                        {"key": "scale", "inputs": {"required": {"width": ["INT", {"default": 512, "min": 0}]}}},
                        {"key": "match", "inputs": {"optional": {"crop": ["COMBO", {"options": ["no", "center"]}]}}},
                        {"key": "none", "inputs": {}}
                    ]}],
                    "images": ["COMFY_AUTOGROW_V3", {"template": {
                        "input": {"required": {"image": ["IMAGE", {}]}}, "prefix": "image", "min": 1, "max": 50
                    }}],
                    "texts": ["COMFY_AUTOGROW_V3", {"template": {
                        "input": {"optional": {"text": ["STRING", {}]}}, "names": ["a", "b"]
                    }}]
                },
                "optional": {
                    "ckpt_name": [[], {}],
                    "file": ["COMBO", {"remote": {"route": "/internal/files/output"}}],
                    "text": ["STRING", {"default": "two\nlines", "multiline": true}],
                    "empty": ["STRING", {"default": ""}]
                },
                "hidden": {"unique_id": "UNIQUE_ID"}
            },
            "output": ["COMFY_MATCHTYPE_V3", ["x", "y"], "*"],
            "output_name": ["resized", "choice"],
            "output_matchtypes": ["t", null, null]
        });
        let definition = serde_json::from_value(definition).unwrap();
        insta::assert_snapshot!(text("ResizeNode", &definition));
    }

    #[test]
    fn a_class_without_anything_says_so() {
        let definition = serde_json::from_value(json!({})).unwrap();
        assert_eq!(text("Note", &definition), "Note\n\nno inputs\n\nno outputs");
    }
}
