//! JSON values as Python objects, and back.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::{Map, Number, Value};

/// As deep as `serde_json` reads text.
const MAX_DEPTH: usize = 128;

/// The value as Python's own `json` module would give it.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    // Values come from parsed text or from structures, so that none is too deep.
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Value::Number(number) => number_to_python(py, number)?,
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (key, value) in fields {
                dict.set_item(key, to_python(py, value)?)?;
            }
            dict.into_any()
        }
    })
}

fn number_to_python<'py>(py: Python<'py>, number: &Number) -> PyResult<Bound<'py, PyAny>> {
    if let Some(whole) = number.as_u64() {
        return Ok(whole.into_pyobject(py)?.into_any());
    }
    if let Some(whole) = number.as_i64() {
        return Ok(whole.into_pyobject(py)?.into_any());
    }
    let number = number.as_f64().unwrap_or(f64::NAN);
    Ok(PyFloat::new(py, number).into_any())
}

/// What Python's `json` module would take, plus paths and the numbers of numpy; else a `TypeError`
/// that says where.
pub(crate) fn from_python(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    read(object, 0)
}

fn read(object: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if depth > MAX_DEPTH {
        return Err(PyValueError::new_err(format!(
            "the value is nested deeper than {MAX_DEPTH} levels"
        )));
    }
    if object.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(value) = object.cast::<PyBool>() {
        return Ok(value.is_true().into());
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(text.to_str()?.into());
    }
    if let Ok(dict) = object.cast::<PyDict>() {
        let mut fields = Map::with_capacity(dict.len());
        for (key, value) in dict {
            fields.insert(key_of(&key)?, read(&value, depth + 1)?);
        }
        return Ok(Value::Object(fields));
    }
    if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
        let items = object.try_iter()?;
        return items.map(|item| read(&item?, depth + 1)).collect();
    }
    match number(object)? {
        Some(number) => Ok(Value::Number(number)),
        None => path(object),
    }
}

/// Ids of nodes are often written as numbers.
fn key_of(key: &Bound<'_, PyAny>) -> PyResult<String> {
    match key.cast::<PyString>() {
        Ok(text) => Ok(text.to_str()?.to_owned()),
        Err(_) if key.is_instance_of::<PyInt>() => Ok(key.str()?.to_str()?.to_owned()),
        Err(_) => Err(unfit(key)),
    }
}

/// `int`, `float` and what converts to them without loss; `None` for what is no number.
fn number(object: &Bound<'_, PyAny>) -> PyResult<Option<Number>> {
    if object.is_instance_of::<PyInt>() || object.hasattr("__index__")? {
        return match object.extract::<i64>() {
            Ok(whole) => Ok(Some(whole.into())),
            Err(_) => object.extract::<u64>().map(|whole| Some(whole.into())),
        };
    }
    if !object.hasattr("__float__")? {
        return Ok(None);
    }
    match Number::from_f64(object.extract()?) {
        None => Err(PyValueError::new_err("JSON has no infinity and no NaN")),
        number => Ok(number),
    }
}

fn path(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    let path = object.call_method0("__fspath__");
    match path.ok().as_ref().map(|path| path.cast::<PyString>()) {
        Some(Ok(text)) => Ok(text.to_str()?.into()),
        _ => Err(unfit(object)),
    }
}

fn unfit(object: &Bound<'_, PyAny>) -> PyErr {
    let name = object.get_type().name();
    let name = name.map_or_else(|_| "this".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("{name} cannot be written as JSON"))
}
