//! The new values of the nodes whose widgets change, in the form in which the file has them.

use super::super::fill::Filled;
use super::super::plan::Kind;
use super::super::promoted::Entry;
use super::super::resolve::Spot;
use super::super::{Dialect, Loaded, Options};
use super::survey::Change;
use crate::node::{Link, Node};
use crate::prompt::Prompt;
use crate::to_ui::values::{save_widget, unwrapped};
use crate::ui::{NodeFields, UiNode};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The changes of one node.
#[derive(Default)]
struct Changes<'c> {
    /// By place in the list, for nodes that are no instance of a class.
    entries: Vec<(usize, &'c Value)>,
    /// By widget.
    widgets: BTreeMap<usize, &'c Change>,
}

/// The new values of all nodes that change.
pub(super) fn rewrite(
    loaded: &Loaded<'_>,
    changes: &[Change],
    wanted: &Prompt,
    options: &Options,
) -> Vec<NodeFields> {
    let mut nodes: BTreeMap<(u32, u32), Changes<'_>> = BTreeMap::new();
    for change in changes {
        match change.spot {
            Spot::Entry(Entry { graph, node, at }) => {
                let node = nodes.entry((graph, node)).or_default();
                node.entries.push((at, &change.value));
            }
            Spot::Widget(graph, node, widget) => {
                let node = nodes.entry((graph, node)).or_default();
                node.widgets.insert(widget, change);
            }
        }
    }
    let rewritten = nodes.into_iter().map(|((graph, node), changes)| {
        let (graph, node) = (graph as usize, node as usize);
        let rewriting = Rewriting {
            file: &loaded.scene.graphs[graph].nodes[node].file,
            widgets: &loaded.graphs[graph].nodes[node].widgets,
            changes,
            wanted,
            dialect: options.dialect,
        };
        NodeFields {
            graph,
            node,
            fields: rewriting.fields(),
        }
    });
    rewritten.collect()
}

struct Rewriting<'r, 'a> {
    file: &'r UiNode<'a>,
    widgets: &'r [Filled<'a>],
    changes: Changes<'r>,
    wanted: &'r Prompt,
    dialect: Dialect,
}

impl<'r> Rewriting<'r, '_> {
    fn fields(&self) -> Vec<(&'static str, Value)> {
        let mut fields = vec![("widgets_values", self.values())];
        // The values by name that new editors write beside the list.
        if let Some(named) = self.file.named_widget_values() {
            fields.push(("widgets_values_named", Value::Object(self.by_name(named))));
        }
        fields
    }

    fn values(&self) -> Value {
        match self.file.widget_values() {
            Some(Value::Object(named)) => Value::Object(self.by_name(named)),
            Some(Value::Array(list)) => Value::Array(self.listed(list)),
            _ => Value::Array(self.listed(&[])),
        }
    }

    fn by_name(&self, named: &Map<String, Value>) -> Map<String, Value> {
        let mut named = named.clone();
        for (&at, change) in &self.changes.widgets {
            let item = &self.widgets[at];
            named.insert(item.name.clone().into_owned(), change.value.clone());
            let prefix = format!("{}.", item.name);
            let sub_inputs = self.node(change).into_iter().flat_map(Node::inputs);
            for (name, value) in sub_inputs.filter(|(name, _)| name.starts_with(&prefix)) {
                if is_combo(item) && Link::from_value(value).is_none() {
                    named.insert(name.to_owned(), unwrapped(value).clone());
                }
            }
        }
        named
    }

    fn listed(&self, list: &[Value]) -> Vec<Value> {
        let mut list = list.to_vec();
        for (at, value) in &self.changes.entries {
            if let Some(entry) = list.get_mut(*at) {
                *entry = (*value).clone();
            }
        }
        self.fill_up(&mut list);
        // From the last to the first, since another option takes another number of entries.
        for (&at, change) in self.changes.widgets.iter().rev() {
            let item = &self.widgets[at];
            let Some(entry) = item.entry.filter(|entry| *entry < list.len()) else {
                continue;
            };
            match self.node(change).filter(|_| is_combo(item)) {
                Some(node) => {
                    let end = (entry + 1 + self.entries_inside(at)).min(list.len());
                    list.splice(entry..end, save_widget(item.widget, node, self.dialect));
                }
                None => list[entry] = change.value.clone(),
            }
        }
        list
    }

    /// A list may end before the widget that changes: those before it get what they show.
    fn fill_up(&self, list: &mut Vec<Value>) {
        let Some((&last, _)) = self.changes.widgets.last_key_value() else {
            return;
        };
        for item in &self.widgets[..=last] {
            if item.entry.is_some_and(|entry| entry >= list.len()) {
                list.push(item.value().cloned().unwrap_or_default());
            }
        }
    }

    /// How many entries belong to the option of a dynamic combo.
    fn entries_inside(&self, combo: usize) -> usize {
        let prefix = format!("{}.", self.widgets[combo].name);
        let behind = self.widgets[combo + 1..].iter();
        let inside = behind.take_while(|item| item.name.starts_with(&prefix));
        inside.filter(|item| item.entry.is_some()).count()
    }

    fn node(&self, change: &Change) -> Option<&'r Node> {
        self.wanted.node(change.node.as_str())
    }
}

fn is_combo(item: &Filled<'_>) -> bool {
    matches!(item.widget.kind, Kind::Dynamic(_))
}
