//! A workflow taken apart for conversion: its graphs with what each node is to the editor, final
//! node ids, and the instances of its subgraphs.

mod ids;
mod instances;
mod links;
mod role;

pub(super) use instances::{Instance, Place};
pub(super) use role::Role;
pub(crate) use role::lives_in_editor;

use super::error::ConvertError;
use super::slots::LinkIndex;
use super::warning::{Code, MOST_WARNINGS, Warning};
use super::{Converter, Dialect};
use crate::ui::{BoundarySlot, Key, Subgraph, UiGraph, UiLink, UiNode, UiWorkflow};
use std::collections::HashMap;

/// One graph: the outermost one (the first) or the inside of a subgraph.
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) links: Vec<UiLink<'a>>,
    pub(super) by_id: HashMap<Key<'a>, u32>,
    /// Links by id. Of several into one input, the ids of all may lead to the one that counts.
    pub(super) by_link: LinkIndex<'a>,
    pub(super) inputs: Vec<BoundarySlot<'a>>,
    pub(super) outputs: Vec<BoundarySlot<'a>>,
    /// What the author calls it.
    pub(super) name: &'a str,
    /// The first instance of it, by which remarks on its nodes name them.
    pub(super) first_instance: Option<u32>,
}

/// A node of a graph.
pub(super) struct Node<'a> {
    pub(super) file: UiNode<'a>,
    pub(super) role: Role<'a>,
    /// Its id in its graph after ids have been made unique.
    pub(super) id: FinalId<'a>,
    /// A later node with the id of an earlier one is out of reach.
    pub(super) duplicate: bool,
}

/// An id of the file, or one given instead.
pub(super) type FinalId<'a> = Key<'a>;

/// The workflow.
pub(super) struct Scene<'a> {
    pub(super) graphs: Vec<Graph<'a>>,
    pub(super) instances: Vec<Instance>,
    /// The instance that a node of an instance stands for.
    pub(super) inside: HashMap<Place, u32>,
    /// Nodes that go into the prompt, a subgraph's in the place of its instance.
    pub(super) emitted: Vec<Place>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        workflow: &'a UiWorkflow,
        converter: &'a Converter,
        dialect: Dialect,
        warnings: &mut Vec<Warning>,
    ) -> Result<Self, ConvertError> {
        let subgraphs = workflow.subgraphs();
        let by_definition: HashMap<&str, u32> =
            subgraphs.iter().map(Subgraph::id).zip(1..).collect();
        let outermost = std::iter::once((workflow.graph(), None));
        let inner = subgraphs
            .iter()
            .map(|subgraph| (subgraph.graph(), Some(subgraph)));
        let mut scene = Self {
            graphs: Vec::with_capacity(subgraphs.len() + 1),
            instances: Vec::new(),
            inside: HashMap::new(),
            emitted: Vec::new(),
        };
        for (graph, subgraph) in outermost.chain(inner) {
            if graph.malformed() > 0 && warnings.len() < MOST_WARNINGS {
                warnings.push(Warning {
                    code: Code::Malformed,
                    node: None,
                    input: None,
                    message: format!("{} entries are no nodes or links", graph.malformed()),
                });
            }
            let role = |node: &UiNode<'a>| role::of(node, &by_definition, converter);
            scene
                .graphs
                .push(Graph::new(graph, subgraph, dialect, role));
        }
        ids::make_unique(&mut scene.graphs, workflow.last_node_id());
        instances::unfold(&mut scene, warnings)?;
        Ok(scene)
    }

    /// The graph that an instance shows.
    pub(super) fn graph(&self, instance: u32) -> &Graph<'a> {
        &self.graphs[self.instances[instance as usize].graph as usize]
    }

    /// The node at a place.
    pub(super) fn node(&self, place: Place) -> &Node<'a> {
        &self.graph(place.instance).nodes[place.node as usize]
    }

    /// Id of a node in the prompt.
    pub(super) fn prompt_id(&self, place: Place) -> String {
        let prefix = &self.instances[place.instance as usize].prefix;
        format!("{prefix}{}", self.node(place).id)
    }

    /// Id in the prompt of a node of a graph, in the first of its instances.
    pub(super) fn first_prompt_id(&self, graph: usize, node: usize) -> String {
        let graph = &self.graphs[graph];
        let instance = graph.first_instance.map(|at| &self.instances[at as usize]);
        let prefix = instance.map_or("", |instance| &instance.prefix);
        format!("{prefix}{}", graph.nodes[node].id)
    }
}

impl<'a> Graph<'a> {
    fn new(
        graph: UiGraph<'a>,
        subgraph: Option<&Subgraph<'a>>,
        dialect: Dialect,
        role: impl Fn(&UiNode<'a>) -> Role<'a>,
    ) -> Self {
        let mut by_id = HashMap::with_capacity(graph.nodes().len());
        let mut nodes = Vec::with_capacity(graph.nodes().len());
        for (file, at) in graph.nodes().iter().zip(0..) {
            let duplicate = by_id.contains_key(&file.id());
            by_id.entry(file.id()).or_insert(at);
            let role = role(file);
            nodes.push(Node {
                file: *file,
                role,
                id: file.id(),
                duplicate,
            });
        }
        Self {
            nodes,
            by_id,
            by_link: if dialect.believes_the_table() {
                links::index_of_one_per_input(&graph)
            } else {
                links::index(&graph)
            },
            links: graph.into_links(),
            inputs: subgraph
                .map(|subgraph| subgraph.inputs().collect())
                .unwrap_or_default(),
            outputs: subgraph
                .map(|subgraph| subgraph.outputs().collect())
                .unwrap_or_default(),
            name: subgraph.map_or("", |subgraph| subgraph.name().unwrap_or(subgraph.id())),
            first_instance: None,
        }
    }
}
