//! The classes that a prompt uses, as the converter sees them. Classes that the server does not
//! have get a guessed definition, so that everything behind this file knows one kind of class only.

use super::guess;
use super::warning::{Code, Warning};
use crate::convert::{Converter, plan::Plan};
use crate::definitions::Definitions;
use crate::node::NodeId;
use crate::prompt::Prompt;
use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// The classes of one prompt.
pub(super) struct Classes {
    /// Knows these classes, guessed ones included, and no others.
    pub(super) converter: Converter,
    facts: HashMap<String, Facts>,
}

/// A class.
#[derive(Clone, Copy)]
pub(super) struct Class<'a> {
    pub(super) plan: &'a Plan,
    pub(super) facts: &'a Facts,
}

/// What the converter needs not know of a class, and a reader of the workflow does.
#[derive(Default)]
pub(super) struct Facts {
    /// Names of the outputs, as many as are stated.
    pub(super) output_names: Vec<String>,
    /// Whether it shows or saves a result.
    pub(super) is_output: bool,
}

impl Classes {
    pub(super) fn new(
        prompt: &Prompt,
        definitions: &Definitions,
        warnings: &mut Vec<Warning>,
    ) -> Self {
        let mut used: IndexMap<&str, Vec<&NodeId>> = IndexMap::new();
        for (id, node) in prompt.nodes() {
            used.entry(node.class_type()).or_default().push(id);
        }
        let mut own = Definitions::default();
        let mut unknown = Vec::new();
        for (class, nodes) in &used {
            if let Some(raw) = definitions.raw(class).filter(is_object) {
                own.classes.insert((*class).to_owned(), raw.to_owned());
            } else {
                unknown.push(*class);
                warnings.push(unknown_class(class, nodes));
            }
        }
        let known = own.classes.iter();
        let mut facts: HashMap<String, Facts> = known
            .map(|(class, raw)| (class.clone(), Facts::new(raw)))
            .collect();
        facts.extend(
            unknown
                .iter()
                .map(|class| ((*class).to_owned(), Facts::default())),
        );
        let guessed = guess::definitions(prompt, &unknown, &Converter::new(&own));
        own.classes.extend(guessed);
        let converter = Converter::new(&own);
        Self { converter, facts }
    }

    /// A class that the prompt uses.
    pub(super) fn get(&self, class: &str) -> Option<Class<'_>> {
        let plan = self.converter.plan(class)?;
        let facts = self.facts.get(class)?;
        Some(Class { plan, facts })
    }
}

/// The converter takes any object for the definition of a class.
fn is_object(raw: &&RawValue) -> bool {
    raw.get().starts_with('{')
}

fn unknown_class(class: &str, nodes: &[&NodeId]) -> Warning {
    let count = match nodes.len() {
        1 => String::new(),
        count => format!(" ({count} nodes)"),
    };
    let message = format!(
        "the server has no class `{class}`{count}: its widgets and slots are guessed from the prompt, and their order may be wrong"
    );
    Warning {
        code: Code::UnknownClass,
        node: nodes.first().map(|id| (*id).clone()),
        input: None,
        message,
    }
}

impl Facts {
    fn new(raw: &RawValue) -> Self {
        let definition: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        let names = definition.get("output_name").and_then(Value::as_array);
        let text = |name: &Value| name.as_str().unwrap_or_default().to_owned();
        Self {
            output_names: names.into_iter().flatten().map(text).collect(),
            is_output: definition.get("output_node") == Some(&Value::Bool(true)),
        }
    }
}
