//! Writes the nodes of the prompt.

use super::error::ConvertError;
use super::fill::Filled;
use super::plan::{Kind, Plan, Transform};
use super::reference::References;
use super::resolve::{Resolver, Source, Spot};
use super::scene::{Node, Place, Role};
use super::script;
use super::seed::Seeds;
use super::slots::{Backing, Wire};
use super::warning::{Code, Notes, Warning, short};
use super::{Dialect, Options, RandomSource, SeedMode, wildcard};
use crate::node::{self, NodeId};
use crate::prompt::Prompt;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Integers that a browser's numbers hold.
const EXACT: u64 = 1 << 53;

/// Writes nodes, one after the other.
pub(super) struct Emitter<'s, 'a> {
    pub(super) resolver: Resolver<'s, 'a>,
    pub(super) options: &'s Options,
    pub(super) random: &'s mut dyn RandomSource,
    pub(super) references: References<'s, 'a>,
    pub(super) seeds: Seeds,
    pub(super) warnings: &'s mut Vec<Warning>,
}

impl<'s, 'a> Emitter<'s, 'a> {
    /// All nodes by their ids.
    pub(super) fn prompt(&mut self) -> Result<Prompt, ConvertError> {
        let scene = self.resolver.scene;
        let mut nodes = IndexMap::with_capacity(scene.emitted.len());
        for &place in &scene.emitted {
            let node = scene.node(place);
            if let Role::Class(plan) = node.role {
                let id = NodeId::new(scene.prompt_id(place));
                nodes.insert(id, self.node(place, node, plan)?);
            }
        }
        Prompt::of_nodes(nodes).ok_or(ConvertError::NothingToRun)
    }

    fn node(
        &mut self,
        place: Place,
        node: &'s Node<'a>,
        plan: &'a Plan,
    ) -> Result<node::Node, ConvertError> {
        let graph = self.resolver.scene.instances[place.instance as usize].graph;
        let graphs = self.resolver.graphs;
        let loaded = &graphs[graph as usize].nodes[place.node as usize];
        let sockets = loaded
            .slots
            .iter()
            .filter(|slot| slot.backing == Backing::None && slot.wire != Wire::None);
        let mut inputs = Map::with_capacity(loaded.widgets.len() + sockets.count());
        for at in 0..loaded.widgets.len() {
            self.widget(place, &loaded.widgets, at, &mut inputs);
        }
        for (at, slot) in loaded.slots.iter().enumerate() {
            let value = match self.resolver.resolve(place, at, self.warnings)? {
                Source::Nothing => continue,
                Source::Literal { value, spot } => {
                    let value = match loaded.widget(slot.name) {
                        Some(at) => self.seed(&loaded.widgets, at, spot, Cow::Borrowed(value)),
                        None => Cow::Borrowed(value),
                    };
                    wrapped(value.into_owned())
                }
                Source::Output { place, slot } => {
                    json!([self.resolver.scene.prompt_id(place), slot])
                }
            };
            inputs.insert(slot.name.to_owned(), value);
        }
        let mut fields = Map::with_capacity(3);
        fields.insert("inputs".to_owned(), Value::Object(inputs));
        fields.insert("class_type".to_owned(), Value::from(node.file.class()));
        fields.insert("_meta".to_owned(), Value::Object(self.meta(node, plan)));
        Ok(node::Node(fields))
    }

    fn meta(&self, node: &Node<'a>, plan: &Plan) -> Map<String, Value> {
        let title = node.file.title().unwrap_or(&plan.display_name);
        let mut meta = Map::with_capacity(1);
        meta.insert("title".to_owned(), Value::from(title));
        if self.options.dialect.tells_packs() {
            for name in ["cnr_id", "aux_id", "ver"] {
                if let Some(Value::String(value)) = node.file.property(name) {
                    meta.insert(name.to_owned(), Value::from(value.as_str()));
                }
            }
        }
        meta
    }

    fn widget(
        &mut self,
        place: Place,
        widgets: &'s [Filled<'a>],
        at: usize,
        inputs: &mut Map<String, Value>,
    ) {
        let item = &widgets[at];
        if !item.widget.sent {
            return;
        }
        let scene = self.resolver.scene;
        let name = || scene.prompt_id(place);
        let Some(value) = item.value() else {
            if let Kind::Viewport | Kind::Recording = item.widget.kind {
                browser_made(
                    item,
                    None,
                    inputs,
                    &mut Notes {
                        warnings: self.warnings,
                        node: &name,
                    },
                );
            }
            return;
        };
        let graph = scene.instances[place.instance as usize].graph;
        let spot = Spot::Widget(graph, place.node, at);
        let value = self.seed(widgets, at, spot, Cow::Borrowed(value));
        let mut notes = Notes {
            warnings: self.warnings,
            node: &name,
        };
        let value = match item.widget.kind {
            Kind::Viewport | Kind::Recording => {
                return browser_made(item, Some(&value), inputs, &mut notes);
            }
            Kind::Preview if !self.options.dialect.sends_previews() => return,
            Kind::Preview => {
                notes.input(
                    Code::BrowserValue,
                    &item.name,
                    "a browser has the address of a preview here; it is empty",
                );
                value
            }
            _ => {
                remark(item, &value, &mut notes);
                value
            }
        };
        let value = match (self.options.transform(item.widget), &*value) {
            (Transform::DynamicPrompt, Value::String(text)) => {
                Value::String(wildcard::draw(text, self.random))
            }
            (Transform::FileName, Value::String(text)) if text.contains('%') => {
                let mut unknown = |pattern: &str| {
                    let message =
                        format!("`%{pattern}%` refers to nothing that is known; it stays");
                    notes.input(Code::UnknownReference, &item.name, message);
                };
                Value::String(self.references.fill_in(text, &mut unknown))
            }
            _ => sent(value.into_owned(), &item.widget.kind, self.options.dialect),
        };
        inputs.insert(item.name.clone().into_owned(), value);
    }

    /// What a value from that spot is in this run, in the widget at that place of a node. One that
    /// its author fixed stays in every mode.
    fn seed<'v>(
        &mut self,
        widgets: &[Filled<'_>],
        at: usize,
        spot: Spot,
        value: Cow<'v, Value>,
    ) -> Cow<'v, Value> {
        let (widget, mode) = (widgets[at].widget, self.options.seeds);
        if mode == SeedMode::Saved || !widget.controlled {
            return value;
        }
        let spot = self.resolver.origin(spot);
        let control = match self.resolver.primitive(spot) {
            Some(primitive) => primitive.widget_values().and_then(|values| values.get(1)),
            None => widgets.get(at + 1).and_then(Filled::value),
        };
        if control.is_some_and(|control| *control == "fixed" || *control == false) {
            return value;
        }
        self.seeds
            .next(spot, &widget.kind, value, mode, self.random)
    }
}

/// A list must not look like a link.
pub(super) fn wrapped(value: Value) -> Value {
    match value {
        Value::Array(_) => json!({"__value__": value}),
        other => other,
    }
}

/// What a widget of that kind sends of its value.
pub(super) fn sent(value: Value, kind: &Kind, dialect: Dialect) -> Value {
    match (kind, &value) {
        (Kind::Curve, Value::Array(_)) => json!({"__type__": "CURVE", "__value__": value}),
        (Kind::Curve, _) if dialect.marks_all_curves() && !value.is_null() => {
            json!({"__type__": "CURVE", "__value__": value})
        }
        (Kind::Text { multiline: true }, Value::Null | Value::String(_)) => value,
        (Kind::Text { multiline: true }, _) if dialect.makes_texts() => {
            Value::String(script::text(&value))
        }
        _ => wrapped(value),
    }
}

/// A value that a browser would make anew. What the file has of it is sent if it has something.
fn browser_made(
    item: &Filled<'_>,
    value: Option<&Value>,
    inputs: &mut Map<String, Value>,
    notes: &mut Notes<'_>,
) {
    let recorded = value.filter(|value| match item.widget.kind {
        Kind::Viewport => value.is_object(),
        _ => value.as_str().is_some_and(|text| !text.is_empty()),
    });
    let name = item.name.clone().into_owned();
    if let Some(value) = recorded {
        let message = "only a browser makes this value; the one in the file is sent, which may be out of date";
        notes.input(Code::BrowserValue, &name, message);
        inputs.insert(name, value.clone());
    } else if matches!(item.widget.kind, Kind::Recording) || name == "image" {
        let message = "only a browser can record this, and the node cannot run without it";
        notes.input(Code::CaptureNeeded, &name, message);
    } else {
        let message = "only a browser makes this value; an empty one is sent";
        notes.input(Code::BrowserValue, &name, message);
        inputs.insert(name, Value::from(""));
    }
}

/// Remarks on a value that is sent as it is and yet may be wrong.
fn remark(item: &Filled<'_>, value: &Value, notes: &mut Notes<'_>) {
    let fits = match item.widget.kind {
        Kind::Integer { .. } | Kind::Float { .. } => value.is_number(),
        Kind::Text { .. } => value.is_string(),
        Kind::Boolean => value.is_boolean(),
        _ => true,
    };
    if !fits {
        let what = match item.widget.kind {
            Kind::Integer { .. } => "a whole number",
            Kind::Float { .. } => "a number",
            Kind::Boolean => "true or false",
            _ => "text",
        };
        let message = format!(
            "{what} is expected and {} is saved, which is sent as it is",
            short(value)
        );
        notes.input(Code::UnexpectedType, &item.name, message);
    }
    let large = value.as_u64().is_some_and(|number| number > EXACT);
    if large
        || value
            .as_i64()
            .is_some_and(|number| number.unsigned_abs() > EXACT)
    {
        let message = format!("{value} is sent exactly, where a browser would round it");
        notes.input(Code::ExactInteger, &item.name, message);
    }
}
