//! What the server lets through and then fails on, or does otherwise than meant (0.28.1).

use super::classes::ParsedClasses;
use super::files;
use super::finding::{Finding, did_you_mean};
use crate::definitions::{Definition, InputSpec};
use crate::node::{Link, Node};
use crate::prompt::Prompt;
use crate::replacements::Replacement;
use crate::suggest::nearest;
use crate::validation::{Classes, Declared, inputs_of};
use serde_json::Value;

/// Types of ComfyUI that no literal can stand for. Types of node packs may have widgets of their own.
const SOCKETS: [&str; 18] = [
    "AUDIO",
    "CLIP",
    "CLIP_VISION",
    "CLIP_VISION_OUTPUT",
    "CONDITIONING",
    "CONTROL_NET",
    "GLIGEN",
    "GUIDER",
    "IMAGE",
    "LATENT",
    "MASK",
    "MODEL",
    "NOISE",
    "SAMPLER",
    "SIGMAS",
    "STYLE_MODEL",
    "UPSCALE_MODEL",
    "VAE",
];

pub(super) fn find(prompt: &Prompt, classes: &ParsedClasses<'_>, findings: &mut Vec<Finding>) {
    for (id, node) in prompt.nodes() {
        let Some(definition) = classes.definition(node.class_type()) else {
            continue;
        };
        let mut found = of_class(&definition, classes.replacement(node.class_type()));
        let declared = inputs_of(&definition, node);
        found.extend(undeclared(node, &declared));
        for Declared { name, spec, .. } in &declared {
            // Of a file that is certainly missing the server's own words are told.
            let told = |value: &Value| {
                files::names_file(spec) && classes.judge(node.class_type(), name, value).is_err()
            };
            if let Some(value) = node.input(name).filter(|value| !told(value)) {
                found.extend(
                    of_value(value, spec).map(|finding| finding.input(Some(name.as_ref()))),
                );
            }
        }
        findings.extend(
            found
                .into_iter()
                .map(|finding| finding.at(prompt, id.as_str())),
        );
    }
}

fn of_class(definition: &Definition, replacement: Option<&Replacement>) -> Vec<Finding> {
    let is = |flag: &str| definition.rest.get(flag) == Some(&Value::Bool(true));
    let instead = replacement.map(|replacement| format!("use `{}`", replacement.class));
    let mut found = Vec::new();
    if is("deprecated") {
        let finding = Finding::warning("deprecated_node", "the class is deprecated");
        found.push(finding.suggest(instead));
    } else if instead.is_some() {
        let message = "the class has a successor, which the editor offers instead";
        found.push(Finding::warning("replaced_node", message).suggest(instead));
    }
    if is("api_node") {
        let message = "the class calls a paid service, which needs an account and credits";
        found.push(Finding::warning("paid_node", message));
    }
    found
}

/// The server ignores their values, and yet follows their links while it executes.
fn undeclared(node: &Node, declared: &[Declared<'_>]) -> Vec<Finding> {
    let names = || declared.iter().map(|known| &*known.name);
    let unknown = node
        .inputs()
        .filter(|(name, _)| !names().any(|known| known == *name));
    unknown
        .map(|(name, _)| {
            let near = nearest(name, names());
            Finding::warning(
                "unknown_input",
                "the class has no such input; it is ignored",
            )
            .input(Some(name))
            .suggest(did_you_mean(near))
        })
        .collect()
}

fn of_value(value: &Value, spec: &InputSpec) -> Option<Finding> {
    if Link::from_value(value).is_some() {
        return None;
    }
    let kind = spec.type_name();
    if SOCKETS.contains(&kind) {
        let message = format!("a value where an output of type {kind} has to be linked");
        let link = format!("link it to an output of type {kind}");
        return Some(Finding::error("literal_on_socket", message).suggest(Some(link)));
    }
    match kind {
        "COMFY_DYNAMICCOMBO_V3" => unknown_option(value, spec),
        "INT" | "FLOAT" => not_finite(value).or_else(|| off_step(value, spec)),
        _ if files::names_file(spec) => unlisted_file(value, spec),
        _ => None,
    }
}

/// Passes the server's validation and fails when the node runs.
fn unknown_option(value: &Value, spec: &InputSpec) -> Option<Finding> {
    let options = spec.option("options")?.as_array()?;
    let keys: Vec<&str> = options
        .iter()
        .filter_map(|option| option.get("key")?.as_str())
        .collect();
    let given = value.as_str().unwrap_or_default();
    if keys.contains(&given) {
        return None;
    }
    let near = did_you_mean(nearest(given, keys.iter().copied()));
    let all = || Some(format!("one of {}", keys.join(", ")));
    Some(
        Finding::error("unknown_option", format!("there is no option {value}"))
            .suggest(near.or_else(all)),
    )
}

/// Python takes `"nan"` and `"inf"` for numbers, which then are in every answer of the server.
fn not_finite(value: &Value) -> Option<Finding> {
    let number: f64 = value.as_str()?.trim().parse().ok()?;
    let message = format!("{value} is not a finite number");
    let finite = || Some("give a finite number".to_owned());
    (!number.is_finite()).then(|| Finding::error("not_finite", message).suggest(finite()))
}

fn off_step(value: &Value, spec: &InputSpec) -> Option<Finding> {
    let number = value.as_f64()?;
    let step = spec.option("step")?.as_f64().filter(|step| *step > 0.0)?;
    let start = spec.option("min").and_then(Value::as_f64).unwrap_or(0.0);
    let steps = (number - start) / step;
    let nearest = start + steps.round() * step;
    // Beyond this, doubles have no room for steps (seeds).
    if (steps - steps.round()).abs() < 1e-6 || steps.abs() > 1e15 {
        return None;
    }
    let message = format!("{value} is between the steps of {step} that the editor allows");
    Some(Finding::warning("off_step", message).suggest(Some(format!("the nearest is {nearest}"))))
}

/// A warning only, where the server's own words would be an error.
fn unlisted_file(value: &Value, spec: &InputSpec) -> Option<Finding> {
    let name = value
        .as_str()
        .filter(|name| files::is_unlisted(name, spec))?;
    let message = format!("the server's input folder has no `{name}`");
    Some(Finding::warning("file_not_listed", message).suggest(files::suggestion(name, spec)))
}
