//! What the server would refuse, in its own words, with a way out added.

use super::classes::ParsedClasses;
use super::finding::{Finding, Severity, did_you_mean};
use super::{files, missing};
use crate::prompt::Prompt;
use crate::suggest::{nearest, nearest_file};
use crate::validation::{Classes, Verdict, inputs_of, validate_prompt};
use serde_json::{Map, Value};

pub(super) fn find(prompt: &Prompt, classes: &ParsedClasses<'_>) -> Vec<Finding> {
    if let Some(missing) = missing::find(prompt, classes) {
        // The server looks no further, and neither can we: the types of these nodes are unknown.
        return missing;
    }
    let mut value = Value::Object(prompt.to_fields());
    match validate_prompt(&mut value, &Value::Null, classes) {
        Ok(Verdict::Refused { error, node_errors }) if node_errors.is_empty() => {
            vec![whole(&error)]
        }
        // An accepted prompt may have faults too: the server runs the other outputs and drops these
        // without a word.
        Ok(Verdict::Accepted { node_errors, .. } | Verdict::Refused { node_errors, .. }) => {
            findings(prompt, &node_errors, classes)
        }
        // A prompt that was read has none of these forms.
        Err(malformed) => vec![Finding::error("malformed", malformed.to_string())],
    }
}

fn whole(error: &Value) -> Finding {
    let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
    let suggestion = match text("type") {
        "prompt_no_outputs" => {
            Some("add a node that makes an output, such as SaveImage".to_owned())
        }
        _ => None,
    };
    Finding::error(text("type"), text("message")).suggest(suggestion)
}

fn findings(
    prompt: &Prompt,
    node_errors: &Map<String, Value>,
    classes: &ParsedClasses<'_>,
) -> Vec<Finding> {
    let errors = node_errors.iter().flat_map(|(id, node)| {
        let errors = node.get("errors").and_then(Value::as_array);
        errors.into_iter().flatten().map(move |error| (id, error))
    });
    errors
        .map(|(id, error)| {
            let finding = finding(prompt, id, error, classes);
            if may_be_allowed(&finding, classes) {
                Finding {
                    severity: Severity::Warning,
                    ..finding
                }
            } else {
                finding
            }
        })
        .collect()
}

/// A class of a node pack may check a value itself instead (`VALIDATE_INPUTS`), and no definition
/// says so: the server decides.
fn may_be_allowed(finding: &Finding, classes: &ParsedClasses<'_>) -> bool {
    const JUDGED: [&str; 5] = [
        "value_not_in_list",
        "value_smaller_than_min",
        "value_bigger_than_max",
        "invalid_input_type",
        "return_type_mismatch",
    ];
    let definition = finding
        .class
        .as_deref()
        .and_then(|class| classes.definition(class));
    definition.is_some_and(|definition| files::is_of_pack(&definition))
        && JUDGED.contains(&finding.code.as_str())
}

fn finding(prompt: &Prompt, id: &str, error: &Value, classes: &ParsedClasses<'_>) -> Finding {
    let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
    let extra = |key: &str| error.get("extra_info")?.get(key)?.as_str();
    let input = extra("input_name");
    let suggestion = match extra("exception_type") {
        Some("RecursionError") => {
            Some("the server follows about 980 nodes in a row: divide the workflow".to_owned())
        }
        _ => suggestion(prompt, id, input, text("type"), classes),
    };
    let details = match text("details") {
        // The details of a missing or misplaced value are the name of the input.
        details if details.is_empty() || Some(details) == input => String::new(),
        details => format!(" ({details})"),
    };
    Finding::error(text("type"), format!("{}{details}", text("message")))
        .at(prompt, id)
        .input(input)
        .suggest(suggestion)
}

fn suggestion(
    prompt: &Prompt,
    id: &str,
    input: Option<&str>,
    kind: &str,
    classes: &ParsedClasses<'_>,
) -> Option<String> {
    let (node, input) = (prompt.node(id)?, input?);
    let definition = classes.definition(node.class_type())?;
    let declared = inputs_of(&definition, node);
    let spec = &declared.iter().find(|known| known.name == input)?.spec;
    match kind {
        "value_not_in_list" => {
            let choices = spec.choices()?;
            let given = node.input(input).and_then(Value::as_str)?;
            let names = || choices.iter().filter_map(Value::as_str);
            let near = nearest_file(given, names()).or_else(|| nearest(given, names()));
            did_you_mean(near).or_else(|| Some(list(choices)))
        }
        "custom_validation_failed" => files::suggestion(node.input(input)?.as_str()?, spec),
        "value_smaller_than_min" | "value_bigger_than_max" | "invalid_input_type" => {
            let limit = |name| spec.option(name).map(ToString::to_string);
            match (limit("min"), limit("max")) {
                (Some(min), Some(max)) => Some(format!("give a value from {min} to {max}")),
                (Some(min), None) => Some(format!("give a value from {min} on")),
                (None, Some(max)) => Some(format!("give a value up to {max}")),
                (None, None) => Some(format!("give a value of type {}", spec.type_name())),
            }
        }
        "required_input_missing" => match spec.option("default") {
            Some(default) => Some(format!("set it; its default is {default}")),
            None => Some(format!(
                "set it, or link it to an output of type {}",
                spec.type_name()
            )),
        },
        "return_type_mismatch" | "bad_linked_input" => {
            Some(format!("link it to an output of type {}", spec.type_name()))
        }
        _ => None,
    }
}

fn list(choices: &[Value]) -> String {
    const SHOWN: usize = 8;
    let shown = choices
        .iter()
        .take(SHOWN)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    match choices.len() {
        0 => "the server has none: install one".to_owned(),
        count if count > SHOWN => format!("one of {shown} and {} more", count - SHOWN),
        _ => format!("one of {shown}"),
    }
}
