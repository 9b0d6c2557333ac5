//! From a prompt to the editor's format, so that a graph made by a program can be opened and edited.
//!
//! Called by everything that shows a prompt to a person. Pure. The promise: `convert` turns the
//! workflow back into the same prompt, and where the editor's format cannot hold an input, a
//! [`Warning`] names it. The promise is not left to care: `check` converts every workflow back and
//! compares. `classes` finds the plan of each class, `draft` gives nodes their widget values and
//! slots, `links` connects them, `layout` places them and `write` makes the file.

mod check;
mod classes;
mod draft;
mod escape;
mod guess;
mod identity;
mod layout;
mod links;
mod size;
mod slots;
#[cfg(test)]
mod tests;
pub(crate) mod values;
mod warning;
mod write;

pub use warning::{Code, Warning};

use crate::convert::Dialect;
use crate::definitions::Definitions;
use crate::node::NodeId;
use crate::prompt::Prompt;
use crate::ui::UiWorkflow;
use classes::Classes;
use draft::Draft;
use indexmap::IndexMap;

/// How to convert.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The version of the editor that will send the workflow.
    pub dialect: Dialect,
}

/// What came of a conversion.
#[derive(Debug, Clone, PartialEq)]
pub struct UiConversion {
    /// The workflow, in version 0.4 of the editor's format.
    pub workflow: UiWorkflow,
    /// The id that each node of the prompt has in the workflow, in the order of the prompt.
    pub node_ids: IndexMap<NodeId, i64>,
    /// What the editor would send otherwise than the prompt has it, and what was guessed.
    pub warnings: Vec<Warning>,
}

/// Makes a workflow that the editor shows and sends as the same prompt.
///
/// ```
/// use comfyctl_workflow::to_ui::{Options, to_ui};
/// use comfyctl_workflow::{Definitions, Prompt};
/// use serde_json::json;
///
/// let definitions = Definitions::from_slice(br#"{"Noise": {"input": {"required": {
///     "seed": ["INT", {"default": 0}], "width": ["INT", {"default": 512}]}}, "output": ["NOISE"]}}"#)?;
/// let prompt = Prompt::from_value(json!({
///     "3": {"class_type": "Noise", "inputs": {"seed": 7, "width": 64}},
/// }))?;
///
/// let converted = to_ui(&prompt, &definitions, &Options::default());
/// let node = &converted.workflow.fields()["nodes"][0];
/// assert_eq!(node["widgets_values"], json!([7, "fixed", 64]));
/// assert!(converted.warnings.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn to_ui(prompt: &Prompt, definitions: &Definitions, options: &Options) -> UiConversion {
    let mut warnings = Vec::new();
    let classes = Classes::new(prompt, definitions, &mut warnings);
    let node_ids = identity::assign(prompt, &mut warnings);
    let mut drafts: Vec<Draft<'_>> = prompt
        .nodes()
        .zip(node_ids.values())
        .filter_map(|((prompt_id, node), &id)| {
            let class = classes.get(node.class_type())?;
            Some(Draft::new(id, prompt_id, node, class, options.dialect))
        })
        .collect();
    let links = links::connect(&mut drafts);
    let workflow = write::workflow(&drafts, &links);
    check::compare(&drafts, &workflow, &classes, options.dialect, &mut warnings);
    UiConversion {
        workflow,
        node_ids,
        warnings,
    }
}
