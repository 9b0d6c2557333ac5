//! The settings that people change most, by meaning: prompt texts, sampler, size, image.
//!
//! They find their inputs by structure. An input that is linked is followed to the node that holds
//! the value, and never overwritten; an input that a node has not is never added. A helper that finds
//! nothing to set says so. All give the inputs that were set, and set all or none.

use super::{EditError, InputOf};
use crate::analysis::Analysis;
use crate::graph::Graph;
use crate::node::{Link, Node, NodeId};
use crate::parameters::Role;
use crate::prompt::{InputAddress, Prompt};
use serde_json::{Value, json};

/// Settings of a sampler; those that are `None` stay.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SamplerSettings {
    /// Where randomness starts, wherever the sampler takes it: `seed` or `noise_seed`.
    pub seed: Option<u64>,
    /// Number of steps.
    pub steps: Option<u64>,
    /// How closely the prompt is followed.
    pub cfg: Option<f64>,
    /// Name of the sampler, such as `euler`.
    pub sampler_name: Option<String>,
    /// Name of the scheduler, such as `karras`.
    pub scheduler: Option<String>,
    /// How much of the picture is made anew, from 0 to 1.
    pub denoise: Option<f64>,
}

/// Size of what is made; what is `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImageSize {
    /// Width in pixels.
    pub width: Option<u64>,
    /// Height in pixels.
    pub height: Option<u64>,
    /// Number of pictures.
    pub batch_size: Option<u64>,
}

impl Prompt {
    /// Sets the positive or the negative prompt, found by the links into the sampler. With a node,
    /// only a text of that node. Texts that differ are not overwritten at once: name the node.
    pub fn set_text_prompt(
        &mut self,
        role: Role,
        text: &str,
        node: Option<&NodeId>,
    ) -> Result<Vec<InputAddress>, EditError> {
        let what = match role {
            Role::Positive => "a positive prompt",
            Role::Negative => "a negative prompt",
        };
        let analysis = Analysis::of(self, None);
        let main = format!("{}_prompt", role.as_str());
        let texts: Vec<_> = analysis
            .parameters
            .iter()
            .filter(|each| each.role == Some(role))
            .filter(|each| each.name.starts_with(&main) || node.is_some())
            .filter_map(|each| Some((each.targets.first()?, each.value.as_ref()?)))
            .filter(|(target, _)| node.is_none_or(|node| target.node == *node))
            .collect();
        let inputs: Vec<InputAddress> = texts.iter().map(|(target, _)| target.address()).collect();
        if let (true, Some(node)) = (inputs.is_empty(), node) {
            return self.set_linked_text(node, text, what);
        }
        let mut values = texts.iter().map(|(_, value)| *value);
        let first = values.next().ok_or(EditError::NoTarget { what })?;
        if values.any(|value| value != first) {
            return Err(EditError::Ambiguous { what, inputs });
        }
        Ok(self.write(inputs, &json!(text)))
    }

    /// Sets the text that a named node gets by a link.
    fn set_linked_text(
        &mut self,
        node: &NodeId,
        text: &str,
        what: &'static str,
    ) -> Result<Vec<InputAddress>, EditError> {
        let value = self
            .node(node.as_str())
            .and_then(|found| found.input("text"));
        if value.and_then(Link::from_value).is_none() {
            return Err(EditError::NoTarget { what });
        }
        let address = holder(&Graph::of(self), node.input("text"))?;
        Ok(self.write(vec![address], &json!(text)))
    }

    /// Sets what is given wherever a sampling node takes it; with a node, only there.
    pub fn set_sampler_settings(
        &mut self,
        settings: &SamplerSettings,
        node: Option<&NodeId>,
    ) -> Result<Vec<InputAddress>, EditError> {
        let wanted: [(&'static str, &[&str], Option<Value>); 6] = [
            (
                "a seed",
                &["seed", "noise_seed"],
                settings.seed.map(Value::from),
            ),
            ("`steps`", &["steps"], settings.steps.map(Value::from)),
            ("`cfg`", &["cfg"], settings.cfg.map(Value::from)),
            (
                "`sampler_name`",
                &["sampler_name"],
                settings.sampler_name.clone().map(Value::from),
            ),
            (
                "`scheduler`",
                &["scheduler"],
                settings.scheduler.clone().map(Value::from),
            ),
            ("`denoise`", &["denoise"], settings.denoise.map(Value::from)),
        ];
        let chosen = |id: &NodeId, found: &Node| match node {
            Some(node) => id == node,
            None => is_sampling(found),
        };
        self.set_where(chosen, wanted)
    }

    /// Sets the size of the empty picture that sampling starts from; with a node, of that node.
    pub fn set_image_size(
        &mut self,
        size: ImageSize,
        node: Option<&NodeId>,
    ) -> Result<Vec<InputAddress>, EditError> {
        let wanted: [(&'static str, &[&str], Option<Value>); 3] = [
            ("`width`", &["width"], size.width.map(Value::from)),
            ("`height`", &["height"], size.height.map(Value::from)),
            (
                "`batch_size`",
                &["batch_size"],
                size.batch_size.map(Value::from),
            ),
        ];
        let chosen = |id: &NodeId, found: &Node| {
            let class = found.class_type();
            let is_empty_picture = class.starts_with("Empty") && class.contains("Latent");
            node.map_or(is_empty_picture, |node| id == node)
        };
        self.set_where(chosen, wanted)
    }

    /// Sets the name of the image that is loaded: of all nodes that load one, or of the given node.
    /// The file must be on the server.
    pub fn set_image_input(
        &mut self,
        image: &str,
        node: Option<&NodeId>,
    ) -> Result<Vec<InputAddress>, EditError> {
        let wanted: [(&'static str, &[&str], Option<Value>); 1] =
            [("an image file", &["image"], Some(json!(image)))];
        let chosen = |id: &NodeId, found: &Node| match node {
            Some(node) => id == node,
            None => found.class_type() == "LoadImage",
        };
        self.set_where(chosen, wanted)
    }

    /// Sets each value on all chosen nodes that have one of its inputs.
    fn set_where<const N: usize>(
        &mut self,
        chosen: impl Fn(&NodeId, &Node) -> bool,
        wanted: [(&'static str, &[&str], Option<Value>); N],
    ) -> Result<Vec<InputAddress>, EditError> {
        let mut changes: Vec<(InputAddress, Value)> = Vec::new();
        let graph = Graph::of(self);
        for (what, names, value) in wanted {
            let Some(value) = value else { continue };
            // What JSON makes of a number that is not finite.
            if value.is_null() {
                return Err(EditError::NotFinite { what });
            }
            let before = changes.len();
            for (id, node) in self.nodes().filter(|(id, node)| chosen(id, node)) {
                let inputs = names.iter().filter(|name| node.input(name).is_some());
                for name in inputs {
                    let address = holder(&graph, id.input(name))?;
                    changes.push((address, value.clone()));
                }
            }
            if changes.len() == before {
                return Err(EditError::NoTarget { what });
            }
        }
        let mut set = Vec::new();
        for (address, value) in changes {
            set.extend(self.write(vec![address], &value));
        }
        set.dedup();
        Ok(set)
    }

    fn write(&mut self, inputs: Vec<InputAddress>, value: &Value) -> Vec<InputAddress> {
        inputs
            .into_iter()
            .filter(|address| self.set(address, value.clone()))
            .collect()
    }
}

/// Whether a node has to do with sampling: by its class, or by what it takes.
fn is_sampling(node: &Node) -> bool {
    const SETTINGS: [&str; 6] = [
        "seed",
        "steps",
        "cfg",
        "sampler_name",
        "scheduler",
        "denoise",
    ];
    let class = node.class_type();
    let named = ["Sampler", "Scheduler", "Guider", "RandomNoise"];
    let takes = SETTINGS.iter().filter(|name| node.input(name).is_some());
    named.iter().any(|part| class.contains(part)) || takes.count() >= 2
}

/// The input that holds the value of an input: itself, or behind links through nodes that have only
/// one input, such as a number or a reroute.
fn holder(graph: &Graph, start: InputAddress) -> Result<InputAddress, EditError> {
    let mut at = start.clone();
    // A cycle of such nodes has no holder; no walk is longer than the graph.
    for _ in 0..=graph.prompt.len() {
        let value = graph
            .entry(at.node.as_str())
            .and_then(|(_, node)| node.input(&at.input));
        let Some(link) = value.and_then(Link::from_value) else {
            return Ok(at);
        };
        let source = NodeId::from(link.node);
        let inputs: Vec<&str> = graph
            .entry(link.node)
            .map(|(_, node)| node.inputs().map(|(input, _)| input).collect())
            .unwrap_or_default();
        match inputs.as_slice() {
            [only] => at = source.input(only),
            _ => return Err(computed(start, source)),
        }
    }
    let by = at.node;
    Err(computed(start, by))
}

fn computed(input: InputAddress, by: NodeId) -> EditError {
    EditError::Computed {
        node: input.node,
        input: input.input,
        by,
    }
}
