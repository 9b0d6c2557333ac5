//! A drawing of the graph in Mermaid, the notation that GitHub and many editors render.
//!
//! The same prompt always gives the same text: nodes and links come in file order under ids of our
//! own, since ids of ComfyUI may hold what Mermaid takes for syntax.

use super::outputs::Output;
use crate::graph::wires;
use crate::node::{Node, NodeId};
use crate::prompt::Prompt;
use std::collections::HashMap;
use std::fmt::Write as _;

pub(super) fn draw(prompt: &Prompt, outputs: &[Output]) -> String {
    let names: HashMap<&str, usize> = prompt
        .nodes()
        .enumerate()
        .map(|(index, (id, _))| (id.as_str(), index))
        .collect();
    let ends: HashMap<&str, &Output> = outputs
        .iter()
        .map(|output| (output.node.as_str(), output))
        .collect();
    let mut drawing = String::from("flowchart LR\n");
    for (index, (id, node)) in prompt.nodes().enumerate() {
        let label = label(id, node);
        let (open, close) = if ends.contains_key(id.as_str()) {
            ("([", "])")
        } else {
            ("[", "]")
        };
        line(
            &mut drawing,
            format_args!("n{index}{open}\"{label}\"{close}"),
        );
    }
    links(&mut drawing, prompt, &names);
    drawing
}

fn links(drawing: &mut String, prompt: &Prompt, names: &HashMap<&str, usize>) {
    let mut missing = 0;
    for (index, (id, node)) in prompt.nodes().enumerate() {
        for wire in wires(id, node) {
            let input = text(wire.input);
            if let Some(source) = names.get(wire.source) {
                let link = format_args!("n{source} -->|\"{input}\"| n{index}");
                line(drawing, link);
            } else {
                let lost = format!("m{missing}[/\"missing node {}\"/]", text(wire.source));
                missing += 1;
                line(drawing, format_args!("{lost} -.->|\"{input}\"| n{index}"));
            }
        }
    }
}

fn line(drawing: &mut String, content: std::fmt::Arguments) {
    // Writing into a string cannot fail.
    let _ = writeln!(drawing, "    {content}");
}

/// Title, class and id.
fn label(id: &NodeId, node: &Node) -> String {
    let class = text(node.class_type());
    let id = text(id.as_str());
    match node.title().filter(|title| *title != node.class_type()) {
        Some(title) => format!("{}<br/>{class} #35;{id}", text(title)),
        None => format!("{class} #35;{id}"),
    }
}

/// One line of text that Mermaid shows as it is: what it takes for syntax becomes entities.
fn text(raw: &str) -> String {
    const LONGEST: usize = 60;
    let mut escaped = String::with_capacity(raw.len());
    for (count, character) in raw.chars().enumerate() {
        if count == LONGEST {
            escaped.push('…');
            break;
        }
        match character {
            '#' => escaped.push_str("#35;"),
            '"' => escaped.push_str("#quot;"),
            '&' => escaped.push_str("#amp;"),
            '<' => escaped.push_str("#lt;"),
            '>' => escaped.push_str("#gt;"),
            '|' => escaped.push_str("#124;"),
            '`' => escaped.push_str("#96;"),
            '\\' => escaped.push_str("#92;"),
            other if other.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
