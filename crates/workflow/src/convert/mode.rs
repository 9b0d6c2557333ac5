//! Mutes and bypasses nodes in a workflow of the editor, as the editor does it: by their `mode`.
//!
//! Called by whoever changes a file. Nodes are named as in the prompt, and so are the nodes that stand
//! for subgraphs, which a prompt does not have.

use super::scene::{Place, Scene};
use super::{ConvertError, Converter, Dialect};
use crate::node::NodeId;
use crate::ui::{Mode, NodeFields, UiWorkflow};
use serde_json::Value;

/// Why a node is not muted or bypassed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModeError {
    /// There is no node of that id, or it is in a subgraph that is muted or bypassed.
    #[error("there is no node `{0}`")]
    NoNode(NodeId),
    /// The node stands in a definition that is used several times.
    #[error("node `{node}` is in a subgraph that is used {uses} times, and would change in all")]
    Shared {
        /// The node.
        node: NodeId,
        /// How often its subgraph is used.
        uses: usize,
    },
    /// The workflow cannot be read.
    #[error(transparent)]
    Convert(#[from] ConvertError),
}

impl Converter {
    /// Sets the mode of a node.
    pub fn set_mode(
        &self,
        workflow: &UiWorkflow,
        node: &NodeId,
        mode: Mode,
    ) -> Result<UiWorkflow, ModeError> {
        let scene = Scene::new(workflow, self, Dialect::default(), &mut Vec::new())?;
        let place = find(&scene, node).ok_or_else(|| ModeError::NoNode(node.clone()))?;
        let graph = scene.instances[place.instance as usize].graph;
        let same = |instance: &&super::scene::Instance| instance.graph == graph;
        let uses = scene.instances.iter().filter(same).count();
        if uses > 1 {
            let node = node.clone();
            return Err(ModeError::Shared { node, uses });
        }
        let number = match mode {
            Mode::Active => 0,
            Mode::Muted => 2,
            Mode::Bypassed => 4,
        };
        let mut changed = workflow.clone();
        changed.set_fields(vec![NodeFields {
            graph: graph as usize,
            node: place.node as usize,
            fields: vec![("mode", Value::from(number))],
        }]);
        Ok(changed)
    }
}

/// The node of that id; of several, the first.
fn find(scene: &Scene<'_>, id: &NodeId) -> Option<Place> {
    (0..).zip(&scene.instances).find_map(|(instance, opened)| {
        let id = id.as_str().strip_prefix(&opened.prefix)?;
        let nodes = &scene.graph(instance).nodes;
        let node = nodes.iter().position(|node| node.id.to_string() == id)?;
        let node = u32::try_from(node).ok()?;
        Some(Place { instance, node })
    })
}
