//! `PARAM_PROMPT`, `PARAM_INT_STEPS`, `PARAM_FLOAT_CFG`: a value that is to be replaced.

use super::{Marked, of_spec};
use crate::definitions::InputSpec;
use crate::node::Node;
use crate::parameters::{Origin, ParameterKind, ValueType};
use crate::prompt::InputAddress;

pub(super) fn read(
    text: &str,
    address: &InputAddress,
    node: &Node,
    spec: Option<&InputSpec>,
) -> Option<Marked> {
    let (name, declared) = parse(text)?;
    let mut parameter = of_spec(address.clone(), node, spec, None, Origin::ParamName);
    if let Some(value_type) = declared {
        parameter.value_type = value_type;
        let is_number = matches!(value_type, ValueType::Integer | ValueType::Number);
        if value_type == ValueType::Boolean {
            parameter.kind = ParameterKind::Switch;
        } else if is_number && parameter.kind == ParameterKind::Text {
            parameter.kind = ParameterKind::Number;
        }
    }
    // The notation has no defaults.
    parameter.required = true;
    Some(Marked { name, parameter })
}

/// Name in lower case and the type, where it is said.
fn parse(text: &str) -> Option<(String, Option<ValueType>)> {
    let name = text.strip_prefix("PARAM_")?;
    let fits = |character: char| {
        character.is_ascii_uppercase() || character.is_ascii_digit() || character == '_'
    };
    if name.is_empty() || !name.chars().all(fits) {
        return None;
    }
    let types = [
        ("INT_", ValueType::Integer),
        ("FLOAT_", ValueType::Number),
        ("BOOL_", ValueType::Boolean),
        ("STR_", ValueType::String),
        ("STRING_", ValueType::String),
    ];
    let declared = types.into_iter().find_map(|(prefix, value_type)| {
        let rest = name.strip_prefix(prefix)?;
        (!rest.is_empty()).then_some((rest, value_type))
    });
    Some(match declared {
        Some((rest, value_type)) => (rest.to_ascii_lowercase(), Some(value_type)),
        None => (name.to_ascii_lowercase(), None),
    })
}
