//! Links between nodes: where one leads, and whether the types fit.
//!
//! Called by the validator. What Python would raise for an odd link is raised here too, because
//! clients see the exception's text.

use super::report::{Raised, about};
use super::signature::Declared;
use super::{Reason, python, reason};
use crate::definitions::{Definition, InputSpec};
use serde_json::{Map, Value, json};

/// The node that a link names, by Python's rules for looking up a dictionary of texts.
pub(super) fn linked_node<'prompt>(
    nodes: &'prompt Map<String, Value>,
    id: &Value,
) -> Result<(&'prompt str, &'prompt Value), Raised> {
    match id {
        Value::Array(_) | Value::Object(_) => Err(Raised::type_error(format!(
            "unhashable type: '{}'",
            python::type_name(id)
        ))),
        Value::String(text) => nodes
            .get_key_value(text)
            .map(|(id, node)| (id.as_str(), node))
            .ok_or_else(|| Raised::key(id)),
        _ => Err(Raised::key(id)),
    }
}

/// The type of an output slot, by Python's rules for indexing a tuple.
pub(super) fn slot_type<'definition>(
    definition: &'definition Definition,
    slot: &Value,
) -> Result<&'definition Value, Raised> {
    let index = match slot {
        Value::Bool(flag) => i64::from(*flag),
        Value::Number(number) if number.is_i64() => number.as_i64().unwrap_or(i64::MAX),
        Value::Number(number) if number.is_u64() => i64::MAX,
        other => {
            return Err(Raised::type_error(format!(
                "tuple indices must be integers or slices, not {}",
                python::type_name(other)
            )));
        }
    };
    let count = i64::try_from(definition.output.len()).unwrap_or(i64::MAX);
    let from_front = if index < 0 { index + count } else { index };
    usize::try_from(from_front)
        .ok()
        .and_then(|index| definition.output.get(index))
        .ok_or_else(|| Raised {
            kind: "IndexError",
            message: "tuple index out of range".into(),
        })
}

/// Whether an output of type `received` may feed an input declared as `spec`.
pub(super) fn fits(received: &Value, spec: &InputSpec) -> bool {
    let declared = spec.0.get(0).unwrap_or(&Value::Null);
    if received == declared {
        return true;
    }
    let (Some(received), Some(declared)) = (received.as_str(), declared.as_str()) else {
        return false;
    };
    let any = |types: &str| {
        types
            .split(',')
            .any(|name| matches!(name.trim(), "*" | "COMFY_MATCHTYPE_V3"))
    };
    any(received)
        || any(declared)
        || received
            .split(',')
            .any(|name| declared.split(',').any(|other| other.trim() == name.trim()))
}

/// A list that names no output.
pub(super) fn malformed(declared: &Declared<'_>, link: &[Value]) -> Reason {
    let name = &declared.name;
    let extra = about(name, &declared.config(), &Value::from(link));
    reason(
        "bad_linked_input",
        "Bad linked input, must be a length-2 list of [node_id, slot_index]",
        name,
        Value::Object(extra),
    )
}

/// A link from an output of another type.
pub(super) fn mismatch(declared: &Declared<'_>, received: &Value, link: &[Value]) -> Reason {
    let name = &declared.name;
    let (received_text, declared_text) = (
        python::text(received),
        python::text(declared.spec.0.get(0).unwrap_or(&Value::Null)),
    );
    reason(
        "return_type_mismatch",
        "Return type mismatch between linked nodes",
        &format!("{name}, received_type({received_text}) mismatch input_type({declared_text})"),
        json!({
            "input_name": name,
            "input_config": declared.config(),
            "received_type": received,
            "linked_node": link,
        }),
    )
}
