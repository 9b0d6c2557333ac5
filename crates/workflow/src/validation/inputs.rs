//! The walk over a prompt from its outputs: each node is judged once, after the nodes it links to.
//!
//! Called by [`super::validate_prompt`]. The walk recurses along links as the server's does.

use super::links::{fits, linked_node, slot_type};
use super::report::{Raised, about};
use super::signature::{Declared, declared_inputs};
use super::{Classes, Reason, class_of, conversion::convert, python, reason};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::cmp::Ordering;

/// The longest list of choices that an error repeats.
const LONGEST_SHOWN_LIST: usize = 20;

pub(super) struct Validator<'prompt> {
    nodes: &'prompt mut Map<String, Value>,
    classes: &'prompt dyn Classes,
    /// Verdict per node: `None` for good, else its own faults (none of its own when only a node
    /// upstream is bad).
    verdicts: IndexMap<String, Option<Vec<Reason>>>,
    visiting: Vec<String>,
}

impl<'prompt> Validator<'prompt> {
    pub(super) fn new(
        nodes: &'prompt mut Map<String, Value>,
        classes: &'prompt dyn Classes,
    ) -> Self {
        Self {
            nodes,
            classes,
            verdicts: IndexMap::new(),
            visiting: Vec::new(),
        }
    }

    /// The faults of an output node itself, or `None` when it may run.
    pub(super) fn validate_output(&mut self, id: &str) -> Option<Vec<Reason>> {
        match self.validate(id) {
            Ok(()) => self.verdicts.get(id).cloned().flatten(),
            Err(raised) => {
                let faults = vec![raised.on_output()];
                self.verdicts.insert(id.to_owned(), Some(faults.clone()));
                Some(faults)
            }
        }
    }

    /// Adds every fault that is known by now, each with this output as one that depends on it.
    pub(super) fn collect_faults(&self, output: &str, node_errors: &mut Map<String, Value>) {
        for (id, verdict) in &self.verdicts {
            let Some(faults) = verdict.as_ref().filter(|faults| !faults.is_empty()) else {
                continue;
            };
            if let Some(known) = node_errors.get_mut(id) {
                if let Some(outputs) = known["dependent_outputs"].as_array_mut() {
                    outputs.push(output.into());
                }
                continue;
            }
            let class = self.nodes.get(id).and_then(class_of);
            let entry =
                json!({"errors": faults, "dependent_outputs": [output], "class_type": class});
            node_errors.insert(id.clone(), entry);
        }
    }

    fn validate(&mut self, id: &str) -> Result<(), Raised> {
        if self.verdicts.contains_key(id) {
            return Ok(());
        }
        if let Some(start) = self.visiting.iter().position(|visited| visited == id) {
            self.report_cycle(start);
            return Ok(());
        }
        self.visiting.push(id.to_owned());
        let verdict = self.validate_inputs(id);
        self.visiting.pop();
        let verdict = verdict?;
        // A cycle that was found on the way has already been filed under this node.
        self.verdicts.entry(id.to_owned()).or_insert(verdict);
        Ok(())
    }

    fn report_cycle(&mut self, start: usize) {
        let cycle = self.visiting[start..].to_vec();
        let named = |id: &String| {
            let class = self.nodes.get(id).and_then(class_of).unwrap_or_default();
            format!("{id} ({class})")
        };
        let path: Vec<String> = cycle.iter().chain(cycle.first()).map(named).collect();
        for id in &cycle {
            let fault = reason(
                "dependency_cycle",
                "Dependency cycle detected",
                &path.join(" -> "),
                json!({"node_id": id, "cycle_nodes": cycle}),
            );
            self.verdicts.insert(id.clone(), Some(vec![fault]));
        }
    }

    fn validate_inputs(&mut self, id: &str) -> Result<Option<Vec<Reason>>, Raised> {
        let node = &self.nodes[id];
        let sent = node
            .get("inputs")
            .and_then(Value::as_object)
            .ok_or_else(|| Raised::key(&"inputs".into()))?;
        let class = class_of(node).unwrap_or_default().to_owned();
        let definition = self
            .classes
            .definition(&class)
            .ok_or_else(|| Raised::key(&class.as_str().into()))?;
        let mut faults = Vec::new();
        let mut upstream_is_good = true;
        for declared in declared_inputs(&definition, sent) {
            match self.input(id, &declared.name).cloned() {
                None if declared.required => faults.push(missing(&declared.name)),
                None => {}
                Some(Value::Array(link)) => {
                    upstream_is_good &= self.validate_link(&declared, &link, &mut faults)?;
                }
                Some(literal) => {
                    faults.extend(self.validate_literal(id, &class, &declared, literal));
                }
            }
        }
        Ok((!faults.is_empty() || !upstream_is_good).then_some(faults))
    }

    fn input(&self, id: &str, name: &str) -> Option<&Value> {
        self.nodes.get(id)?.get("inputs")?.get(name)
    }

    /// Whether the linked node is good.
    fn validate_link(
        &mut self,
        declared: &Declared<'_>,
        link: &[Value],
        faults: &mut Vec<Reason>,
    ) -> Result<bool, Raised> {
        // Only faults tell them.
        let config = || declared.config();
        let link_value = || Value::from(link.to_vec());
        let [source, slot] = link else {
            faults.push(reason(
                "bad_linked_input",
                "Bad linked input, must be a length-2 list of [node_id, slot_index]",
                &declared.name,
                Value::Object(about(&declared.name, &config(), &link_value())),
            ));
            return Ok(true);
        };
        let (source, node) = linked_node(self.nodes, source)?;
        let source = source.to_owned();
        let definition = class_of(node)
            .and_then(|class| self.classes.definition(class))
            .ok_or_else(|| Raised::key(&"class_type".into()))?;
        let received = slot_type(&definition, slot)?;
        if !fits(received, &declared.spec) {
            faults.push(mismatch(declared, &config(), received, &link_value()));
            return Ok(true);
        }
        if let Err(raised) = self.validate(&source) {
            let fault = raised.on_linked_node(&declared.name, &config(), &link_value());
            self.verdicts.insert(source, Some(vec![fault]));
            return Ok(false);
        }
        Ok(matches!(self.verdicts.get(&source), Some(None)))
    }

    fn validate_literal(
        &mut self,
        id: &str,
        class: &str,
        declared: &Declared<'_>,
        literal: Value,
    ) -> Option<Reason> {
        let name = &declared.name;
        let (literal, was_wrapped) = match literal {
            Value::Object(mut wrapper) if wrapper.contains_key("__value__") => {
                (wrapper.remove("__value__").unwrap_or_default(), true)
            }
            other => (other, false),
        };
        let value = match convert(declared.spec.type_name(), &literal) {
            Ok(value) => value,
            Err(exception) => return Some(unconvertible(declared, &literal, &exception)),
        };
        let is_another = was_wrapped || matches!(value, Cow::Owned(_));
        if is_another && let Some(place) = self.nodes[id]["inputs"].get_mut(name.as_ref()) {
            *place = value.clone().into_owned();
        }
        if self.classes.judges(class, name, &declared.spec) {
            let message = self.classes.judge(class, name, &value).err()?;
            return Some(reason(
                "custom_validation_failed",
                "Custom validation failed for node",
                &format!("{name} - {message}"),
                json!({"input_name": name}),
            ));
        }
        outside_limits(declared, &value).or_else(|| not_a_choice(declared, &value))
    }
}

fn missing(name: &str) -> Reason {
    let short = name.rsplit('.').next().unwrap_or(name);
    reason(
        "required_input_missing",
        "Required input is missing",
        short,
        json!({"input_name": name}),
    )
}

fn mismatch(declared: &Declared<'_>, config: &Value, received: &Value, link: &Value) -> Reason {
    let name = &declared.name;
    let (received_text, declared_text) = (
        python::text(received),
        python::text(declared.spec.0.get(0).unwrap_or(&Value::Null)),
    );
    reason(
        "return_type_mismatch",
        "Return type mismatch between linked nodes",
        &format!("{name}, received_type({received_text}) mismatch input_type({declared_text})"),
        json!({
            "input_name": name,
            "input_config": config,
            "received_type": received,
            "linked_node": link,
        }),
    )
}

fn unconvertible(declared: &Declared<'_>, literal: &Value, exception: &str) -> Reason {
    let name = &declared.name;
    let mut extra = about(name, &declared.config(), literal);
    extra.insert("exception_message".into(), exception.into());
    reason(
        "invalid_input_type",
        &format!(
            "Failed to convert an input value to a {} value",
            declared.spec.type_name()
        ),
        &format!("{name}, {}, {exception}", python::text(literal)),
        Value::Object(extra),
    )
}

fn outside_limits(declared: &Declared<'_>, value: &Value) -> Option<Reason> {
    let limits = [
        ("min", "value_smaller_than_min", "smaller", Ordering::Less),
        ("max", "value_bigger_than_max", "bigger", Ordering::Greater),
    ];
    limits.into_iter().find_map(|(option, kind, word, wrong)| {
        let limit = declared.spec.option(option)?;
        (compare(value, limit)? == wrong).then(|| {
            let (shown, bound) = (python::text(value), python::text(limit));
            reason(
                kind,
                &format!("Value {shown} {word} than {option} of {bound}"),
                &declared.name,
                Value::Object(about(&declared.name, &declared.config(), value)),
            )
        })
    })
}

/// Compares numbers, whole ones exactly: seeds need all 64 bits.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    let whole = |value: &Value| {
        let signed = value.as_i64().map(i128::from);
        signed.or_else(|| value.as_u64().map(i128::from))
    };
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn not_a_choice(declared: &Declared<'_>, value: &Value) -> Option<Reason> {
    if declared.spec.type_name() != "COMBO" {
        return None;
    }
    let none = Vec::new();
    let choices = declared.spec.choices().unwrap_or(&none);
    if choices.iter().any(|choice| python::equal(choice, value)) {
        return None;
    }
    let name = &declared.name;
    // The facts that a server of a test is given may hold the first choices only.
    let total = declared
        .spec
        .option("options_total")
        .and_then(Value::as_u64)
        .and_then(|total| usize::try_from(total).ok())
        .unwrap_or(choices.len());
    let (shown, config) = if total > LONGEST_SHOWN_LIST {
        (format!("(list of length {total})"), Value::Null)
    } else {
        (
            python::repr(&Value::from(choices.clone())),
            declared.config(),
        )
    };
    Some(reason(
        "value_not_in_list",
        "Value not in list",
        &format!("{name}: '{}' not in {shown}", python::text(value)),
        Value::Object(about(name, &config, value)),
    ))
}
