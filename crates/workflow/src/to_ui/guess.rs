//! Definitions of classes that the server does not have, guessed from the nodes of a prompt.
//!
//! A value makes a widget and a link makes a socket. The editor keeps the values of a class that it
//! does not know, so once the node pack is there, they are right if the order was guessed rightly.

use crate::convert::Converter;
use crate::graph;
use crate::node::Link;
use crate::prompt::Prompt;
use indexmap::IndexMap;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

/// The most outputs that are shown of a class that the server does not have.
pub(super) const MOST_OUTPUTS: usize = 256;

/// Guesses the definitions of `unknown` classes; `known` knows all others.
pub(super) fn definitions(
    prompt: &Prompt,
    unknown: &[&str],
    known: &Converter,
) -> Vec<(String, Box<RawValue>)> {
    if unknown.is_empty() {
        return Vec::new();
    }
    let mut guesses: IndexMap<&str, Guess> = unknown
        .iter()
        .map(|class| (*class, Guess::default()))
        .collect();
    for (_, node) in prompt.nodes() {
        for (_, value) in node.inputs() {
            if let Some((source, slot)) = origin(prompt, value)
                && let Some(guess) = guesses.get_mut(source)
            {
                guess.outputs = guess.outputs.max(slot + 1);
            }
        }
        if let Some(guess) = guesses.get_mut(node.class_type()) {
            for (name, value) in node.inputs() {
                guess.learn(prompt, known, name, value);
            }
        }
    }
    let definition = |(class, guess): (&str, Guess)| {
        let definition = to_raw_value(&guess.into_definition()).ok()?;
        Some((class.to_owned(), definition))
    };
    guesses.into_iter().filter_map(definition).collect()
}

#[derive(Default)]
struct Guess {
    inputs: Map<String, Value>,
    outputs: usize,
}

impl Guess {
    /// A value says more than a link: a widget can be linked, a socket cannot have a value.
    fn learn(&mut self, prompt: &Prompt, known: &Converter, name: &str, value: &Value) {
        if Link::from_value(value).is_none() {
            self.inputs.insert(name.to_owned(), widget(value));
        } else if !self.inputs.contains_key(name) {
            let kind = origin(prompt, value)
                .and_then(|(class, slot)| known.plan(class)?.outputs.get(slot))
                .map_or("*", |kind| kind);
            // There is no such type of widget, so it is a socket even if it takes numbers.
            let socket = json!([kind, {"widgetType": "none"}]);
            self.inputs.insert(name.to_owned(), socket);
        }
    }

    fn into_definition(self) -> Value {
        json!({
            "input": {"required": self.inputs},
            "output": vec!["*"; self.outputs],
            "output_name": vec!["*"; self.outputs],
        })
    }
}

fn widget(value: &Value) -> Value {
    match value {
        Value::Bool(_) => json!(["BOOLEAN"]),
        Value::Number(number) if number.is_f64() => json!(["FLOAT"]),
        Value::Number(_) => json!(["INT"]),
        Value::String(text) => json!(["STRING", {"multiline": text.contains('\n')}]),
        // A widget that takes any value as it is.
        _ => json!(["*", {"widgetType": "RANGE"}]),
    }
}

/// Class and output slot that a link comes from, where both exist.
fn origin<'a>(prompt: &'a Prompt, link: &Value) -> Option<(&'a str, usize)> {
    let source = prompt.node(Link::from_value(link)?.node)?;
    let slot = graph::slot(link).filter(|slot| *slot < MOST_OUTPUTS)?;
    Some((source.class_type(), slot))
}
