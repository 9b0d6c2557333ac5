//! Classes that the server does not have, and how to come by them.

use super::Report;
use super::classes::ParsedClasses;
use super::finding::{Finding, did_you_mean};
use crate::analysis::NodePacks;
use crate::convert::MissingClass;
use crate::prompt::Prompt;
use crate::replacements::Replacements;
use crate::suggest::nearest;
use crate::ui::UiWorkflow;
use crate::validation::Classes;

/// A finding for every node of a class that the server does not have; it names only the first
/// itself. `None` when it has them all.
pub(super) fn find(prompt: &Prompt, classes: &ParsedClasses<'_>) -> Option<Vec<Finding>> {
    let missing = prompt
        .nodes()
        .filter(|(_, node)| classes.definition(node.class_type()).is_none());
    let missing: Vec<_> = missing.collect();
    // Those that the server would replace have been told of.
    let untold = missing
        .iter()
        .filter(|(_, node)| classes.stand_in(node.class_type()).is_none());
    let findings = untold.map(|(id, node)| {
        let class = node.class_type();
        let near = did_you_mean(nearest(class, classes.names()));
        of_class(class)
            .at(prompt, id.as_str())
            .suggest(near.or_else(any_pack))
    });
    (!missing.is_empty()).then(|| findings.collect())
}

/// What to say of a workflow that is not converted because the server lacks classes: which packs of
/// its file bring them.
///
/// ```
/// use comfyctl_workflow::convert::{ConvertError, Options, convert};
/// use comfyctl_workflow::{Definitions, check, ui::UiWorkflow};
/// use serde_json::json;
///
/// let file = json!({"links": [], "nodes": [
///     {"id": 1, "type": "Upscale", "properties": {"cnr_id": "upscalers", "ver": "2.0.1"}}]});
/// let workflow = UiWorkflow::from_value(file).unwrap();
/// let definitions = Definitions::default();
/// let converted = convert(&workflow, &definitions, &Options::default(), &mut |_| 0);
/// let Err(ConvertError::MissingClasses(missing)) = converted else { panic!() };
/// let report = check::of_missing_classes(&missing, &workflow, definitions.replacements());
/// assert_eq!(
///     report.findings[0].suggestion.as_deref(),
///     Some("install the node pack `upscalers` (the file has version 2.0.1)")
/// );
/// ```
pub fn of_missing_classes(
    missing: &[MissingClass],
    workflow: &UiWorkflow,
    replacements: &Replacements,
) -> Report {
    let packs = NodePacks::of(workflow, None);
    let mut findings = Vec::new();
    for MissingClass { class, nodes } in missing {
        let suggestion = suggestion(class, &packs, replacements);
        findings.extend(nodes.iter().map(|node| Finding {
            node: Some(node.as_str().into()),
            class: Some(class.clone()),
            suggestion: suggestion.clone(),
            ..of_class(class)
        }));
    }
    Report::new(findings, true)
}

fn suggestion(class: &str, packs: &NodePacks, replacements: &Replacements) -> Option<String> {
    replacements
        .of(class)
        .map(|replacement| format!("replace it by `{}` in the editor", replacement.class))
        .or_else(|| packs.of_class(class).map(ToString::to_string))
        .or_else(any_pack)
}

fn of_class(class: &str) -> Finding {
    let message = format!("the server has no class `{class}`");
    Finding::error("missing_node_type", message)
}

#[expect(clippy::unnecessary_wraps, reason = "the last of several suggestions")]
fn any_pack() -> Option<String> {
    Some("install the node pack that brings it".to_owned())
}
