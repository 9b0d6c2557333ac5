//! The workflow of a batch, ready but for the values of its sweeps. Pure: called by [`super`] once a
//! server has given its definitions.

use crate::convert::Origin;
use crate::error::Error;
use crate::sweep::{Sweep, SweepError};
use comfyctl_workflow::{
    Analysis, Definitions, InputAddress, Parameters, Prompt, Selector, ValueType, nearest,
    parse_value,
};
use serde_json::{Map, Value};

/// A workflow that is ready but for the values of its sweeps.
pub(super) struct Plan {
    prompt: Prompt,
    pub(super) origin: Option<Origin>,
    parameters: Parameters,
    targets: Vec<SweepTarget>,
}

/// Where the values of a sweep go.
enum SweepTarget {
    Parameter { name: String, is_text: bool },
    Input(InputAddress),
}

fn target(sweep: &Sweep, prompt: &Prompt, parameters: &Parameters) -> Result<SweepTarget, Error> {
    if let Some(parameter) = parameters.get(&sweep.name) {
        return Ok(SweepTarget::Parameter {
            name: sweep.name.clone(),
            is_text: parameter.value_type == ValueType::String,
        });
    }
    let Ok(selector) = sweep.name.parse::<Selector>() else {
        let known = parameters.iter().map(|parameter| parameter.name.as_str());
        let nearest = nearest(&sweep.name, known).map(|name| format!(", did you mean `{name}`?"));
        let nearest = nearest.unwrap_or_default();
        let reason = format!("neither a selector nor a parameter of the workflow{nearest}");
        return Err(SweepError::new(&sweep.name, reason).into());
    };
    let address = selector.resolve(prompt)?;
    let node = prompt.node(address.node.as_str());
    if let Some(node) = node.filter(|node| node.input(&address.input).is_none()) {
        let known = node.inputs().map(|(name, _)| name);
        let nearest =
            nearest(&address.input, known).map(|name| format!(", did you mean `{name}`?"));
        let nearest = nearest.unwrap_or_default();
        let reason = format!(
            "node `{}` has no such input in the file{nearest}",
            address.node
        );
        return Err(SweepError::new(&sweep.name, reason).into());
    }
    Ok(SweepTarget::Input(address))
}

impl Plan {
    /// Fails where a sweep fits nothing in the prompt.
    pub(super) fn new(
        prompt: Prompt,
        origin: Option<Origin>,
        definitions: &Definitions,
        sweeps: &[Sweep],
    ) -> Result<Self, Error> {
        let parameters = Analysis::of(&prompt, Some(definitions)).parameters;
        let targets = sweeps
            .iter()
            .map(|sweep| target(sweep, &prompt, &parameters));
        Ok(Self {
            targets: targets.collect::<Result<_, Error>>()?,
            prompt,
            origin,
            parameters,
        })
    }

    /// The prompt with a value for each sweep.
    pub(super) fn prompt_with(&self, values: &[&str]) -> Result<Prompt, Error> {
        let mut named = Map::new();
        for (target, typed) in self.targets.iter().zip(values) {
            if let SweepTarget::Parameter { name, is_text } = target {
                let text = Value::String(String::new());
                named.insert(name.clone(), parse_value(typed, is_text.then_some(&text)));
            }
        }
        let mut prompt = self.parameters.apply(&self.prompt, &named)?;
        for (target, typed) in self.targets.iter().zip(values) {
            if let SweepTarget::Input(address) = target {
                let node = self.prompt.node(address.node.as_str());
                let current = node.and_then(|node| node.input(&address.input));
                prompt.set(address, parse_value(typed, current));
            }
        }
        Ok(prompt)
    }

    /// Prompts in which each value of each sweep stands once, of ranges the two ends.
    pub(super) fn samples(&self, sweeps: &[Sweep]) -> Result<Vec<Prompt>, Error> {
        let first: Vec<&str> = sweeps
            .iter()
            .map(|sweep| sweep.values[0].as_str())
            .collect();
        let mut samples = vec![self.prompt_with(&first)?];
        for (place, sweep) in sweeps.iter().enumerate() {
            let others = &sweep.values[1..];
            let others = if sweep.is_range {
                &others[others.len().saturating_sub(1)..]
            } else {
                others
            };
            for value in others {
                let mut values = first.clone();
                values[place] = value;
                samples.push(self.prompt_with(&values)?);
            }
        }
        Ok(samples)
    }
}
