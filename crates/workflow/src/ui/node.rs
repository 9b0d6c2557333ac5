//! One node of a graph, and its slots.

use super::key::Key;
use serde_json::{Map, Value};

/// A node as the file has it.
#[derive(Debug, Clone, Copy)]
pub struct UiNode<'a> {
    id: Key<'a>,
    class: &'a str,
    mode: Mode,
    fields: &'a Map<String, Value>,
}

/// Whether a node takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It runs.
    Active,
    /// Neither it nor what hangs on it alone runs (mode 2).
    Muted,
    /// Its inputs stand for its outputs (mode 4).
    Bypassed,
}

/// An input or output slot of a node.
#[derive(Debug, Clone, Copy)]
pub struct UiSlot<'a> {
    fields: &'a Map<String, Value>,
}

impl<'a> UiNode<'a> {
    /// `None` for what is no object, or has no id.
    pub(super) fn new(value: &'a Value) -> Option<Self> {
        let fields = value.as_object()?;
        let mode = match fields.get("mode").and_then(Value::as_i64) {
            Some(2) => Mode::Muted,
            Some(4) => Mode::Bypassed,
            _ => Mode::Active,
        };
        Some(Self {
            id: Key::from_value(fields.get("id")?)?,
            class: fields
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or_default(),
            mode,
            fields,
        })
    }

    /// Its id in the file.
    pub fn id(&self) -> Key<'a> {
        self.id
    }

    /// Its class, or the id of the subgraph that it is an instance of; empty when it has none.
    pub fn class(&self) -> &'a str {
        self.class
    }

    /// Whether it takes part.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The title that its author gave it.
    pub fn title(&self) -> Option<&'a str> {
        let title = self.fields.get("title")?.as_str()?;
        (!title.is_empty()).then_some(title)
    }

    /// A field by name, as the file has it.
    pub fn field(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name)
    }

    /// A property by name.
    pub fn property(&self, name: &str) -> Option<&'a Value> {
        self.fields.get("properties")?.get(name)
    }

    /// Values of its widgets: a list in the editor's order, or an object by name.
    pub fn widget_values(&self) -> Option<&'a Value> {
        self.fields.get("widgets_values")
    }

    /// The same by name, which new editors write beside the list.
    pub fn named_widget_values(&self) -> Option<&'a Map<String, Value>> {
        self.fields.get("widgets_values_named")?.as_object()
    }

    /// Input slots in file order.
    pub fn inputs(&self) -> impl Iterator<Item = UiSlot<'a>> + use<'a> {
        self.slots("inputs")
    }

    /// Output slots in file order.
    pub fn outputs(&self) -> impl Iterator<Item = UiSlot<'a>> + use<'a> {
        self.slots("outputs")
    }

    fn slots(&self, name: &str) -> impl Iterator<Item = UiSlot<'a>> + use<'a> {
        let slots = self.fields.get(name).and_then(Value::as_array);
        slots.into_iter().flatten().filter_map(|slot| {
            Some(UiSlot {
                fields: slot.as_object()?,
            })
        })
    }
}

impl<'a> UiSlot<'a> {
    /// Name of the input or output.
    pub fn name(&self) -> &'a str {
        self.fields
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Its type; `*` takes and gives anything, and so does a type that is no text.
    pub fn kind(&self) -> &'a str {
        self.fields
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or("*")
    }

    /// Id of the link into an input.
    pub fn link(&self) -> Option<Key<'a>> {
        Key::from_value(self.fields.get("link")?)
    }

    /// Name of the widget that an input stands for.
    pub fn widget(&self) -> Option<&'a str> {
        self.fields.get("widget")?.get("name")?.as_str()
    }
}
