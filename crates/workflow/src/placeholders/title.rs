//! `$name.input` as the title of a node, as Pixelle MCP has it: `$name.[~]input[!][:description]`.
//!
//! `!` makes the value required; `~` asks for an upload, which is the business of whoever applies the
//! value. Inputs that are linked are no parameters.

use super::{Marked, identifier, literal, of_spec};
use crate::analysis::known::Known;
use crate::node::{Node, NodeId};
use crate::parameters::Origin;
use crate::prompt::InputAddress;

pub(super) fn read(known: &Known, id: &NodeId, node: &Node) -> Option<Marked> {
    let marked = node.title()?.trim().strip_prefix('$')?;
    let (head, description) = match marked.split_once(':') {
        Some((head, description)) => (head, Some(description.trim())),
        None => (marked, None),
    };
    let (name, field) = head.split_once('.')?;
    let field = field.trim();
    let (field, required) = match field.strip_suffix('!') {
        Some(field) => (field, true),
        None => (field, false),
    };
    let input = field.strip_prefix('~').unwrap_or(field).trim();
    let spec = known.spec(node, input);
    let value = literal(node, input);
    let is_input = value.is_some() || (spec.is_some() && node.input(input).is_none());
    if name.trim().is_empty() || !is_input {
        return None;
    }
    let address = InputAddress {
        node: id.clone(),
        input: input.to_owned(),
    };
    let mut parameter = of_spec(address, node, spec.as_deref(), value, Origin::Title);
    parameter.value = value.cloned();
    parameter.required = required;
    let description = description.filter(|text| !text.is_empty());
    parameter.description = description
        .map(str::to_owned)
        .or(parameter.description.take());
    Some(Marked {
        name: identifier(name),
        parameter,
    })
}
