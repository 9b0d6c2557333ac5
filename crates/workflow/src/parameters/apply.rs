//! The way back: values by name, checked, into a prompt.

use super::error::shown;
use super::number::{compare, whole};
use super::{InvalidParameters, Origin, Parameter, ParameterError, Parameters, ValueType};
use crate::node::NodeId;
use crate::placeholders::template;
use crate::prompt::{InputAddress, Prompt};
use crate::suggest::nearest;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

impl Parameters {
    /// A prompt that can run: the values given, and for the placeholders left out their defaults.
    ///
    /// Fails with everything that is wrong at once, also with required parameters that got no value.
    pub fn apply(
        &self,
        prompt: &Prompt,
        values: &Map<String, Value>,
    ) -> Result<Prompt, InvalidParameters> {
        self.apply_with(prompt, values, true)
    }

    /// Only the values given; all other placeholders stay in the file.
    pub fn apply_given(
        &self,
        prompt: &Prompt,
        values: &Map<String, Value>,
    ) -> Result<Prompt, InvalidParameters> {
        self.apply_with(prompt, values, false)
    }

    fn apply_with(
        &self,
        prompt: &Prompt,
        values: &Map<String, Value>,
        complete: bool,
    ) -> Result<Prompt, InvalidParameters> {
        let known: HashSet<&str> = self.iter().map(|known| known.name.as_str()).collect();
        let strangers = values.keys().filter(|name| !known.contains(name.as_str()));
        let mut errors: Vec<ParameterError> = strangers.map(|name| self.unknown(name)).collect();
        let mut chosen: HashMap<&str, Value> = HashMap::new();
        for parameter in self {
            match choose(parameter, values.get(&parameter.name), complete) {
                Ok(Some(value)) => drop(chosen.insert(&parameter.name, value)),
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        let mut changed = prompt.clone();
        self.write(&mut changed, &chosen, &mut errors);
        if errors.is_empty() {
            Ok(changed)
        } else {
            Err(InvalidParameters(errors))
        }
    }

    fn write(
        &self,
        prompt: &mut Prompt,
        chosen: &HashMap<&str, Value>,
        errors: &mut Vec<ParameterError>,
    ) {
        let mut filled: HashSet<(&NodeId, &str)> = HashSet::new();
        for parameter in self {
            let Some(value) = chosen.get(parameter.name.as_str()) else {
                continue;
            };
            for target in &parameter.targets {
                let is_template = parameter.origin == Origin::Template;
                // A text may hold several placeholders and is filled once.
                if is_template && !filled.insert((&target.node, &target.input)) {
                    continue;
                }
                let address = target.address();
                let node = prompt.node(target.node.as_str());
                let is_there = node.is_some_and(|node| node.class_type() == target.class);
                let new = if is_template {
                    fill(prompt, &address, chosen)
                } else {
                    Some(value.clone())
                };
                if !(is_there && new.is_some_and(|new| prompt.set(&address, new))) {
                    errors.push(ParameterError::Gone {
                        name: parameter.name.clone(),
                        node: target.node.to_string(),
                        input: target.input.clone(),
                    });
                }
            }
        }
    }
}

fn fill(prompt: &Prompt, address: &InputAddress, chosen: &HashMap<&str, Value>) -> Option<Value> {
    let text = prompt.node(address.node.as_str())?.input(&address.input)?;
    Some(template::fill(text.as_str()?, |name| chosen.get(name)))
}

/// The value that a parameter takes, if any.
fn choose(
    parameter: &Parameter,
    given: Option<&Value>,
    complete: bool,
) -> Result<Option<Value>, ParameterError> {
    match given {
        Some(value) => parameter.check(value).map(Some),
        None if !complete => Ok(None),
        None if parameter.required => Err(ParameterError::Missing {
            name: parameter.name.clone(),
        }),
        None if parameter.origin == Origin::Template => Ok(parameter.value.clone()),
        None => Ok(None),
    }
}

impl Parameter {
    /// Whether the value fits; gives it back as it is to be written, `20.0` as `20` where a whole
    /// number is wanted.
    pub fn check(&self, value: &Value) -> Result<Value, ParameterError> {
        let value = self.typed(value)?;
        if let Some(choices) = &self.choices
            && !choices.contains(&value)
        {
            return Err(self.not_a_choice(&value, choices));
        }
        self.check_range(&value)?;
        Ok(value)
    }

    fn typed(&self, value: &Value) -> Result<Value, ParameterError> {
        let fitting = match (self.value_type, value) {
            (ValueType::Integer, Value::Number(number)) => whole(number).map(Value::Number),
            (ValueType::Any, _)
            | (ValueType::String, Value::String(_))
            | (ValueType::Number, Value::Number(_))
            | (ValueType::Boolean, Value::Bool(_)) => Some(value.clone()),
            _ => None,
        };
        fitting.ok_or_else(|| ParameterError::WrongType {
            name: self.name.clone(),
            expected: self.value_type,
            value: shown(value),
        })
    }

    fn check_range(&self, value: &Value) -> Result<(), ParameterError> {
        let Value::Number(number) = value else {
            return Ok(());
        };
        let beyond = |limit: Option<&serde_json::Number>, wrong| {
            limit.is_some_and(|limit| compare(number, limit) == Some(wrong))
        };
        if beyond(self.minimum.as_ref(), Ordering::Less)
            || beyond(self.maximum.as_ref(), Ordering::Greater)
        {
            return Err(ParameterError::OutOfRange {
                name: self.name.clone(),
                value: number.clone(),
                minimum: self.minimum.clone(),
                maximum: self.maximum.clone(),
            });
        }
        Ok(())
    }

    fn not_a_choice(&self, value: &Value, choices: &[Value]) -> ParameterError {
        const SHOWN: usize = 8;
        let words = choices.iter().filter_map(Value::as_str);
        let alike = value.as_str().and_then(|word| nearest(word, words));
        ParameterError::NotAChoice {
            name: self.name.clone(),
            nearest: alike.map(str::to_owned),
            value: shown(value),
            choices: choices.iter().take(SHOWN).cloned().collect(),
            count: choices.len(),
        }
    }
}
