//! `comfyctl workflow show`: the nodes of a workflow, as a list or as a drawing.

use super::workflow_source::{self, Source};
use crate::arguments::ShowWorkflow;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use comfyctl_workflow::{Analysis, Link, Node, NodeId, Prompt, mermaid};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

pub(crate) async fn run(arguments: ShowWorkflow, context: &Context) -> Result<ExitStatus, Failure> {
    let Source {
        prompt,
        definitions,
        ..
    } = workflow_source::read(&arguments.file, &arguments.definitions, context).await?;
    if arguments.mermaid {
        let drawing = mermaid(&prompt, definitions.as_ref());
        let value = json!({ "mermaid": drawing });
        context
            .printer
            .result(&value, || drawing.trim_end().to_owned());
        return Ok(ExitStatus::Success);
    }
    let analysis = Analysis::of(&prompt, definitions.as_ref());
    let nodes = in_order(&prompt, &analysis);
    let listed: Vec<Value> = nodes.iter().map(|(id, node)| listed(id, node)).collect();
    context.printer.result(&json!({ "nodes": listed }), || {
        let nodes = nodes.iter().map(|(id, node)| text(id, node));
        nodes.collect::<Vec<_>>().join("\n")
    });
    Ok(ExitStatus::Success)
}

/// Nodes that run in their order, then the others in file order.
fn in_order<'a>(prompt: &'a Prompt, analysis: &Analysis) -> Vec<(&'a NodeId, &'a Node)> {
    let places: HashMap<&NodeId, usize> = analysis
        .order
        .iter()
        .enumerate()
        .map(|(place, id)| (id, place))
        .collect();
    let mut nodes: Vec<_> = prompt.nodes().collect();
    nodes.sort_by_key(|(id, _)| places.get(id).copied().unwrap_or(usize::MAX));
    nodes
}

fn listed(id: &NodeId, node: &Node) -> Value {
    let inputs: Map<String, Value> = node
        .inputs()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    json!({ "node": id, "class": node.class_type(), "title": node.title(), "inputs": inputs })
}

fn text(id: &NodeId, node: &Node) -> String {
    let class = node.class_type();
    let title = node.title().filter(|title| *title != class);
    let title = title.map(|title| format!(" \"{}\"", title.escape_debug()));
    let mut lines = vec![format!("{id} {class}{}", title.unwrap_or_default())];
    for (input, value) in node.inputs() {
        lines.push(match (Link::from_value(value), value.get(1)) {
            (Some(link), Some(slot)) => format!("    {input} <- {}, output {slot}", link.node),
            _ => format!("    {input} = {value}"),
        });
    }
    lines.join("\n")
}
