//! Unfolds the subgraphs: which nodes go into the prompt, and where each instance stands.

use super::super::error::{ConvertError, MissingClass};
use super::super::warning::{Code, Notes, Warning};
use super::{Role, Scene};
use crate::ui::Mode;

/// Subgraphs inside subgraphs. People nest three or four.
const MOST_LEVELS: usize = 100;

/// Nodes after unfolding. The largest workflows have some thousand; a file of a few lines could
/// ask for 2^100.
const MOST_NODES: usize = 200_000;

/// A use of a graph: the workflow itself (the first), or a subgraph at the place of a node.
#[derive(Debug)]
pub(in super::super) struct Instance {
    /// The graph.
    pub(in super::super) graph: u32,
    /// The node that stands for it.
    pub(in super::super) host: Option<Place>,
    /// What comes before the ids of its nodes: `10:300:`.
    pub(in super::super) prefix: String,
    level: usize,
    /// Inside a muted or bypassed subgraph: what it has is sent, and leads nowhere.
    idle: bool,
}

/// A node of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) struct Place {
    pub(in super::super) instance: u32,
    pub(in super::super) node: u32,
}

/// Makes the instances and the list of nodes to send.
pub(super) fn unfold(
    scene: &mut Scene<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<(), ConvertError> {
    scene.graphs[0].first_instance = Some(0);
    scene.instances.push(Instance {
        graph: 0,
        host: None,
        prefix: String::new(),
        level: 0,
        idle: false,
    });
    let mut refused = Refused::default();
    // Instances whose nodes are being looked at, with the next node of each.
    let mut open = vec![Place {
        instance: 0,
        node: 0,
    }];
    let mut seen = 0;
    while let Some(place) = open.last_mut() {
        let here = *place;
        if here.node as usize >= scene.graph(here.instance).nodes.len() {
            open.pop();
            continue;
        }
        place.node += 1;
        seen += 1;
        if seen > MOST_NODES {
            return Err(ConvertError::TooLarge {
                what: "nodes",
                limit: MOST_NODES,
            });
        }
        if let Some(inner) = visit(scene, here, &mut refused, warnings)? {
            open.push(Place {
                instance: inner,
                node: 0,
            });
        }
    }
    refused.into_result()
}

/// Looks at one node; gives the instance that it opens.
fn visit(
    scene: &mut Scene<'_>,
    place: Place,
    refused: &mut Refused,
    warnings: &mut Vec<Warning>,
) -> Result<Option<u32>, ConvertError> {
    let node = scene.node(place);
    let instance = &scene.instances[place.instance as usize];
    let active = node.file.mode() == Mode::Active;
    let name = || scene.prompt_id(place);
    if node.duplicate {
        let mut notes = Notes {
            warnings,
            node: &name,
        };
        notes.whole(
            Code::DuplicateNode,
            "another node has the same id; this one is left out",
        );
        return Ok(None);
    }
    match node.role {
        // Of the outermost graph's, only active ones are unfolded; of the others, all.
        Role::Host(graph) if active || place.instance != 0 => {
            return open_instance(scene, place, graph).map(Some);
        }
        Role::Class(_) if active => scene.emitted.push(place),
        Role::GroupNode if active && !instance.idle => {
            refused.groups.push(node.file.class().to_owned());
        }
        Role::Missing if active && !instance.idle => {
            refused.missing(node.file.class(), scene.prompt_id(place));
        }
        Role::Missing | Role::GroupNode if active => {
            let message = format!(
                "the server has no class `{}`; it is left out",
                node.file.class()
            );
            Notes {
                warnings,
                node: &name,
            }
            .whole(Code::MissingSkipped, message);
        }
        _ => {}
    }
    Ok(None)
}

fn open_instance(scene: &mut Scene<'_>, place: Place, graph: u32) -> Result<u32, ConvertError> {
    let parent = &scene.instances[place.instance as usize];
    let level = parent.level + 1;
    let mut above = Some(parent);
    while let Some(instance) = above {
        if instance.graph == graph {
            let name = scene.graphs[graph as usize].name;
            return Err(ConvertError::ContainsItself(name.to_owned()));
        }
        above = instance
            .host
            .map(|host| &scene.instances[host.instance as usize]);
    }
    if level > MOST_LEVELS {
        return Err(ConvertError::TooDeep(MOST_LEVELS));
    }
    let node = scene.node(place);
    let instance = Instance {
        graph,
        host: Some(place),
        prefix: format!("{}{}:", parent.prefix, node.id),
        level,
        idle: parent.idle || node.file.mode() != Mode::Active,
    };
    // There are fewer instances than nodes, of which there are no more than fit.
    let index = u32::try_from(scene.instances.len()).unwrap_or(u32::MAX);
    scene.instances.push(instance);
    scene.inside.insert(place, index);
    scene.graphs[graph as usize]
        .first_instance
        .get_or_insert(index);
    Ok(index)
}

/// Nodes that cannot be sent.
#[derive(Default)]
struct Refused {
    missing: Vec<MissingClass>,
    groups: Vec<String>,
}

impl Refused {
    fn missing(&mut self, class: &str, node: String) {
        match self.missing.iter_mut().find(|known| known.class == class) {
            Some(known) => known.nodes.push(node),
            None => self.missing.push(MissingClass {
                class: class.to_owned(),
                nodes: vec![node],
            }),
        }
    }

    fn into_result(mut self) -> Result<(), ConvertError> {
        if !self.groups.is_empty() {
            self.groups.sort();
            self.groups.dedup();
            return Err(ConvertError::GroupNodes(self.groups));
        }
        if !self.missing.is_empty() {
            return Err(ConvertError::MissingClasses(self.missing));
        }
        Ok(())
    }
}
