//! Texts with values in them.

use super::object::Object;
use super::raised;
use comfyctl_nodes::combiner::{Source, Value, combine};
use comfyctl_nodes::filter::Subject;
use comfyctl_nodes::json_text;
use comfyctl_nodes::path::{Step, Tree};
use comfyctl_nodes::template::{fill, is_regular};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

/// A text with `$name` for the names of a dictionary.
#[pyfunction]
pub(crate) fn text_fill(template: &str, variables: &Bound<'_, PyDict>) -> String {
    let irregular: Vec<String> = variables
        .keys()
        .iter()
        .filter_map(|key| {
            let key = key.cast::<PyString>().ok()?.to_string_lossy().into_owned();
            (!key.is_empty() && !is_regular(&key)).then_some(key)
        })
        .collect();
    fill(template, &irregular, |name| {
        let value = variables.get_item(name).ok().flatten()?;
        Some(Object(value).text().into_owned())
    })
}

/// A text with `$path.to.value` for what an answer holds, else for the defaults of a dictionary.
#[pyfunction]
pub(crate) fn text_combine(
    template: &str,
    answer: Bound<'_, PyDict>,
    defaults: Bound<'_, PyDict>,
) -> String {
    let answer = Object(answer.into_any());
    combine(template, &Values { answer, defaults })
}

struct Values<'py> {
    answer: Object<'py>,
    defaults: Bound<'py, PyDict>,
}

impl Source for Values<'_> {
    fn answer(&self, path: &[Step]) -> Option<Value> {
        let found = path
            .iter()
            .try_fold(self.answer.clone(), |value, step| value.child(step))
            .filter(|value| !value.is_null())?;
        let has_children = found.0.is_instance_of::<PyDict>()
            || found.0.is_instance_of::<PyList>()
            || found.0.is_instance_of::<PyTuple>();
        Some(Value {
            text: found.text().into_owned(),
            has_children,
        })
    }

    fn default(&self, path: &str) -> Option<String> {
        let value = self.defaults.get_item(path).ok().flatten()?;
        Some(Object(value).text().into_owned())
    }
}

/// The text of a JSON object that may lack the braces around it, with them; an empty text is `{}`.
#[pyfunction]
pub(crate) fn json_object(input: &str, text: &str) -> PyResult<String> {
    json_text::object_text(input, text).map_err(raised)
}
