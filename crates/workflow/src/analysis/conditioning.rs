//! Positive and negative prompt, told apart by following the links into the sampler.
//!
//! Starts at every input that wants a positive or negative prompt, nearest to the end of the graph
//! first, and walks upstream through whatever lies between: combiners, control nets, guidance,
//! reroutes, text tools. Titles are never looked at: they lie.

use super::kind::last_segment;
use super::known::Known;
use crate::graph::{Graph, Wire};
use crate::node::{Node, NodeId};
use crate::parameters::Role;
use std::collections::{HashMap, HashSet, VecDeque};

/// Role of a text, and how many links lie between it and the input that wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) role: Role,
    pub(super) distance: u32,
}

/// Role of each text that reaches a sampler, by node and input.
pub(super) type Roles<'a> = HashMap<(&'a str, &'a str), Reached>;

pub(super) fn roles<'a>(graph: &Graph<'a>, known: &Known) -> Roles<'a> {
    let mut walk = Walk {
        graph,
        known,
        roles: HashMap::new(),
        followed: HashSet::new(),
        visited: HashSet::new(),
    };
    let (flow, _) = graph.flow();
    for id in flow.into_iter().rev() {
        walk.start_at(id);
    }
    walk.roles
}

struct Walk<'g, 'a> {
    graph: &'g Graph<'a>,
    known: &'g Known,
    roles: Roles<'a>,
    /// Prompt inputs that a walk from further downstream went through.
    followed: HashSet<(&'a str, &'a str)>,
    /// Nodes with the prompt that was asked of them, and for which role.
    visited: HashSet<(&'a str, Role, Role)>,
}

impl<'a> Walk<'_, 'a> {
    /// Walks from the prompt inputs of a node that no walk went through yet.
    fn start_at(&mut self, id: &'a NodeId) {
        let Some((_, node)) = self.graph.entry(id.as_str()) else {
            return;
        };
        let wires: HashMap<&str, Wire<'a>> = self
            .graph
            .sources(id.as_str())
            .map(|wire| (wire.input, wire))
            .collect();
        for (input, role) in inputs_with_role(node, self.wants_conditioning(id, node)) {
            if self.followed.contains(&(id.as_str(), input)) {
                continue;
            }
            if node.input(input).is_some_and(serde_json::Value::is_string) {
                self.note(id.as_str(), input, Reached { role, distance: 0 });
            }
            let mut open: VecDeque<(Wire<'a>, u32)> = wires
                .get(input)
                .map(|wire| (*wire, 1))
                .into_iter()
                .collect();
            while let Some((wire, distance)) = open.pop_front() {
                self.visit(wire, Reached { role, distance }, &mut open);
            }
        }
    }

    /// A node at which conditioning ends, such as a guider: its conditioning is the positive one.
    fn wants_conditioning(&self, id: &NodeId, node: &Node) -> bool {
        if let Some(definition) = self.known.definition(node.class_type()) {
            return !definition
                .output
                .iter()
                .any(|output| output == "CONDITIONING");
        }
        let class = node.class_type();
        class.contains("Guider")
            || class.contains("Sampler")
            || self.graph.consumers(id.as_str()).is_empty()
    }

    /// Notes the texts of a node and goes on upstream.
    fn visit(&mut self, wire: Wire<'a>, reached: Reached, open: &mut VecDeque<(Wire<'a>, u32)>) {
        let Some((id, node)) = self.graph.entry(wire.source) else {
            return;
        };
        let named = self.known.output_name(node.class_type(), wire.slot);
        let wanted = named.and_then(polarity).unwrap_or(reached.role);
        if !self.visited.insert((id.as_str(), wanted, reached.role)) {
            return;
        }
        let polar: HashMap<&str, Role> = inputs_with_role(node, false).collect();
        for (input, value) in node.inputs() {
            let fits = polar.get(input).is_none_or(|role| *role == wanted);
            if fits && value.is_string() && self.is_prompt(node, input) {
                self.note(id.as_str(), input, reached);
            }
        }
        for next in self.graph.sources(id.as_str()) {
            let follow = match polar.get(next.input) {
                Some(role) => *role == wanted,
                // Beside prompt inputs, other links of the node carry no prompt.
                None => polar.is_empty() && self.carries_text(next),
            };
            if follow {
                self.followed.insert((id.as_str(), next.input));
                open.push_back((next, reached.distance + 1));
            }
        }
    }

    /// The first finder wins, except that a text that is wanted anywhere counts as wanted.
    fn note(&mut self, id: &'a str, input: &'a str, reached: Reached) {
        let known = self.roles.entry((id, input)).or_insert(reached);
        let nearer = known.role == reached.role && reached.distance < known.distance;
        if nearer || (known.role == Role::Negative && reached.role == Role::Positive) {
            *known = reached;
        }
    }

    fn is_prompt(&self, node: &Node, input: &str) -> bool {
        let name = last_segment(input);
        let words: Vec<&str> = name.split('_').collect();
        let says_so = words.iter().any(|word| PROMPT_WORDS.contains(word));
        let is_tool = words.iter().any(|word| TOOL_WORDS.contains(word));
        match self.known.spec(node, input) {
            Some(spec) => {
                let multiline = spec.option("multiline") == Some(&true.into());
                spec.type_name() == "STRING" && !is_tool && (says_so || multiline)
            }
            None => says_so && !is_tool,
        }
    }

    /// Whether a prompt may come through a link: by type, or without definitions by name.
    fn carries_text(&self, wire: Wire<'a>) -> bool {
        let source = self.graph.entry(wire.source);
        let class = source
            .map(|(_, node)| node.class_type())
            .unwrap_or_default();
        if let Some(kind) = self.known.output_type(class, wire.slot) {
            return matches!(kind, "CONDITIONING" | "STRING" | "*" | "COMFY_MATCHTYPE_V3");
        }
        let name = last_segment(wire.input);
        !name.split('_').any(|word| OTHER_WORDS.contains(&word))
    }
}

/// Words in the names of inputs that hold a prompt.
const PROMPT_WORDS: [&str; 14] = [
    "text", "prompt", "value", "string", "t5xxl", "clip", "llama", "tags", "lyrics", "caption",
    "positive", "negative", "bert", "mt5xl",
];

/// Words in the names of texts that do something to a prompt and are none.
const TOOL_WORDS: [&str; 10] = [
    "regex",
    "pattern",
    "find",
    "replace",
    "delimiter",
    "expression",
    "key",
    "name",
    "format",
    "system",
];

/// Words in the names of inputs through which no prompt comes.
const OTHER_WORDS: [&str; 26] = [
    "clip",
    "model",
    "vae",
    "image",
    "image1",
    "image2",
    "image3",
    "images",
    "pixels",
    "latent",
    "samples",
    "mask",
    "control",
    "audio",
    "video",
    "sigmas",
    "noise",
    "sampler",
    "switch",
    "width",
    "height",
    "length",
    "photomaker",
    "hooks",
    "vision",
    "seed",
];

/// Inputs of a node that want a prompt of a known kind. `conditioning` counts where asked for.
fn inputs_with_role(node: &Node, conditioning: bool) -> impl Iterator<Item = (&str, Role)> {
    let has_negative = node
        .inputs()
        .any(|(input, _)| polarity(input) == Some(Role::Negative));
    node.inputs().filter_map(move |(input, _)| {
        let name = last_segment(input);
        let plain = if name == "prompt" {
            has_negative
        } else {
            conditioning && name.starts_with("cond") && !name.contains("hook")
        };
        let role = polarity(input).or(plain.then_some(Role::Positive))?;
        Some((input, role))
    })
}

/// What a name such as `positive`, `negative_prompt` or `positive_A` says.
fn polarity(input: &str) -> Option<Role> {
    let mut words = last_segment(input).split('_');
    let role = match words.next()? {
        "positive" => Role::Positive,
        "negative" => Role::Negative,
        _ => return None,
    };
    // Points to click on, not prompts.
    (!words.any(|word| matches!(word, "coords" | "points"))).then_some(role)
}
