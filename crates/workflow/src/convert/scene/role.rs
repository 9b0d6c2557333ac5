//! What a node is to the editor.

use super::super::Converter;
use super::super::plan::Plan;
use crate::ui::UiNode;
use std::collections::HashMap;

/// What becomes of a node in a prompt.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Role<'a> {
    /// It is sent.
    Class(&'a Plan),
    /// An instance of the subgraph that this graph defines: its inside is sent.
    Host(u32),
    /// It gives its value to the widgets that it is linked to.
    Primitive,
    /// Its inputs stand for its outputs.
    PassThrough,
    /// It gives what the setter of the same name takes.
    Getter,
    /// A note, or a control panel of the editor: nothing.
    Decoration,
    /// A node of the kind that subgraphs have replaced.
    GroupNode,
    /// The server does not know it.
    Missing,
}

/// Nodes of packs that live in the editor only. Reading their scripts is out of the question, but
/// these carry no values.
const DECORATIONS: [&str; 10] = [
    "Bookmark (rgthree)",
    "Fast Actions Button (rgthree)",
    "Fast Bypasser (rgthree)",
    "Fast Groups Bypasser (rgthree)",
    "Fast Groups Muter (rgthree)",
    "Fast Muter (rgthree)",
    "Label (rgthree)",
    "Mute / Bypass Relay (rgthree)",
    "Mute / Bypass Repeater (rgthree)",
    "Random Unmuter (rgthree)",
];

/// Whether nodes of that name are known to be of the editor alone, so that no server has the class.
pub(crate) fn lives_in_editor(class: &str) -> bool {
    const OWN: [&str; 4] = ["Reroute", "PrimitiveNode", "Note", "MarkdownNote"];
    const OF_PACKS: [&str; 3] = ["SetNode", "GetNode", "Reroute (rgthree)"];
    OWN.contains(&class) || OF_PACKS.contains(&class) || DECORATIONS.contains(&class)
}

pub(super) fn of<'a>(
    node: &UiNode<'a>,
    by_definition: &HashMap<&str, u32>,
    converter: &'a Converter,
) -> Role<'a> {
    let class = node.class();
    if let Some(&graph) = by_definition.get(class) {
        return Role::Host(graph);
    }
    match class {
        "Reroute" => return Role::PassThrough,
        "PrimitiveNode" => return Role::Primitive,
        "Note" | "MarkdownNote" => return Role::Decoration,
        _ => {}
    }
    if let Some(plan) = converter.plan(class) {
        return Role::Class(plan);
    }
    match class {
        "SetNode" | "Reroute (rgthree)" => Role::PassThrough,
        "GetNode" => Role::Getter,
        _ if DECORATIONS.contains(&class) => Role::Decoration,
        _ if class.starts_with("workflow>") || class.starts_with("workflow/") => Role::GroupNode,
        _ => Role::Missing,
    }
}
