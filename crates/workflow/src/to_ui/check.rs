//! Sends the finished workflow back through the converter and names everything that comes out
//! otherwise than the prompt has it.

use super::classes::Classes;
use super::draft::Draft;
use super::guess::MOST_OUTPUTS;
use super::warning::{Code, Warning};
use super::write::META_PROPERTIES;
use crate::convert::{self, Dialect, LocalTime, SeedMode};
use crate::graph;
use crate::node::{Link, Node, NodeId};
use crate::ui::UiWorkflow;
use serde_json::Value;
use std::collections::HashMap;

/// Any time will do: a date that is filled in is not what the prompt has.
const SOME_TIME: LocalTime = LocalTime {
    year: 2000,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
};

/// Adds a warning for each input that the editor would send otherwise.
pub(super) fn compare(
    drafts: &[Draft<'_>],
    workflow: &UiWorkflow,
    classes: &Classes,
    dialect: Dialect,
    warnings: &mut Vec<Warning>,
) {
    let options = convert::Options {
        dialect,
        seeds: SeedMode::Saved,
        now: Some(SOME_TIME),
        ..convert::Options::default()
    };
    let sent = match classes.converter.convert(workflow, &options, &mut |_| 0) {
        Ok(sent) => sent,
        Err(error) => {
            warnings.push(Warning {
                code: Code::NotSendable,
                node: None,
                input: None,
                message: format!("the editor cannot send the workflow: {error}"),
            });
            return;
        }
    };
    let ids = drafts
        .iter()
        .map(|draft| (draft.prompt_id.as_str(), draft.id))
        .collect();
    let comparison = Comparison { ids, warnings };
    comparison.run(drafts, &sent);
}

struct Comparison<'a, 'w> {
    /// Ids in the workflow by those in the prompt.
    ids: HashMap<&'a str, i64>,
    warnings: &'w mut Vec<Warning>,
}

impl Comparison<'_, '_> {
    fn run(mut self, drafts: &[Draft<'_>], sent: &convert::Conversion) {
        for draft in drafts {
            self.dropped_fields(draft);
            if let Some(node) = sent.prompt.node(&draft.id.to_string()) {
                self.node(draft, node);
                continue;
            }
            let class = draft.node.class_type();
            let message =
                format!("the editor takes `{class}` for a node of its own and does not send it");
            self.warnings.push(Warning::of_node(
                Code::NodeNotSent,
                draft.prompt_id,
                message,
            ));
        }
        self.rounded_integers(drafts, sent);
    }

    fn node(&mut self, draft: &Draft<'_>, sent: &Node) {
        for (input, value) in draft.node.inputs() {
            let warning = match sent.input(input) {
                Some(other) if self.same(value, other) => continue,
                other => self.changed(draft, input, value, other),
            };
            self.warnings.push(warning);
        }
        for (input, value) in sent.inputs() {
            if draft.node.input(input).is_none() {
                let message = format!(
                    "the prompt leaves it out, the editor sends {}",
                    shown(value)
                );
                let warning = Warning::of_input(Code::InputAdded, draft.prompt_id, input, message);
                self.warnings.push(warning);
            }
        }
    }

    /// Whether the editor sends the value: the same one, or a link from the same output.
    fn same(&self, value: &Value, sent: &Value) -> bool {
        let Some(source) = self.source(value) else {
            return value == sent;
        };
        let other = Link::from_value(sent).map(|link| link.node);
        other == Some(&*source.to_string()) && graph::slot(value) == graph::slot(sent)
    }

    /// Id in the workflow of the node that a link comes from.
    fn source(&self, value: &Value) -> Option<i64> {
        let source = Link::from_value(value)?.node;
        self.ids.get(source).copied()
    }

    fn changed(
        &self,
        draft: &Draft<'_>,
        input: &str,
        value: &Value,
        sent: Option<&Value>,
    ) -> Warning {
        let is_slot = || {
            draft
                .inputs
                .iter()
                .any(|slot| slot.name == input && !slot.is_widget)
        };
        let is_link = Link::from_value(value).is_some();
        let sound = || {
            self.source(value).is_some()
                && graph::slot(value).is_some_and(|slot| slot < MOST_OUTPUTS)
        };
        let (code, message) = match sent {
            _ if is_link && !sound() => (
                Code::LinkNotFound,
                format!(
                    "{} is no output of a node of the prompt, so the input is left unconnected",
                    shown(value)
                ),
            ),
            Some(sent) => (
                Code::ValueChanged,
                format!(
                    "the prompt has {}, the editor sends {}",
                    shown(value),
                    shown(sent)
                ),
            ),
            None if !is_link && is_slot() => (
                Code::LiteralOnSocket,
                format!(
                    "the input has no widget and holds links only, so {} is left out",
                    shown(value)
                ),
            ),
            None => (
                Code::UndeclaredInput,
                format!(
                    "the node has no such input, so {} is left out",
                    shown(value)
                ),
            ),
        };
        Warning::of_input(code, draft.prompt_id, input, message)
    }

    fn dropped_fields(&mut self, draft: &Draft<'_>) {
        let fields = draft.node.0.keys().map(String::as_str);
        let other = fields.filter(|name| !matches!(*name, "class_type" | "inputs" | "_meta"));
        let meta = draft.node.0.get("_meta").and_then(Value::as_object);
        let of_meta = meta
            .into_iter()
            .flat_map(|meta| meta.keys())
            .map(String::as_str);
        let other_meta = of_meta.filter(|name| *name != "title" && !META_PROPERTIES.contains(name));
        for name in other.chain(other_meta) {
            let message = format!("the editor has no place for `{name}`, so it is left out");
            self.warnings.push(Warning::of_node(
                Code::FieldDropped,
                draft.prompt_id,
                message,
            ));
        }
    }

    /// The converter sends them exactly and says so; the editor itself cannot.
    fn rounded_integers(&mut self, drafts: &[Draft<'_>], sent: &convert::Conversion) {
        let is_exact = |warning: &&convert::Warning| warning.code == convert::Code::ExactInteger;
        if !sent.warnings.iter().any(|warning| is_exact(&warning)) {
            return;
        }
        let by_id: HashMap<String, &NodeId> = drafts
            .iter()
            .map(|draft| (draft.id.to_string(), draft.prompt_id))
            .collect();
        for warning in sent.warnings.iter().filter(is_exact) {
            let node = warning.node.as_ref().and_then(|id| by_id.get(id.as_str()));
            self.warnings.push(Warning {
                code: Code::RoundedInteger,
                node: node.map(|id| (*id).clone()),
                input: warning.input.clone(),
                message:
                    "a browser rounds the number when it opens the workflow, as it is beyond 2^53"
                        .to_owned(),
            });
        }
    }
}

/// The value, cut to what a message can hold.
fn shown(value: &Value) -> String {
    const MOST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
