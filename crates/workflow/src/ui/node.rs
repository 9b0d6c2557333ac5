//! One node of a graph, and its slots.

use super::key::Key;
use serde_json::{Map, Value};

/// A node as the file has it. Its fields are looked through once, which costs less than looking
/// for each.
#[derive(Debug, Clone, Copy)]
pub struct UiNode<'a> {
    id: Key<'a>,
    class: &'a str,
    mode: Mode,
    title: Option<&'a str>,
    inputs: &'a [Value],
    outputs: &'a [Value],
    widget_values: Option<&'a Value>,
    named_widget_values: Option<&'a Map<String, Value>>,
    properties: Option<&'a Map<String, Value>>,
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
    name: &'a str,
    kind: &'a str,
    link: Option<Key<'a>>,
    widget: Option<&'a str>,
}

impl<'a> UiNode<'a> {
    /// `None` for what is no object, or has no id.
    pub(super) fn new(value: &'a Value) -> Option<Self> {
        let fields = value.as_object()?;
        let mut id = None;
        let mut node = Self {
            id: Key::Text(""),
            class: "",
            mode: Mode::Active,
            title: None,
            inputs: &[],
            outputs: &[],
            widget_values: None,
            named_widget_values: None,
            properties: None,
            fields,
        };
        for (name, value) in fields {
            match name.as_str() {
                "id" => id = Key::from_value(value),
                "type" => node.class = value.as_str().unwrap_or_default(),
                "mode" => node.mode = Mode::from_value(value),
                "title" => node.title = value.as_str().filter(|title| !title.is_empty()),
                "inputs" => node.inputs = slice(value),
                "outputs" => node.outputs = slice(value),
                "widgets_values" => node.widget_values = Some(value),
                "widgets_values_named" => node.named_widget_values = value.as_object(),
                "properties" => node.properties = value.as_object(),
                _ => {}
            }
        }
        Some(Self { id: id?, ..node })
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
        self.title
    }

    /// A field by name, as the file has it.
    pub fn field(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name)
    }

    /// A property by name.
    pub fn property(&self, name: &str) -> Option<&'a Value> {
        self.properties?.get(name)
    }

    /// Values of its widgets: a list in the editor's order, or an object by name.
    pub fn widget_values(&self) -> Option<&'a Value> {
        self.widget_values
    }

    /// The same by name, which new editors write beside the list.
    pub fn named_widget_values(&self) -> Option<&'a Map<String, Value>> {
        self.named_widget_values
    }

    /// Input slots in file order.
    pub fn inputs(&self) -> impl Iterator<Item = UiSlot<'a>> + use<'a> {
        self.inputs.iter().filter_map(UiSlot::new)
    }

    /// Output slots in file order.
    pub fn outputs(&self) -> impl Iterator<Item = UiSlot<'a>> + use<'a> {
        self.outputs.iter().filter_map(UiSlot::new)
    }
}

impl Mode {
    fn from_value(value: &Value) -> Self {
        match value.as_i64() {
            Some(2) => Self::Muted,
            Some(4) => Self::Bypassed,
            _ => Self::Active,
        }
    }
}

/// The items of a list; none of anything else.
pub(super) fn slice(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

impl<'a> UiSlot<'a> {
    fn new(value: &'a Value) -> Option<Self> {
        let mut slot = Self {
            name: "",
            kind: "*",
            link: None,
            widget: None,
        };
        for (name, value) in value.as_object()? {
            match name.as_str() {
                "name" => slot.name = value.as_str().unwrap_or_default(),
                "type" => slot.kind = value.as_str().unwrap_or("*"),
                "link" => slot.link = Key::from_value(value),
                "widget" => slot.widget = value.get("name").and_then(Value::as_str),
                _ => {}
            }
        }
        Some(slot)
    }

    /// Name of the input or output.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Its type; `*` takes and gives anything, and so does a type that is no text.
    pub fn kind(&self) -> &'a str {
        self.kind
    }

    /// Id of the link into an input.
    pub fn link(&self) -> Option<Key<'a>> {
        self.link
    }

    /// Name of the widget that an input stands for.
    pub fn widget(&self) -> Option<&'a str> {
        self.widget
    }
}
