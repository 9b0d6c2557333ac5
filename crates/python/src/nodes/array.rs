//! Lists and values at paths.

use super::object::Object;
use super::raised;
use comfyctl_nodes::filter::{Subject, Test};
use comfyctl_nodes::path::Path;
use comfyctl_nodes::statistics::Statistics;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

/// What a path leads to; `None` for nothing.
#[pyfunction]
pub(crate) fn json_find<'py>(
    value: Bound<'py, PyAny>,
    path: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let path = Path::parse(path).map_err(raised)?;
    Ok(Object(value).find(&path)?.map(|object| object.0))
}

/// The items that pass a test; none if there is no such operator.
#[pyfunction]
pub(crate) fn json_filter<'py>(
    items: &Bound<'py, PyList>,
    path: &str,
    operator: &str,
    value: &str,
) -> PyResult<Bound<'py, PyList>> {
    let py = items.py();
    let path = Path::parse(path).map_err(raised)?;
    let kept = PyList::empty(py);
    let Some(test) = Test::parse(operator, value) else {
        return Ok(kept);
    };
    for item in items {
        let item = Object(item);
        let found = item.find(&path)?;
        let subject = found.unwrap_or_else(|| Object(py.None().into_bound(py)));
        if test.admits(&subject) {
            kept.append(item.0)?;
        }
    }
    Ok(kept)
}

/// The values at a path, without those that are missing, and all of them as one text.
#[pyfunction]
pub(crate) fn json_map<'py>(
    items: &Bound<'py, PyList>,
    path: &str,
) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyAny>)> {
    let py = items.py();
    let path = Path::parse(path).map_err(raised)?;
    let (values, texts) = (PyList::empty(py), PyList::empty(py));
    for item in items {
        if let Some(Object(value)) = Object(item).find(&path)? {
            texts.append(value.str()?)?;
            values.append(value)?;
        }
    }
    let text = PyString::new(py, ", ").call_method1("join", (texts,))?;
    Ok((values, text))
}

/// Sum, average, least and greatest of the numbers at a path; what is no number is left out.
#[pyfunction]
pub(crate) fn json_statistics(
    items: &Bound<'_, PyList>,
    path: &str,
) -> PyResult<(f64, f64, f64, f64)> {
    let path = Path::parse(path).map_err(raised)?;
    let mut statistics = Statistics::default();
    for item in items {
        let found = Object(item).find(&path)?;
        if let Some(number) = found.and_then(|value| value.number()) {
            statistics.add(number);
        }
    }
    let Statistics { sum, min, max, .. } = statistics;
    Ok((sum, statistics.average(), min, max))
}
