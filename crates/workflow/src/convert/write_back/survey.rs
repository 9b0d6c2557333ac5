//! Which widget gives which input, and whether it gives what is wanted.

use super::super::emit::{sent, wrapped};
use super::super::error::ConvertError;
use super::super::fill::Filled;
use super::super::plan::{Kind, Transform};
use super::super::reference::References;
use super::super::resolve::{Resolver, Source, Spot};
use super::super::scene::{Place, Role};
use super::super::{Loaded, Options};
use crate::node::{Link, Node, NodeId};
use crate::prompt::{InputAddress, Prompt};
use crate::to_ui::values::{saved_form, unwrapped};
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::HashMap;

/// What is known of a graph and of the prompt that is wanted of it.
#[derive(Default)]
pub(super) struct Survey {
    /// The inputs that the graph gives, by node: whether they are wanted so.
    inputs: HashMap<NodeId, HashMap<String, bool>>,
    /// The inputs that each widget gives.
    readers: IndexMap<Spot, Vec<Reader>>,
    /// Why a value is not written.
    reasons: HashMap<(NodeId, String), String>,
}

/// An input that a widget gives.
struct Reader {
    input: InputAddress,
    /// The value that the widget has to get for it; `None` where it has the right one.
    needs: Option<Value>,
}

/// A new value for a widget.
pub(super) struct Change {
    pub(super) spot: Spot,
    pub(super) value: Value,
    /// A node of the prompt that is given the value.
    pub(super) node: NodeId,
}

/// What gives an input its value in the graph.
enum Giver<'s, 'a> {
    /// The node's own widget, with what happens to its value on the way.
    Widget(&'s Filled<'a>, Spot, &'s Value),
    /// A widget on the node of a subgraph, whose value is sent as it is.
    Boundary(Spot, &'s Value),
    /// Another node.
    Link(Value),
}

impl Survey {
    pub(super) fn new(
        loaded: &Loaded<'_>,
        options: &Options,
        wanted: &Prompt,
    ) -> Result<Self, ConvertError> {
        let mut surveyor = Surveyor {
            resolver: Resolver::new(loaded),
            references: References::new(&loaded.scene, &loaded.graphs, options.now),
            options,
        };
        let mut survey = Self::default();
        for &place in &loaded.scene.emitted {
            let id = NodeId::new(loaded.scene.prompt_id(place));
            let is_sent = matches!(loaded.scene.node(place).role, Role::Class(_));
            if let Some(node) = wanted.node(id.as_str()).filter(|_| is_sent) {
                for (input, giver) in surveyor.givers(place)? {
                    survey.note(&mut surveyor, &id, node, &input, &giver);
                }
            }
        }
        Ok(survey)
    }

    fn note(
        &mut self,
        surveyor: &mut Surveyor<'_, '_>,
        id: &NodeId,
        node: &Node,
        input: &str,
        giver: &Giver<'_, '_>,
    ) {
        let value = node.input(input);
        let stands = value.is_some_and(|value| surveyor.gives(giver, value));
        let inputs = self.inputs.entry(id.clone()).or_default();
        inputs.insert(input.to_owned(), stands);
        let Some(value) = value.filter(|value| Link::from_value(value).is_none()) else {
            return;
        };
        let (spot, needs) = match giver {
            Giver::Widget(item, spot, _) => (spot, surveyor.needed(value, item)),
            Giver::Boundary(spot, _) => (spot, unwrapped(value).clone()),
            Giver::Link(_) => {
                if !stands {
                    let reason = "the input is linked in it";
                    self.reasons
                        .insert((id.clone(), input.to_owned()), reason.to_owned());
                }
                return;
            }
        };
        self.readers.entry(*spot).or_default().push(Reader {
            input: InputAddress {
                node: id.clone(),
                input: input.to_owned(),
            },
            needs: (!stands).then_some(needs),
        });
    }

    /// The widgets that have to change. One that gives several inputs changes when all agree.
    pub(super) fn changes(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (spot, readers) in &self.readers {
            let mut asking = readers.iter().filter(|reader| reader.needs.is_some());
            let Some(Reader { input, needs }) = asking.next() else {
                continue;
            };
            if readers.iter().all(|other| other.needs == *needs) {
                changes.push(Change {
                    spot: *spot,
                    value: needs.clone().unwrap_or_default(),
                    node: input.node.clone(),
                });
                continue;
            }
            for reader in readers.iter().filter(|reader| reader.needs.is_some()) {
                let other = readers.iter().find(|other| other.needs != reader.needs);
                if let Some(InputAddress { node, input }) = other.map(|other| &other.input) {
                    let reason =
                        format!("the same widget gives `{node}.{input}`, which has another value");
                    let of = &reader.input;
                    self.reasons
                        .insert((of.node.clone(), of.input.clone()), reason);
                }
            }
        }
        changes
    }

    /// Whether the prompt was changed at an input; `wanted` says whether it has it.
    pub(super) fn is_asked_for(&self, node: &NodeId, input: &str, wanted: bool) -> bool {
        let known = self.inputs.get(node).and_then(|inputs| inputs.get(input));
        known.map_or(wanted, |stands| !stands)
    }

    /// Why a value is not written, where that is known.
    pub(super) fn reason(&self, node: &NodeId, input: &str) -> Option<&str> {
        let key = (node.clone(), input.to_owned());
        self.reasons.get(&key).map(String::as_str)
    }
}

struct Surveyor<'s, 'a> {
    resolver: Resolver<'s, 'a>,
    references: References<'s, 'a>,
    options: &'s Options,
}

impl<'s, 'a> Surveyor<'s, 'a> {
    /// What gives the inputs of a node, by the rules by which a node is sent.
    fn givers(
        &mut self,
        place: Place,
    ) -> Result<IndexMap<Cow<'s, str>, Giver<'s, 'a>>, ConvertError> {
        let scene = self.resolver.scene;
        let loaded = self.resolver.loaded(place);
        let graph = scene.instances[place.instance as usize].graph;
        let mut givers = IndexMap::with_capacity(loaded.widgets.len() + loaded.slots.len());
        for (at, item) in loaded.widgets.iter().enumerate() {
            // These are made anew by every browser.
            let made = matches!(
                item.widget.kind,
                Kind::Viewport | Kind::Recording | Kind::Preview
            );
            if made || !item.widget.sent {
                continue;
            }
            if let Some(value) = item.value() {
                let spot = self.resolver.origin(Spot::Widget(graph, place.node, at));
                let name = Cow::Borrowed(&*item.name);
                givers.insert(name, Giver::Widget(item, spot, value));
            }
        }
        for (at, slot) in loaded.slots.iter().enumerate() {
            let giver = match self.resolver.resolve(place, at, &mut Vec::new())? {
                Source::Nothing => continue,
                Source::Literal { value, spot } => {
                    Giver::Boundary(self.resolver.origin(spot), value)
                }
                Source::Output { place, slot } => {
                    Giver::Link(json!([scene.prompt_id(place), slot]))
                }
            };
            givers.insert(Cow::Borrowed(slot.name), giver);
        }
        Ok(givers)
    }

    fn transform(&self, item: &Filled<'_>) -> Transform {
        self.options.transform(item.widget)
    }

    /// The value that a widget needs to have for `value` to be sent.
    fn needed(&self, value: &Value, item: &Filled<'_>) -> Value {
        match value {
            Value::String(_) if self.transform(item) == Transform::None => value.clone(),
            _ => saved_form(value, item.widget, self.options.dialect),
        }
    }

    /// Whether a giver gives the value already, and not by chance.
    fn gives(&mut self, giver: &Giver<'_, '_>, wanted: &Value) -> bool {
        match giver {
            Giver::Link(link) => link == wanted,
            Giver::Boundary(_, value) => wrapped((*value).clone()) == *wanted,
            Giver::Widget(item, _, value) => match (self.transform(item), value) {
                (Transform::DynamicPrompt, Value::String(_)) => {
                    **value == self.needed(wanted, item)
                }
                (Transform::FileName, Value::String(text)) if text.contains('%') => {
                    *wanted == self.references.fill_in(text, &mut |_| {})
                }
                _ => sent((*value).clone(), &item.widget.kind, self.options.dialect) == *wanted,
            },
        }
    }
}
