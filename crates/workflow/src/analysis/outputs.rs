//! Where a workflow ends, and what comes out there.

use super::known::Known;
use crate::graph::Graph;
use crate::node::{Node, NodeId};
use serde::Serialize;

/// A node that gives something to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The node.
    pub node: NodeId,
    /// Its class.
    pub class: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What comes out.
    pub kind: OutputKind,
}

/// What comes out of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// Still or moving images.
    Image,
    /// Video files.
    Video,
    /// Sound files.
    Audio,
    /// Meshes, splats and point clouds.
    Model3d,
    /// Text.
    Text,
    /// A picture before it is decoded.
    Latent,
    /// Weights.
    Model,
    /// Something else, or not known.
    Other,
}

/// Ends of the graph in file order.
///
/// With definitions these are the nodes that a server takes for outputs. Without, they are nodes
/// that feed nothing, and classes that save or preview by their name.
pub(super) fn find(graph: &Graph, known: &Known) -> Vec<Output> {
    let ends = graph.prompt.nodes().filter(|(id, node)| {
        let class = node.class_type();
        known.definition(class).map_or_else(
            || {
                class.starts_with("Save")
                    || class.starts_with("Preview")
                    || graph.consumers(id.as_str()).is_empty()
            },
            |definition| definition.output_node,
        )
    });
    ends.map(|(id, node)| Output {
        node: id.clone(),
        class: node.class_type().to_owned(),
        title: node.title().map(str::to_owned),
        kind: kind(graph, known, id, node),
    })
    .collect()
}

fn kind(graph: &Graph, known: &Known, id: &NodeId, node: &Node) -> OutputKind {
    let by_source = graph.sources(id.as_str()).find_map(|wire| {
        let (_, source) = graph.entry(wire.source)?;
        kind_of_type(known.output_type(source.class_type(), wire.slot)?)
    });
    let by_input = || {
        let links = node.links();
        links.map(|(input, _)| input).find_map(kind_of_input)
    };
    by_source
        .or_else(by_input)
        .or_else(|| kind_of_class(node.class_type()))
        .unwrap_or(OutputKind::Other)
}

fn kind_of_type(name: &str) -> Option<OutputKind> {
    Some(match name {
        "IMAGE" | "MASK" | "SVG" => OutputKind::Image,
        "VIDEO" => OutputKind::Video,
        "AUDIO" => OutputKind::Audio,
        "MESH" | "VOXEL" | "SPLAT" => OutputKind::Model3d,
        "STRING" | "INT" | "FLOAT" | "BOOLEAN" => OutputKind::Text,
        "LATENT" => OutputKind::Latent,
        "MODEL" | "CLIP" | "VAE" | "LORA_MODEL" => OutputKind::Model,
        name if name.starts_with("FILE_3D") => OutputKind::Model3d,
        _ => return None,
    })
}

fn kind_of_input(name: &str) -> Option<OutputKind> {
    let stem = name.trim_end_matches(|last: char| last.is_ascii_digit());
    Some(match super::kind::last_segment(stem) {
        "images" | "image" | "image_a" | "image_b" | "mask" | "svg" => OutputKind::Image,
        "video" => OutputKind::Video,
        "audio" => OutputKind::Audio,
        "mesh" | "model_file" | "model_3d" => OutputKind::Model3d,
        "text" | "string" => OutputKind::Text,
        "samples" | "latent" => OutputKind::Latent,
        "model" => OutputKind::Model,
        _ => return None,
    })
}

fn kind_of_class(class: &str) -> Option<OutputKind> {
    let named = [
        ("Image", OutputKind::Image),
        ("Video", OutputKind::Video),
        ("Audio", OutputKind::Audio),
        ("Text", OutputKind::Text),
        ("GLB", OutputKind::Model3d),
        ("Model", OutputKind::Model3d),
    ];
    let found = named.into_iter().find(|(part, _)| class.contains(part));
    found.map(|(_, kind)| kind)
}
