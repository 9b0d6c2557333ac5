//! The values of a node's widgets in the order in which the editor saves them: the way back of the
//! converter's `fill` and `emit`.

use super::escape;
use crate::convert::Dialect;
use crate::convert::fill::chosen;
use crate::convert::plan::{Choice, Habit, Kind, Plan, Transform, Widget};
use crate::node::{Link, Node};
use serde_json::{Value, json};

/// The widgets of a node with what is saved for them.
#[derive(Default)]
pub(super) struct Saved<'a> {
    /// The list that the file has.
    pub(super) values: Vec<Value>,
    /// The widgets that the node shows.
    pub(super) widgets: Vec<&'a Widget>,
    /// The option of each dynamic combo.
    pub(super) choices: Vec<(&'a str, &'a Choice)>,
}

/// What is saved for the widgets of a node.
pub(super) fn save<'a>(plan: &'a Plan, node: &Node, dialect: Dialect) -> Saved<'a> {
    let mut saved = Saved::default();
    saved.add_widgets(&plan.content.widgets, node, dialect);
    if plan.habit == Habit::CustomCombo {
        saved.add_grown_options(node);
    }
    // A list of exactly this length would be taken for one of an older version of the class. The
    // editor passes over what is too much.
    let former = plan.former_widgets.as_deref();
    if former.is_some_and(|mask| mask.len() == saved.values.len()) {
        saved.values.push(Value::Null);
    }
    saved
}

impl<'a> Saved<'a> {
    /// Recursion ends: options nest in definitions, which JSON limits to 128 levels.
    fn add_widgets(&mut self, widgets: &'a [Widget], node: &Node, dialect: Dialect) {
        let mut before = None;
        for widget in widgets {
            self.widgets.push(widget);
            if !widget.saved {
                continue;
            }
            let given = literal(node, &widget.name);
            self.values.push(match (&widget.kind, given) {
                (Kind::Control, _) => control(&widget.name, before),
                (_, Some(value)) => saved_form(value, widget, dialect),
                (_, None) => widget.default.clone().unwrap_or_default(),
            });
            if let Kind::Dynamic(choices) = &widget.kind {
                self.add_choice(widget, choices, given, node, dialect);
            }
            if widget.sent {
                before = given.or(widget.default.as_ref());
            }
        }
    }

    /// The widgets of a dynamic combo's option follow it. For null the editor takes the first
    /// option, with the values of a new node.
    fn add_choice(
        &mut self,
        widget: &'a Widget,
        choices: &'a [Choice],
        given: Option<&Value>,
        node: &Node,
        dialect: Dialect,
    ) {
        let value = given.or(widget.default.as_ref());
        if let Some(choice) = chosen(choices, value.filter(|value| !value.is_null())) {
            self.choices.push((&widget.name, choice));
            self.add_widgets(&choice.content.widgets, node, dialect);
        }
    }

    fn add_grown_options(&mut self, node: &Node) {
        let options = (1..).map_while(|number| literal(node, &format!("option{number}")));
        self.values.extend(options.cloned());
    }
}

/// The value of an input that is not linked.
fn literal<'n>(node: &'n Node, input: &str) -> Option<&'n Value> {
    node.input(input)
        .filter(|value| Link::from_value(value).is_none())
}

/// What the editor saves for a widget that is no input: seeds stay what they are, buttons have the
/// editor's names, and the sides of a box are those of the box `before` them.
fn control(name: &str, before: Option<&Value>) -> Value {
    match name {
        "control_after_generate" => json!("fixed"),
        "control_filter_list" => json!(""),
        "Auto-refresh" => json!(false),
        "upload" => json!("image"),
        side => before
            .and_then(|shape| shape.get(side))
            .cloned()
            .unwrap_or_default(),
    }
}

/// What is saved for one widget of a node, and behind it for those that it brings.
pub(crate) fn save_widget(widget: &Widget, node: &Node, dialect: Dialect) -> Vec<Value> {
    let mut saved = Saved::default();
    saved.add_widgets(std::slice::from_ref(widget), node, dialect);
    saved.values
}

/// The value that a widget needs to have for `value` to be sent.
pub(crate) fn saved_form(value: &Value, widget: &Widget, dialect: Dialect) -> Value {
    match (value, &widget.kind) {
        (Value::String(text), _) if widget.transform == Transform::DynamicPrompt => {
            Value::String(escape::without_wildcards(text))
        }
        (Value::Object(fields), Kind::Curve)
            if fields.len() == 2 && fields.get("__type__").is_some_and(|kind| kind == "CURVE") =>
        {
            let inner = fields
                .get("__value__")
                .filter(|inner| inner.is_array() || dialect.marks_all_curves() && !inner.is_null());
            inner.unwrap_or(value).clone()
        }
        _ => unwrapped(value).clone(),
    }
}

/// A list that is sent in disguise, so that it does not look like a link; else the value itself.
pub(crate) fn unwrapped(value: &Value) -> &Value {
    let inner = match value {
        Value::Object(fields) if fields.len() == 1 => fields.get("__value__"),
        _ => None,
    };
    inner.filter(|inner| inner.is_array()).unwrap_or(value)
}
