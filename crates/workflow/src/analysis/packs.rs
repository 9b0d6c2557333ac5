//! The node packs that a workflow's nodes come from, as its file says it.
//!
//! The editor notes for each node the pack (`cnr_id` in the registry, `aux_id` for one that is only
//! a repository on GitHub) and its version. Prompts have no such notes.

use crate::convert::lives_in_editor;
use crate::definitions::Definitions;
use crate::ui::{Subgraph, UiGraph, UiNode, UiWorkflow};
use indexmap::{IndexMap, IndexSet};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;
use std::fmt;

/// What ComfyUI's own nodes name as their pack.
const CORE: &str = "comfy-core";

/// Where the nodes of a workflow come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NodePacks {
    /// ComfyUI itself, if a node names it.
    pub core: Option<NodePack>,
    /// Packs to install, in the order of the file.
    pub needed: Vec<NodePack>,
    /// Classes that no node names a pack for and that the server lacks; absent without definitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Vec<String>>,
}

/// A node pack, and what a workflow uses of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodePack {
    /// Id in the registry, or `owner/repository`.
    pub id: String,
    /// Where it is found.
    pub origin: PackOrigin,
    /// Versions that the nodes were saved with: a release, or the hash of a commit.
    pub versions: IndexSet<String>,
    /// Classes that come from it.
    pub classes: IndexSet<String>,
    /// Those of them that the server lacks; absent without definitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<String>>,
}

/// Where a node pack is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PackOrigin {
    /// In the Comfy Registry.
    Registry,
    /// On GitHub.
    Github,
}

/// What to do to have the pack.
impl fmt::Display for NodePack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = &self.id;
        match self.origin {
            PackOrigin::Registry => write!(formatter, "install the node pack `{id}`")?,
            PackOrigin::Github => {
                write!(formatter, "install the node pack https://github.com/{id}")?;
            }
        }
        match self.versions.last() {
            Some(version) => write!(formatter, " (the file has version {version})"),
            None => Ok(()),
        }
    }
}

impl NodePacks {
    /// Looks at all nodes of a workflow, those inside subgraphs and those that do not run included.
    /// With definitions also at what the server lacks: they must be those of all
    /// [`UiWorkflow::classes`] that the server has.
    pub fn of(workflow: &UiWorkflow, definitions: Option<&Definitions>) -> Self {
        let subgraphs = workflow.subgraphs();
        let instances: HashSet<&str> = subgraphs.iter().map(Subgraph::id).collect();
        let inner = subgraphs.iter().map(Subgraph::graph);
        let graphs: Vec<UiGraph<'_>> = std::iter::once(workflow.graph()).chain(inner).collect();
        let mut packs: IndexMap<(PackOrigin, &str), NodePack> = IndexMap::new();
        let mut named = HashSet::new();
        for node in graphs.iter().flat_map(UiGraph::nodes) {
            let class = node.class();
            if class.is_empty() || instances.contains(class) {
                continue;
            }
            let Some((origin, id)) = pack_of(node) else {
                continue;
            };
            named.insert(class);
            let pack = packs
                .entry((origin, id))
                .or_insert_with(|| NodePack::new(origin, id));
            pack.classes.insert(class.to_owned());
            pack.versions.extend(text(node, "ver").map(str::to_owned));
        }
        let lacks = |class: &str| definitions.map(|all| !all.contains(class) && !is_virtual(class));
        for pack in packs.values_mut() {
            let missing = |class: &&String| lacks(class) == Some(true);
            pack.missing =
                definitions.map(|_| pack.classes.iter().filter(missing).cloned().collect());
        }
        let unnamed = |class: &&str| !named.contains(class) && lacks(class) == Some(true);
        let unknown = || workflow.classes().into_iter().filter(unnamed);
        Self {
            core: packs.shift_remove(&(PackOrigin::Registry, CORE)),
            needed: packs.into_values().collect(),
            unknown: definitions.map(|_| unknown().map(str::to_owned).collect()),
        }
    }

    /// The pack to install for a class, if a node of that class names one.
    pub fn of_class(&self, class: &str) -> Option<&NodePack> {
        self.needed.iter().find(|pack| pack.classes.contains(class))
    }
}

impl NodePack {
    fn new(origin: PackOrigin, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            origin,
            versions: IndexSet::new(),
            classes: IndexSet::new(),
            missing: None,
        }
    }
}

/// No server has these as classes.
fn is_virtual(class: &str) -> bool {
    let is_group = class.starts_with("workflow>") || class.starts_with("workflow/");
    is_group || lives_in_editor(class)
}

fn pack_of<'a>(node: &UiNode<'a>) -> Option<(PackOrigin, &'a str)> {
    let registry = text(node, "cnr_id").map(|id| (PackOrigin::Registry, id));
    registry.or_else(|| text(node, "aux_id").map(|id| (PackOrigin::Github, id)))
}

fn text<'a>(node: &UiNode<'a>, property: &str) -> Option<&'a str> {
    let text = node.property(property).and_then(Value::as_str)?.trim();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn workflow() -> UiWorkflow {
        let node = |id: u64, class: &str, properties: Value| json!({"id": id, "type": class, "properties": properties});
        let inner = json!({"id": "sub", "name": "Inside", "nodes": [
            node(1, "KJ A", json!({"cnr_id": "comfyui-kjnodes", "ver": "1.1.0"})),
            node(2, "SetNode", json!({"cnr_id": "comfyui-kjnodes", "ver": "1.1.1"})),
        ], "links": []});
        let file = json!({"links": [], "definitions": {"subgraphs": [inner]}, "nodes": [
            node(1, "KSampler", json!({"cnr_id": "comfy-core", "ver": "0.3.64"})),
            node(2, "sub", json!({"cnr_id": "comfy-core"})),
            node(3, "KJ B", json!({"cnr_id": "comfyui-kjnodes", "aux_id": "kijai/ComfyUI-KJNodes"})),
            node(4, "Odd", json!({"aux_id": "someone/odd", "ver": "3fca"})),
            node(5, "Nameless", json!({"cnr_id": 7, "aux_id": " "})),
            node(6, "Note", json!([])),
            node(7, "", json!({"cnr_id": "nothing"})),
        ]});
        UiWorkflow::from_value(file).unwrap()
    }

    #[test]
    fn packs_are_told_with_their_classes_and_core_apart() {
        let definitions = br#"{"KSampler": {}, "KJ A": {}}"#;
        let definitions = Definitions::from_slice(definitions).unwrap();
        insta::assert_json_snapshot!(NodePacks::of(&workflow(), Some(&definitions)));
    }

    #[test]
    fn without_definitions_nothing_is_said_of_the_server() {
        let packs = NodePacks::of(&workflow(), None);
        assert_eq!((packs.unknown, &packs.needed[0].missing), (None, &None));
    }

    #[test]
    fn the_pack_of_a_class_says_how_to_get_it() {
        let packs = NodePacks::of(&workflow(), None);
        let advice = |class| packs.of_class(class).map(ToString::to_string);
        insta::assert_debug_snapshot!([advice("KJ B"), advice("Odd"), advice("Nameless")]);
    }
}
