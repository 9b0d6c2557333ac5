//! The error objects of an answer to `POST /prompt`.
//!
//! Called by the other files of this folder. Wording and keys are those of ComfyUI: clients match
//! on `type`, people read `message`.

use super::python;
use serde_json::{Map, Value, json};

/// One entry of a node's `errors`.
pub(super) type Reason = Value;

pub(super) fn error(kind: &str, message: &str, details: &str, extra_info: Value) -> Value {
    json!({"type": kind, "message": message, "details": details, "extra_info": extra_info})
}

pub(super) fn reason(kind: &str, message: &str, details: &str, extra_info: Value) -> Reason {
    error(kind, message, details, extra_info)
}

/// The error for a node whose class is not named, or not known.
pub(super) fn missing_class(id: &str, node: &Value) -> Value {
    let title = node.pointer("/_meta/title").and_then(Value::as_str);
    let class = node.get("class_type");
    let (message, title) = match class.and_then(Value::as_str) {
        None => {
            let name = title.map_or_else(|| format!("ID #{id}"), str::to_owned);
            let message = format!(
                "Node '{name}' has no class_type. The workflow may be corrupted or a custom node \
                 is missing."
            );
            (message, title)
        }
        Some(class) => {
            let name = title.unwrap_or(class);
            let message = format!("Node '{name}' not found. The custom node may not be installed.");
            (message, Some(name))
        }
    };
    error(
        "missing_node_type",
        &message,
        &format!("Node ID '#{id}'"),
        json!({"node_id": id, "class_type": class, "node_title": title}),
    )
}

/// An exception inside the server's own validation code.
#[derive(Debug, Clone)]
pub(super) struct Raised {
    /// Name of the exception's type.
    pub(super) kind: &'static str,
    /// The exception as text.
    pub(super) message: String,
}

impl Raised {
    pub(super) fn key(key: &Value) -> Self {
        Self {
            kind: "KeyError",
            message: python::repr(key),
        }
    }

    pub(super) fn type_error(message: String) -> Self {
        Self {
            kind: "TypeError",
            message,
        }
    }

    pub(super) fn too_deep() -> Self {
        Self {
            kind: "RecursionError",
            message: "maximum recursion depth exceeded".into(),
        }
    }

    fn traceback() -> Value {
        json!(["  File \"execution.py\", in validate_inputs\n"])
    }

    /// As it is filed under an output node.
    pub(super) fn on_output(&self) -> Reason {
        let extra = json!({"exception_type": self.kind, "traceback": Self::traceback()});
        reason(
            "exception_during_validation",
            "Exception when validating node",
            &self.message,
            extra,
        )
    }

    /// As it is filed under the node that an input links to.
    pub(super) fn on_linked_node(&self, input: &str, config: &Value, link: &Value) -> Reason {
        let extra = json!({
            "input_name": input,
            "input_config": config,
            "exception_message": self.message,
            "exception_type": self.kind,
            "traceback": Self::traceback(),
            "linked_node": link,
        });
        reason(
            "exception_during_inner_validation",
            "Exception when validating inner node",
            &self.message,
            extra,
        )
    }
}

/// `extra_info` of most faults of one input.
pub(super) fn about(input: &str, config: &Value, received: &Value) -> Map<String, Value> {
    let mut extra = Map::new();
    extra.insert("input_name".into(), input.into());
    extra.insert("input_config".into(), config.clone());
    extra.insert("received_value".into(), received.clone());
    extra
}
