//! An input of a node class as rows of a table: name, type, required, default, values.
//!
//! The names are those that a prompt must use, so the inputs of dynamic combos and lists are
//! dotted: `resize_type.width`, `images.image0`.

use comfyctl_workflow::definitions::InputSpec;
use serde_json::Value;

/// Longest text of a cell; the whole is in the JSON.
const LONGEST: usize = 60;

pub(crate) fn add(
    rows: &mut Vec<[String; 5]>,
    name: &str,
    spec: &InputSpec,
    required: bool,
    condition: &str,
) {
    rows.push([
        name.to_owned(),
        shown_type(spec),
        if required { "yes" } else { "no" }.to_owned(),
        spec.option("default").map(literal).unwrap_or_default(),
        [condition, &values(name, spec)].join(" ").trim().to_owned(),
    ]);
    if spec.type_name() != DYNAMIC_COMBO {
        return;
    }
    for option in list(spec, "options") {
        let condition = format!("[with {}]", literal(&option["key"]));
        for (group, required) in [("required", required), ("optional", false)] {
            for (nested, spec) in option["inputs"][group].as_object().into_iter().flatten() {
                let (name, spec) = (format!("{name}.{nested}"), InputSpec(spec.clone()));
                add(rows, &name, &spec, required, &condition);
            }
        }
    }
}

const DYNAMIC_COMBO: &str = "COMFY_DYNAMICCOMBO_V3";
const NUMBERED: &str = "COMFY_AUTOGROW_V3";

fn shown_type(spec: &InputSpec) -> String {
    let template = spec.option("template");
    match (spec.type_name(), template) {
        (DYNAMIC_COMBO, _) => "COMBO".to_owned(),
        ("COMFY_MATCHTYPE_V3", Some(template)) => literal(&template["allowed_types"]),
        (NUMBERED, Some(template)) => numbered_type(template),
        (name, _) => name.to_owned(),
    }
}

/// The type of the one input that is repeated.
fn numbered_type(template: &Value) -> String {
    let groups = ["required", "optional"].map(|group| template["input"][group].as_object());
    let repeated = groups.into_iter().flatten().flatten().next();
    let spec = repeated.map(|(_, spec)| InputSpec(spec.clone()));
    spec.map_or_else(|| NUMBERED.to_owned(), |spec| shown_type(&spec))
}

fn values(name: &str, spec: &InputSpec) -> String {
    if let Some(choices) = spec.choices() {
        return choice_list(choices.iter().map(literal).collect());
    }
    if let Some(route) = spec
        .option("remote")
        .and_then(|remote| remote["route"].as_str())
    {
        return format!("what {route} lists");
    }
    match (spec.type_name(), spec.option("template")) {
        (DYNAMIC_COMBO, _) => {
            let keys = list(spec, "options")
                .iter()
                .map(|option| literal(&option["key"]));
            choice_list(keys.collect())
        }
        (NUMBERED, Some(template)) => numbered(name, template),
        _ => range(spec.option("min"), spec.option("max")),
    }
}

fn list<'a>(spec: &'a InputSpec, option: &str) -> &'a [Value] {
    let items = spec.option(option).and_then(Value::as_array);
    items.map(Vec::as_slice).unwrap_or_default()
}

/// `as images.image0, images.image1, ..., 1 to 50 of them`
fn numbered(name: &str, template: &Value) -> String {
    if let Some(names) = template["names"].as_array() {
        let names = names.iter().map(|each| format!("{name}.{}", literal(each)));
        return format!("as {}", choice_list(names.collect()));
    }
    let prefix = template["prefix"].as_str().unwrap_or_default();
    let count = range(template.get("min"), template.get("max"));
    format!("as {name}.{prefix}0, {name}.{prefix}1, ...: {count}")
}

fn range(min: Option<&Value>, max: Option<&Value>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("from {min}"),
        (None, Some(max)) => format!("up to {max}"),
        (None, None) => String::new(),
    }
}

/// As many as fit, and how many there are.
fn choice_list(choices: Vec<String>) -> String {
    if choices.is_empty() {
        return "none on this server".to_owned();
    }
    let total = choices.len();
    let mut text = String::new();
    for (index, choice) in choices.into_iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        if index > 0 && text.chars().count() + choice.chars().count() > LONGEST {
            return format!("{text}, ... ({total} choices)");
        }
        text = text + separator + &choice;
    }
    text
}

/// A text without its quotes, in one line; JSON else.
fn literal(value: &Value) -> String {
    let text = match value {
        Value::String(text) if text.is_empty() => return "\"\"".to_owned(),
        Value::String(text) => text.replace('\n', "\\n"),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
