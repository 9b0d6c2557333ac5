//! Follows a link to the node that makes the value: through reroutes, bypassed nodes and the
//! boundaries of subgraphs.

mod boundary;

use super::Loaded;
use super::bypass;
use super::error::ConvertError;
use super::load::LoadedGraph;
use super::promoted::{Entry, HostValues, Promoted};
use super::scene::{Place, Role, Scene};
use super::slots::Wire;
use super::warning::{Code, Notes, Warning};
use crate::ui::{Key, Mode, UiLink, UiNode};
use serde_json::Value;

/// Steps of one conversion over all links. Real workflows take some thousand.
const MOST_STEPS: usize = 5_000_000;

/// A loaded workflow whose links can be followed.
pub(super) struct Resolver<'s, 'a> {
    pub(super) scene: &'s Scene<'a>,
    pub(super) graphs: &'s [LoadedGraph<'a>],
    pub(super) promoted: &'s Promoted,
    pub(super) hosts: &'s HostValues<'a>,
    steps: usize,
}

/// Where the value of an input comes from.
pub(super) enum Source<'s> {
    /// An output of a node that is sent.
    Output { place: Place, slot: usize },
    /// A widget on the node of a subgraph.
    Literal { value: &'s Value, spot: Spot },
    /// Nowhere.
    Nothing,
}

/// Which widget gives a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Spot {
    /// A widget of a node: graph, node, widget.
    Widget(u32, u32, usize),
    /// A value that the file saves for the node of a subgraph, or for a primitive node.
    Entry(Entry),
}

/// Where following a link has got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At<'s> {
    /// An input; `wanted` is the type that an output must have, if not the input's own.
    Input {
        place: Place,
        slot: usize,
        wanted: Option<&'s str>,
    },
    /// An output.
    Output {
        place: Place,
        slot: usize,
        wanted: &'s str,
    },
}

/// A step, or the end.
enum Step<'s> {
    On(At<'s>),
    End(Source<'s>),
}

impl Step<'_> {
    const NOTHING: Self = Self::End(Source::Nothing);
}

impl<'s, 'a> Resolver<'s, 'a> {
    pub(super) fn new(loaded: &'s Loaded<'a>) -> Self {
        Self {
            scene: &loaded.scene,
            graphs: &loaded.graphs,
            promoted: &loaded.promoted,
            hosts: &loaded.hosts,
            steps: 0,
        }
    }

    /// Where the value of a spot comes from: itself, or a primitive node.
    pub(super) fn origin(&self, spot: Spot) -> Spot {
        let Spot::Widget(graph, node, widget) = spot else {
            return spot;
        };
        match self.graphs[graph as usize].nodes[node as usize].widgets[widget].writer {
            Some((graph, node)) => Spot::Entry(Entry { graph, node, at: 0 }),
            None => spot,
        }
    }

    /// The primitive node that has the spot.
    pub(super) fn primitive(&self, spot: Spot) -> Option<&'s UiNode<'a>> {
        let Spot::Entry(Entry { graph, node, .. }) = spot else {
            return None;
        };
        let node = &self.scene.graphs[graph as usize].nodes[node as usize];
        matches!(node.role, Role::Primitive).then_some(&node.file)
    }

    /// Where the value of an input slot comes from.
    pub(super) fn resolve(
        &mut self,
        place: Place,
        slot: usize,
        warnings: &mut Vec<Warning>,
    ) -> Result<Source<'s>, ConvertError> {
        let scene = self.scene;
        let name = || scene.prompt_id(place);
        let input = self
            .loaded(place)
            .slots
            .get(slot)
            .map_or("", |slot| slot.name);
        let mut trail = Trail {
            notes: Notes {
                warnings,
                node: &name,
            },
            input,
        };
        let mut at = At::Input {
            place,
            slot,
            wanted: None,
        };
        // A loop comes back to a remembered step; which one is remembered moves ever further on.
        let (mut remembered, mut taken, mut next_to_remember) = (at, 0, 8);
        loop {
            at = match self.step(at, &mut trail) {
                Step::On(next) => next,
                Step::End(source) => return Ok(source),
            };
            taken += 1;
            self.steps += 1;
            if at == remembered {
                let (node, input) = (name(), input.to_owned());
                return Err(ConvertError::Loop { node, input });
            }
            if self.steps > MOST_STEPS {
                return Err(ConvertError::TooLarge {
                    what: "links to follow",
                    limit: MOST_STEPS,
                });
            }
            if taken == next_to_remember {
                remembered = at;
                next_to_remember *= 2;
            }
        }
    }

    /// The widgets and slots of a node.
    pub(super) fn loaded(&self, place: Place) -> &'s super::load::LoadedNode<'a> {
        let graph = self.scene.instances[place.instance as usize].graph;
        &self.graphs[graph as usize].nodes[place.node as usize]
    }

    fn step(&self, at: At<'s>, trail: &mut Trail<'_, '_>) -> Step<'s> {
        match at {
            At::Input {
                place,
                slot,
                wanted,
            } => self.step_up(place, slot, wanted, trail),
            At::Output {
                place,
                slot,
                wanted,
            } => self.step_into(place, slot, wanted, trail),
        }
    }

    /// From an input along its link.
    fn step_up(
        &self,
        place: Place,
        slot: usize,
        wanted: Option<&'s str>,
        trail: &mut Trail<'_, '_>,
    ) -> Step<'s> {
        let Some(input) = self.loaded(place).slots.get(slot) else {
            return Step::NOTHING;
        };
        match input.wire {
            Wire::None => Step::NOTHING,
            Wire::Missing => {
                trail.note(
                    Code::LinkNotFound,
                    "its link is not in the file; it is left unconnected",
                );
                Step::NOTHING
            }
            Wire::Link(link) => {
                let link = self.scene.graph(place.instance).links[link as usize];
                self.step_to_origin(place.instance, &link, wanted.unwrap_or(input.kind), trail)
            }
        }
    }

    fn step_to_origin(
        &self,
        instance: u32,
        link: &UiLink<'_>,
        wanted: &'s str,
        trail: &mut Trail<'_, '_>,
    ) -> Step<'s> {
        let origin = link.origin;
        let host = self.scene.instances[instance as usize].host;
        if let (Key::INPUTS, Some(host)) = (origin.node, host) {
            return self.step_out(host, origin.slot);
        }
        if let Some(&node) = self.scene.graph(instance).by_id.get(&origin.node) {
            let (place, slot) = (Place { instance, node }, origin.slot);
            return Step::On(At::Output {
                place,
                slot,
                wanted,
            });
        }
        let message = format!(
            "it is linked to node {}, which is not there; it is left unconnected",
            origin.node
        );
        trail.note(Code::OriginNotFound, message);
        Step::NOTHING
    }

    /// From an output into its node.
    fn step_into(
        &self,
        place: Place,
        slot: usize,
        wanted: &'s str,
        trail: &mut Trail<'_, '_>,
    ) -> Step<'s> {
        let node = self.scene.node(place);
        match node.file.mode() {
            Mode::Muted => return Step::NOTHING,
            Mode::Bypassed => {
                let output = self.output_kind(place, slot).unwrap_or(wanted);
                let chosen = bypass::choose(&self.loaded(place).slots, slot, output, wanted);
                return chosen.map_or(Step::NOTHING, |slot| {
                    Step::On(At::Input {
                        place,
                        slot,
                        wanted: None,
                    })
                });
            }
            Mode::Active => {}
        }
        match node.role {
            Role::Class(_) => Step::End(Source::Output { place, slot }),
            Role::Host(_) => self.step_in(place, slot, wanted, trail),
            Role::PassThrough => Step::On(At::Input {
                place,
                slot,
                wanted: Some(wanted),
            }),
            Role::Getter => self.step_to_setter(place, wanted),
            Role::Primitive | Role::Decoration | Role::GroupNode | Role::Missing => Step::NOTHING,
        }
    }

    /// From a getter to what the setter of the same name in its graph takes.
    fn step_to_setter(&self, place: Place, wanted: &'s str) -> Step<'s> {
        let graph = self.scene.graph(place.instance);
        let name = |node: &super::scene::Node<'a>| {
            node.file
                .widget_values()
                .and_then(|values| values.get(0)?.as_str())
        };
        let Some(wanted_name) = name(self.scene.node(place)) else {
            return Step::NOTHING;
        };
        let sets = |node: &super::scene::Node<'a>| {
            node.file.class() == "SetNode" && name(node) == Some(wanted_name)
        };
        let setter = graph.nodes.iter().zip(0u32..).find(|(node, _)| sets(node));
        setter.map_or(Step::NOTHING, |(_, node)| {
            let place = Place { node, ..place };
            Step::On(At::Output {
                place,
                slot: 0,
                wanted,
            })
        })
    }

    /// Type of an output.
    fn output_kind(&self, place: Place, slot: usize) -> Option<&'s str> {
        let node = self.scene.node(place);
        match node.role {
            Role::Class(plan) => plan.outputs.get(slot).map(|kind| &**kind),
            Role::Host(inner) => {
                let outputs = &self.scene.graphs[inner as usize].outputs;
                outputs.get(slot).map(crate::ui::BoundarySlot::kind)
            }
            _ => None,
        }
        .or_else(|| node.file.outputs().nth(slot).map(|slot| slot.kind()))
    }
}

/// Takes remarks on the input whose link is followed.
struct Trail<'n, 'w> {
    notes: Notes<'w>,
    input: &'n str,
}

impl Trail<'_, '_> {
    fn note(&mut self, code: Code, message: impl Into<String>) {
        self.notes.input(code, self.input, message);
    }
}
