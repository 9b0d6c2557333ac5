//! What can be said of a graph and changed in it without a server, as `workflow_manager` calls it.
//!
//! Pure. A change gives back a new graph and what could not be changed: version 2.0.0 never failed on
//! a target that is missing.

use crate::error::Failure;
use crate::json;
use comfyctl_manager::{Error, ErrorKind, Workflow};
use comfyctl_workflow::check::check;
use comfyctl_workflow::edit::{EditError, ImageSize, SamplerSettings};
use comfyctl_workflow::{
    Analysis, InputAddress, Link, NodeId, Prompt, Role, Selector, connections,
};
use pyo3::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// A changed graph, and what could not be changed in it.
type Changed<'py> = PyResult<(Bound<'py, PyAny>, Vec<String>)>;

/// What is wrong with a graph, for people; nothing if it can be run as far as can be told.
#[pyfunction]
pub(crate) fn workflow_errors(workflow: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let prompt = match prompt_of(workflow) {
        Ok(prompt) => prompt,
        Err(Failure::Manager(error)) => return Ok(vec![error.to_string()]),
        Err(failure) => return Err(failure.into()),
    };
    let mut errors: Vec<_> = check(&prompt, None)
        .errors()
        .map(ToString::to_string)
        .collect();
    if Analysis::of(&prompt, None).outputs.is_empty() {
        errors.push("the workflow has no output node".to_owned());
    }
    Ok(errors)
}

/// The links of every node, by its id.
#[pyfunction]
pub(crate) fn workflow_connections<'py>(
    workflow: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let prompt = prompt_of(workflow)?;
    let links = serde_json::to_value(connections(&prompt)).map_err(Failure::from)?;
    json::to_python(workflow.py(), &links)
}

/// Its output nodes, with the kind of what comes out.
#[pyfunction]
pub(crate) fn workflow_outputs<'py>(workflow: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let outputs = Analysis::of(&prompt_of(workflow)?, None).outputs;
    let outputs = serde_json::to_value(outputs).map_err(Failure::from)?;
    json::to_python(workflow.py(), &outputs)
}

/// The graph in a file, or the one that an image carries, in API format.
#[pyfunction]
pub(crate) fn workflow_read(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyAny>> {
    let read = || Workflow::from_file(&path)?.into_prompt();
    let prompt = py.detach(read).map_err(Failure::from)?;
    let graph = serde_json::to_value(prompt).map_err(Failure::from)?;
    json::to_python(py, &graph)
}

/// Sets inputs: each by a selector, or by its bare name where a node first has it as a value.
#[pyfunction]
pub(crate) fn workflow_set_inputs<'py>(
    workflow: &Bound<'py, PyAny>,
    inputs: &Bound<'py, PyAny>,
) -> Changed<'py> {
    let inputs: Map<String, Value> = crate::manager::arguments(inputs)?;
    change(workflow, |prompt| {
        let mut problems = Vec::new();
        for (name, value) in inputs {
            match address_of(&name, prompt) {
                Ok(address) => drop(prompt.set(&address, value)),
                Err(problem) => problems.push(problem),
            }
        }
        problems
    })
}

/// Sets the positive prompt, found by the links into the sampler, or the text of one node.
#[pyfunction]
#[pyo3(signature = (workflow, text, node_id=None))]
pub(crate) fn workflow_set_text<'py>(
    workflow: &Bound<'py, PyAny>,
    text: &str,
    node_id: Option<&str>,
) -> Changed<'py> {
    change(workflow, |prompt| {
        let Some(node) = node_id else {
            return problem(prompt.set_text_prompt(Role::Positive, text, None));
        };
        let node = NodeId::from(node);
        let positive = prompt.set_text_prompt(Role::Positive, text, Some(&node));
        // A node that is named may as well hold the negative prompt, or feed no sampler.
        let set = positive.or_else(|_| prompt.set_text_prompt(Role::Negative, text, Some(&node)));
        match set {
            Err(EditError::NoTarget { .. }) => {
                let input = "text".to_owned();
                set_value(prompt, &InputAddress { node, input }, text.into())
            }
            set => problem(set),
        }
    })
}

/// The file of all nodes that load an image, or of one node.
#[pyfunction]
#[pyo3(signature = (workflow, image, node_id=None))]
pub(crate) fn workflow_set_image<'py>(
    workflow: &Bound<'py, PyAny>,
    image: &str,
    node_id: Option<&str>,
) -> Changed<'py> {
    let node = node_id.map(NodeId::from);
    change(workflow, |prompt| {
        problem(prompt.set_image_input(image, node.as_ref()))
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    seed: Option<u64>,
    steps: Option<u64>,
    cfg: Option<f64>,
    sampler_name: Option<String>,
    scheduler: Option<String>,
    denoise: Option<f64>,
}

impl Given {
    /// Each setting for itself: one that no node takes keeps no other from being set.
    fn each(self) -> Vec<SamplerSettings> {
        let none = SamplerSettings::default;
        let all = [
            SamplerSettings {
                seed: self.seed,
                ..none()
            },
            SamplerSettings {
                steps: self.steps,
                ..none()
            },
            SamplerSettings {
                cfg: self.cfg,
                ..none()
            },
            SamplerSettings {
                sampler_name: self.sampler_name,
                ..none()
            },
            SamplerSettings {
                scheduler: self.scheduler,
                ..none()
            },
            SamplerSettings {
                denoise: self.denoise,
                ..none()
            },
        ];
        all.into_iter()
            .filter(|settings| *settings != none())
            .collect()
    }
}

/// The settings of all samplers, or of one.
#[pyfunction]
#[pyo3(signature = (workflow, settings, node_id=None))]
pub(crate) fn workflow_set_sampler<'py>(
    workflow: &Bound<'py, PyAny>,
    settings: &Bound<'py, PyAny>,
    node_id: Option<&str>,
) -> Changed<'py> {
    let settings: Given = crate::manager::arguments(settings)?;
    let node = node_id.map(NodeId::from);
    change(workflow, |prompt| {
        let set = |settings| problem(prompt.set_sampler_settings(&settings, node.as_ref()));
        settings.each().into_iter().flat_map(set).collect()
    })
}

/// The size of the empty picture that sampling starts from, of all or of one node.
#[pyfunction]
#[pyo3(signature = (workflow, width, height, batch_size, node_id=None))]
pub(crate) fn workflow_set_size<'py>(
    workflow: &Bound<'py, PyAny>,
    width: u64,
    height: u64,
    batch_size: u64,
    node_id: Option<&str>,
) -> Changed<'py> {
    let size = ImageSize {
        width: Some(width),
        height: Some(height),
        batch_size: Some(batch_size),
    };
    let node = node_id.map(NodeId::from);
    change(workflow, |prompt| {
        problem(prompt.set_image_size(size, node.as_ref()))
    })
}

/// The graph in API format. What the editor saves is an error: it takes a server to convert it.
fn prompt_of(workflow: &Bound<'_, PyAny>) -> Result<Prompt, Failure> {
    let text = serde_json::to_vec(&json::from_python(workflow)?)?;
    Ok(Workflow::from_reader(&text[..], "the workflow")?.into_prompt()?)
}

fn change<'py>(
    workflow: &Bound<'py, PyAny>,
    change: impl FnOnce(&mut Prompt) -> Vec<String>,
) -> Changed<'py> {
    let mut prompt = prompt_of(workflow)?;
    let problems = change(&mut prompt);
    let changed = serde_json::to_value(&prompt).map_err(Failure::from)?;
    Ok((json::to_python(workflow.py(), &changed)?, problems))
}

fn problem(set: Result<Vec<InputAddress>, EditError>) -> Vec<String> {
    set.err()
        .map(|error| error.to_string())
        .into_iter()
        .collect()
}

/// Sets a value that the node has already.
fn set_value(prompt: &mut Prompt, address: &InputAddress, value: Value) -> Vec<String> {
    let node = prompt.node(address.node.as_str());
    if node.is_none_or(|node| node.input(&address.input).is_none()) {
        let (node, input) = (&address.node, &address.input);
        return vec![format!("no node `{node}` has an input `{input}`")];
    }
    prompt.set(address, value);
    Vec::new()
}

/// Where a value is meant to go.
fn address_of(name: &str, prompt: &Prompt) -> Result<InputAddress, String> {
    if let Ok(selector) = name.parse::<Selector>() {
        return selector
            .resolve(prompt)
            .map_err(|error| Error::from(ErrorKind::Selector(error)).to_string());
    }
    let mut nodes = prompt.nodes();
    let found = nodes.find(|(_, node)| {
        let value = node.input(name);
        value.is_some_and(|value| Link::from_value(value).is_none())
    });
    match found {
        Some((id, _)) => Ok(InputAddress {
            node: id.clone(),
            input: name.to_owned(),
        }),
        None => Err(format!("no node has an input `{name}` that holds a value")),
    }
}
