//! What a workflow is, for people and programs that want to use it: what can be changed in it, what
//! comes out, what it needs, and how it runs.
//!
//! Called by every face before it shows a workflow or makes a form or a tool of it. Definitions make
//! it exact; without them it says only what the structure tells.

mod conditioning;
mod connections;
pub(crate) mod inputs;
mod kind;
pub(crate) mod known;
mod mermaid;
mod models;
pub(crate) mod names;
mod order;
mod outputs;
mod packs;

pub use connections::{Connections, Incoming, Outgoing, connections};
pub(crate) use kind::of as kind_of;
pub use models::ModelUse;
pub use outputs::{Output, OutputKind};
pub use packs::{NodePack, NodePacks, PackOrigin};

use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::graph::Graph;
use crate::node::NodeId;
use crate::parameters::{Parameter, ParameterKind, Parameters, Target};
use crate::placeholders;
use crate::prompt::Prompt;
use indexmap::IndexMap;
use known::Known;
use names::Names;
use serde::Serialize;
use std::collections::HashSet;

/// What is found in a prompt.
///
/// ```
/// use comfyctl_workflow::{Analysis, Prompt};
/// use serde_json::json;
///
/// let prompt = Prompt::from_value(json!({
///     "3": {"class_type": "KSampler", "inputs": {
///         "seed": 5, "steps": 20, "positive": ["6", 0], "negative": ["7", 0]}},
///     "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat"}},
///     "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry"}},
/// }))?;
/// let analysis = Analysis::of(&prompt, None);
/// let names: Vec<&str> = analysis.parameters.iter().map(|each| each.name.as_str()).collect();
/// assert_eq!(names, ["seed", "sampler_steps", "positive_prompt", "negative_prompt"]);
///
/// let values = json!({"positive_prompt": "a red fox", "seed": 7});
/// let changed = analysis.parameters.apply(&prompt, values.as_object().unwrap())?;
/// assert_eq!(changed.node("6").unwrap().input("text"), Some(&json!("a red fox")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// Whether there were definitions; without, ranges, choices and availability are not known.
    pub with_definitions: bool,
    /// What can be changed.
    pub parameters: Parameters,
    /// What comes out.
    pub outputs: Vec<Output>,
    /// Model files that are loaded.
    pub models: Vec<ModelUse>,
    /// Node classes that are used.
    pub classes: Vec<ClassUse>,
    /// Nodes that will run, in the order in which a server likely runs them.
    pub order: Vec<NodeId>,
    /// What is wrong with the structure.
    pub faults: Vec<Fault>,
}

/// A node class that a workflow uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassUse {
    /// Name of the class.
    pub class: String,
    /// Number of nodes of it.
    pub count: usize,
    /// Whether the server has it; absent without definitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<bool>,
}

impl Analysis {
    /// Looks at a prompt; with the definitions of a server, where there are any, also at what its
    /// classes declare. Never fails: what is wrong is in `faults`.
    pub fn of(prompt: &Prompt, definitions: Option<&Definitions>) -> Self {
        let graph = Graph::of(prompt);
        let known = Known::of(prompt, definitions);
        let outputs = outputs::find(&graph, &known);
        let parameters = parameters(&graph, &known, &outputs);
        Self {
            with_definitions: known.is_given(),
            models: models::find(prompt, &parameters, &known),
            parameters,
            classes: classes(prompt, &known, definitions),
            order: order::estimate(&graph, &outputs),
            faults: prompt.faults(),
            outputs,
        }
    }
}

/// A drawing of a prompt in Mermaid, for people: the same text for the same prompt.
///
/// ```
/// use comfyctl_workflow::{Prompt, mermaid};
/// use serde_json::json;
///
/// let prompt = Prompt::from_value(json!({
///     "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
///     "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
/// }))?;
/// assert!(mermaid(&prompt, None).contains("n0 -->|\"images\"| n1"));
/// # Ok::<(), comfyctl_workflow::Faults>(())
/// ```
pub fn mermaid(prompt: &Prompt, definitions: Option<&Definitions>) -> String {
    let graph = Graph::of(prompt);
    let known = Known::of(prompt, definitions);
    mermaid::draw(prompt, &outputs::find(&graph, &known))
}

/// Placeholders first, since the author chose them, then all other values that reach an output.
fn parameters(graph: &Graph, known: &Known, outputs: &[Output]) -> Parameters {
    let mut names = Names::default();
    let mut parameters = placeholders::find(graph, known, &mut names);
    let roles = conditioning::roles(graph, known);
    for parameter in &mut parameters {
        let role = |target: &Target| {
            let at = (target.node.as_str(), target.input.as_str());
            roles.get(&at).map(|reached| reached.role)
        };
        if parameter.kind == ParameterKind::Text {
            parameter.role = parameter.targets.iter().find_map(role);
        }
    }
    let reach = reach(graph, outputs);
    let taken = taken(&parameters);
    let found = inputs::collect(graph, known, &roles, &reach, &taken);
    let named = names::assign(found, graph, known, &mut names);
    parameters.extend(named);
    Parameters::new(parameters)
}

fn taken(parameters: &[Parameter]) -> HashSet<(&NodeId, &str)> {
    let targets = parameters.iter().flat_map(|parameter| &parameter.targets);
    targets
        .map(|target| (&target.node, target.input.as_str()))
        .collect()
}

/// Nodes whose values make a difference; all of them where nothing comes out.
fn reach<'a>(graph: &Graph<'a>, outputs: &[Output]) -> HashSet<&'a str> {
    let entries = outputs
        .iter()
        .filter_map(|output| graph.entry(output.node.as_str()));
    let reached = graph.upstream(entries.map(|(id, _)| id.as_str()));
    if reached.is_empty() {
        return graph.prompt.nodes().map(|(id, _)| id.as_str()).collect();
    }
    reached
}

fn classes(prompt: &Prompt, known: &Known, definitions: Option<&Definitions>) -> Vec<ClassUse> {
    let mut counts: IndexMap<&str, usize> = IndexMap::new();
    for (_, node) in prompt.nodes() {
        *counts.entry(node.class_type()).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(class, count)| ClassUse {
            class: class.to_owned(),
            count,
            available: definitions
                .map(|all| known.definition(class).is_some() || all.contains(class)),
        })
        .collect()
}

#[cfg(test)]
mod tests;
