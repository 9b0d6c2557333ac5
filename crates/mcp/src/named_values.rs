//! Values under the names of a workflow's parameters, as overrides of its inputs: what is set in the
//! prompt is set in the editor's graph too.

use crate::call::Call;
use crate::failure::Failure;
use crate::graph::Graph;
use comfyctl_manager::{Error, Workflow};
use comfyctl_workflow::{Analysis, Origin, Override, Parameters, Prompt, Selector, Target};
use serde_json::{Map, Value};

/// What becomes of placeholders that are not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// They stay in the file.
    Left,
    /// They get their defaults; one without is an error.
    Filled,
}

/// Overrides for values whose keys are selectors, or names of parameters that an analysis finds.
pub(crate) async fn read(
    values: Map<String, Value>,
    workflow: &Workflow,
    connection: Option<&str>,
    call: &Call,
) -> Result<Vec<Override>, Failure> {
    let mut read = Vec::new();
    let mut named = Map::new();
    for (key, value) in values {
        match key.parse::<Selector>() {
            Ok(selector) => read.push(Override {
                selector,
                typed: typed(&value),
            }),
            Err(_) => drop(named.insert(key, value)),
        }
    }
    if !named.is_empty() {
        read.extend(overrides(named, Rest::Left, workflow, connection, call).await?);
    }
    Ok(read)
}

/// Overrides that set parameters of a workflow.
pub(crate) async fn overrides(
    values: Map<String, Value>,
    rest: Rest,
    workflow: &Workflow,
    connection: Option<&str>,
    call: &Call,
) -> Result<Vec<Override>, Failure> {
    let graph = Box::pin(Graph::new(workflow.document.clone(), connection, call)).await?;
    let definitions = graph.definitions();
    let parameters = Analysis::of(&graph.prompt, definitions).parameters;
    of_parameters(&values, rest, &graph.prompt, &parameters)
}

fn of_parameters(
    values: &Map<String, Value>,
    rest: Rest,
    prompt: &Prompt,
    parameters: &Parameters,
) -> Result<Vec<Override>, Failure> {
    let applied = match rest {
        Rest::Left => parameters.apply_given(prompt, values),
        Rest::Filled => parameters.apply(prompt, values),
    };
    let applied = applied.map_err(Error::from)?;
    let mut overrides: Vec<Override> = Vec::new();
    for parameter in parameters {
        let is_set = values.contains_key(&parameter.name)
            || (rest == Rest::Filled && parameter.origin != Origin::Input);
        for target in parameter.targets.iter().filter(|_| is_set) {
            let Some(value) = value_of(target, &applied) else {
                continue;
            };
            let selector = target.to_string().parse().map_err(Error::from)?;
            // A text may hold several placeholders.
            if overrides.iter().all(|other| other.selector != selector) {
                let typed = typed(value);
                overrides.push(Override { selector, typed });
            }
        }
    }
    Ok(overrides)
}

fn value_of<'p>(target: &Target, prompt: &'p Prompt) -> Option<&'p Value> {
    prompt.node(target.node.as_str())?.input(&target.input)
}

/// As people type it.
fn typed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(values: &Value, rest: Rest) -> Result<Vec<String>, Failure> {
        let prompt = json!({"6": {"class_type": "CLIPTextEncode", "inputs": {
            "text": "a {{animal}} in the {{place:snow}}", "clip": ["4", 1]}}});
        let prompt = Prompt::from_value(prompt).unwrap();
        let parameters = Analysis::of(&prompt, None).parameters;
        let values = values.as_object().unwrap();
        let set = of_parameters(values, rest, &prompt, &parameters)?;
        let shown = |set: &Override| format!("{}={}", set.selector, set.typed);
        Ok(set.iter().map(shown).collect())
    }

    #[test]
    fn a_placeholder_is_filled_and_the_text_around_it_stays() {
        let filled = set(&json!({"animal": "fox"}), Rest::Filled).unwrap();
        assert_eq!(filled, ["6.text=a fox in the snow"]);
        let filled = set(&json!({"animal": "fox", "place": "sea"}), Rest::Left).unwrap();
        assert_eq!(filled, ["6.text=a fox in the sea"]);
    }

    #[test]
    fn what_has_no_default_is_asked_for() {
        let missing = set(&json!({}), Rest::Filled).unwrap_err();
        assert!(missing.message.contains("animal"), "{}", missing.message);
    }
}
