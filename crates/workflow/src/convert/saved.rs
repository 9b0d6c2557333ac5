//! The widget values that a file saves for a node, handed out in the order of its widgets.

use crate::ui::UiNode;
use serde_json::{Map, Value};

/// Values not yet handed out.
pub(super) enum Saved<'a> {
    /// In the order of the widgets; marked ones belong to widgets that are no more.
    List {
        values: &'a [Value],
        dropped: Option<&'a [bool]>,
        next: usize,
    },
    /// By the names of the widgets.
    Named(&'a Map<String, Value>),
    /// None: every widget has the value of a new node.
    Nothing,
}

impl<'a> Saved<'a> {
    /// The values of a node. `former_widgets` marks the entries of a list of exactly its length
    /// that have to be dropped.
    pub(super) fn of(node: &UiNode<'a>, by_name: bool, former_widgets: Option<&'a [bool]>) -> Self {
        if let Some(named) = node.named_widget_values().filter(|_| by_name) {
            return Self::Named(named);
        }
        match node.widget_values() {
            Some(Value::Array(values)) => Self::List {
                values,
                dropped: former_widgets.filter(|mask| mask.len() == values.len()),
                next: 0,
            },
            // Packs that save an object restore it by name with a script of their own.
            Some(Value::Object(named)) => Self::Named(named),
            _ => Self::List {
                values: &[],
                dropped: None,
                next: 0,
            },
        }
    }

    /// The value of the next widget, which is called `name`, and its place in the list, where it
    /// would stand even if the list ends before it.
    pub(super) fn next(&mut self, name: &str) -> (Option<&'a Value>, Option<usize>) {
        match self {
            Self::List {
                values,
                dropped,
                next,
            } => {
                while dropped.is_some_and(|mask| mask.get(*next) == Some(&true)) {
                    *next += 1;
                }
                let at = *next;
                *next += 1;
                (values.get(at), Some(at))
            }
            Self::Named(named) => (named.get(name), None),
            Self::Nothing => (None, None),
        }
    }
}
