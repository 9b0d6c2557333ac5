//! Add, remove and mute nodes.

use super::{Draft, EditError};
use crate::node::NodeId;
use crate::prompt::InputAddress;
use serde_json::{Map, Value, json};

/// What becomes of the inputs that a node feeds when the node goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumers {
    /// A node that feeds others is not removed.
    Refuse,
    /// The inputs become absent.
    Unlink,
}

/// A node to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNode {
    /// Class of the node.
    pub class: String,
    /// Id; `None` takes the next free number.
    pub id: Option<NodeId>,
    /// Values and links, taken as they are.
    pub inputs: Map<String, Value>,
    /// Title.
    pub title: Option<String>,
}

impl NewNode {
    /// A node without inputs, under the next free number.
    pub fn of_class(class: impl Into<String>) -> Self {
        Self {
            class: class.into(),
            id: None,
            inputs: Map::new(),
            title: None,
        }
    }
}

impl Draft {
    /// Adds a node and gives its id. Links among its inputs must come from nodes that exist.
    pub fn add(&mut self, node: NewNode) -> Result<NodeId, EditError> {
        let id = match node.id {
            Some(id) if self.nodes.contains_key(id.as_str()) => {
                return Err(EditError::NodeExists {
                    node: id.to_string(),
                });
            }
            Some(id) => id,
            None => self.next_id(),
        };
        let links = node
            .inputs
            .values()
            .filter_map(crate::node::Link::from_value);
        if let Some(stray) = links
            .map(|link| link.node)
            .find(|source| !self.nodes.contains_key(*source))
        {
            return Err(self.no_node(stray));
        }
        let mut fields = json!({"class_type": node.class, "inputs": node.inputs});
        if let Some(title) = node.title {
            fields["_meta"] = json!({"title": title});
        }
        self.nodes.insert(id.as_str().to_owned(), fields);
        Ok(id)
    }

    /// One more than the greatest number that is an id, or the first number of a subgraph node's id.
    fn next_id(&self) -> NodeId {
        let numbers = self
            .nodes
            .keys()
            .filter_map(|id| id.split(':').next()?.parse::<u64>().ok());
        let mut next = numbers.max().map_or(1, |greatest| greatest.wrapping_add(1));
        while self.nodes.contains_key(&next.to_string()) {
            next = next.wrapping_add(1);
        }
        NodeId::new(next.to_string())
    }

    /// Removes a node; gives the inputs that lost their link.
    pub fn remove(
        &mut self,
        node: &str,
        consumers: Consumers,
    ) -> Result<Vec<InputAddress>, EditError> {
        if !self.nodes.contains_key(node) {
            return Err(self.no_node(node));
        }
        let fed: Vec<InputAddress> = self
            .consumers(node)
            .into_iter()
            .map(|(input, _)| input)
            .filter(|input| input.node.as_str() != node)
            .collect();
        if consumers == Consumers::Refuse && !fed.is_empty() {
            return Err(EditError::HasConsumers {
                node: node.to_owned(),
                inputs: fed,
            });
        }
        for input in &fed {
            self.inputs_mut(input.node.as_str())?
                .shift_remove(&input.input);
        }
        self.nodes.shift_remove(node);
        Ok(fed)
    }

    /// Leaves a node out, as the editor does with a muted one (mode 2): inputs that it feeds become
    /// absent. Gives those inputs.
    pub fn mute(&mut self, node: &str) -> Result<Vec<InputAddress>, EditError> {
        self.remove(node, Consumers::Unlink)
    }
}
