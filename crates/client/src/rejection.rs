//! What a server says of a prompt that it does not run, or runs only in part.

use comfyctl_workflow::NodeId;
use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// How many node errors a message shows.
const SHOWN: usize = 3;

/// The 400 of `POST /prompt`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rejection {
    /// What is wrong with the prompt as a whole.
    pub error: PromptError,
    /// What is wrong with its nodes.
    #[serde(default)]
    pub node_errors: NodeErrors,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What is wrong with a prompt as a whole, or with one input of a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromptError {
    /// Stable name, such as `prompt_no_outputs` or `value_not_in_list`.
    #[serde(rename = "type")]
    pub error_type: String,
    /// For people.
    #[serde(default)]
    pub message: String,
    /// More for people, such as the name of the input; may be empty.
    #[serde(default)]
    pub details: String,
    /// Data that depends on the type, such as `input_name` and `received_value`.
    #[serde(default)]
    pub extra_info: Value,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Errors by node, in the server's order. May be filled in a 200 too: then the outputs that depend
/// on these nodes are not made, and the others are.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct NodeErrors(pub IndexMap<NodeId, NodeError>);

/// What is wrong with one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeError {
    /// Each thing that is wrong; the order means nothing.
    #[serde(default)]
    pub errors: Vec<PromptError>,
    /// Output nodes that cannot run because of it.
    #[serde(default)]
    pub dependent_outputs: Vec<NodeId>,
    /// Class of the node.
    #[serde(default)]
    pub class_type: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl NodeErrors {
    /// Whether no node is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each error with its node.
    pub fn iter(&self) -> impl Iterator<Item = (&NodeId, &NodeError, &PromptError)> {
        self.0
            .iter()
            .flat_map(|(id, node)| node.errors.iter().map(move |error| (id, node, error)))
    }
}

impl PromptError {
    /// Name of the input that it is about.
    pub fn input_name(&self) -> Option<&str> {
        self.extra_info.get("input_name").and_then(Value::as_str)
    }
}

impl Rejection {
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self.error.error_type.as_str() {
            "missing_node_type" => {
                let class = self
                    .error
                    .extra_info
                    .get("class_type")
                    .and_then(Value::as_str)?;
                return Some(format!(
                    "install the node pack that brings `{class}` on the server, or use another node"
                ));
            }
            "prompt_no_outputs" => "add a node that makes an output, such as SaveImage",
            "invalid_prompt_id" => "a prompt id is a UUID in lower case with hyphens",
            _ if self.node_errors.is_empty() => return None,
            _ => "set the inputs named above to values that the server takes",
        };
        Some(hint.to_owned())
    }
}

/// Takes `[]` for none, as some older servers write it.
impl<'de> Deserialize<'de> for NodeErrors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Value::deserialize(deserializer)?;
        if !written.is_object() {
            return Ok(Self::default());
        }
        IndexMap::deserialize(written)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)?;
        let errors: Vec<_> = self.node_errors.iter().collect();
        for (id, node, error) in errors.iter().take(SHOWN) {
            write!(formatter, "; node `{id}` ({}): {error}", node.class_type)?;
        }
        match errors.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(formatter, "; and {more} more"),
        }
    }
}

impl fmt::Display for PromptError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = if self.message.is_empty() {
            &self.error_type
        } else {
            &self.message
        };
        formatter.write_str(message)?;
        if self.details.is_empty() {
            Ok(())
        } else {
            write!(formatter, " ({})", self.details)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rejection_reads_as_one_line_and_keeps_everything() {
        let body = json!({
            "error": {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation", "details": "", "extra_info": {}},
            "node_errors": {"3": {
                "errors": [{"type": "value_not_in_list", "message": "Value not in list", "details": "sampler: 'x'", "extra_info": {"input_name": "sampler"}, "new": 1}],
                "dependent_outputs": ["9"], "class_type": "KSampler"
            }},
            "later": true
        });
        let rejection: Rejection = serde_json::from_value(body.clone()).unwrap();
        assert_eq!(
            rejection.to_string(),
            "Prompt outputs failed validation; node `3` (KSampler): Value not in list (sampler: 'x')"
        );
        assert_eq!(
            rejection.node_errors.iter().next().unwrap().2.input_name(),
            Some("sampler")
        );
        assert_eq!(serde_json::to_value(rejection).unwrap(), body);
    }

    #[test]
    fn an_empty_list_means_no_node_errors() {
        let body = json!({"error": {"type": "no_prompt"}, "node_errors": []});
        let rejection: Rejection = serde_json::from_value(body).unwrap();
        assert!(rejection.node_errors.is_empty());
        assert_eq!(rejection.to_string(), "no_prompt");
    }
}
