//! A Python object as a tree of JSON values, walked in place.

use comfyctl_nodes::filter::{Subject, number};
use comfyctl_nodes::path::{Found, Path, Step, Tree, place};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde_json::{Map, Number, Value};
use std::borrow::Cow;

/// Deeper values are out of the reach of queries; the JSON of the network is never as deep.
const MAX_DEPTH: usize = 256;

/// An object that a node was given: dictionaries and lists, or anything else as a leaf.
#[derive(Clone)]
pub(super) struct Object<'py>(pub(super) Bound<'py, PyAny>);

impl Object<'_> {
    /// What a path leads to: the object itself, a new list of all matches of a query, or `None`.
    pub(super) fn find(&self, path: &Path) -> PyResult<Option<Self>> {
        Ok(match path.find(self) {
            Found::One(object) => Some(object),
            Found::Many(objects) => {
                let objects = objects.into_iter().map(|object| object.0);
                Some(Self(
                    PyList::new(self.0.py(), objects.collect::<Vec<_>>())?.into_any(),
                ))
            }
            Found::Missing => None,
        })
    }
}

impl Tree for Object<'_> {
    fn child(&self, step: &Step) -> Option<Self> {
        let child = if let Ok(dict) = self.0.cast::<PyDict>() {
            // Only the comparison of a foreign class can fail, and then there is no such key.
            dict.get_item(step.key.as_deref()?).ok().flatten()?
        } else if let Ok(list) = self.0.cast::<PyList>() {
            list.get_item(place(step.index?, list.len())?).ok()?
        } else {
            let tuple = self.0.cast::<PyTuple>().ok()?;
            tuple.get_item(place(step.index?, tuple.len())?).ok()?
        };
        Some(Self(child))
    }

    fn is_null(&self) -> bool {
        self.0.is_none()
    }

    fn to_json(&self) -> Value {
        to_json(&self.0, 0)
    }
}

/// A copy for queries, which give places and not values: what JSON cannot hold may be null in it.
fn to_json(object: &Bound<'_, PyAny>, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    if let Ok(dict) = object.cast::<PyDict>() {
        let field = |(key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
            let key = key.cast::<PyString>().ok()?.to_string_lossy().into_owned();
            Some((key, to_json(&value, depth + 1)))
        };
        return Value::Object(dict.iter().filter_map(field).collect::<Map<_, _>>());
    }
    if let Ok(list) = object.cast::<PyList>() {
        return list.iter().map(|item| to_json(&item, depth + 1)).collect();
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        return tuple.iter().map(|item| to_json(&item, depth + 1)).collect();
    }
    leaf_to_json(object)
}

fn leaf_to_json(object: &Bound<'_, PyAny>) -> Value {
    if let Ok(text) = object.cast::<PyString>() {
        return text.to_string_lossy().into_owned().into();
    }
    if let Ok(value) = object.cast::<PyBool>() {
        return value.is_true().into();
    }
    if object.is_instance_of::<PyInt>()
        && let Ok(whole) = object.extract::<i64>()
    {
        return whole.into();
    }
    let number = object.extract::<f64>().ok();
    number
        .and_then(Number::from_f64)
        .map_or(Value::Null, Value::Number)
}

/// A found value, or Python's `None`.
impl Subject for Object<'_> {
    fn text(&self) -> Cow<'_, str> {
        match self.0.cast::<PyString>() {
            Ok(text) => text.to_string_lossy(),
            // A class whose `__str__` raises has no text.
            Err(_) => self.0.str().map_or(Cow::Borrowed(""), |text| {
                Cow::Owned(text.to_string_lossy().into_owned())
            }),
        }
    }

    fn number(&self) -> Option<f64> {
        if let Ok(float) = self.0.cast::<PyFloat>() {
            return Some(float.value());
        }
        match self.0.cast::<PyString>() {
            Ok(text) => number(&text.to_string_lossy()),
            // Asking would make an exception, which takes longer than all else.
            Err(_) if self.0.is_instance_of::<PyDict>() || self.0.is_none() => None,
            Err(_) => self.0.extract().ok(),
        }
    }

    fn exists(&self) -> bool {
        !self.0.is_none()
    }
}
