//! How a value inside JSON is named: `data.items.0.name`, or JSONPath where the text begins with `$`.
//!
//! Used by every node that takes a path. Knows no Python: whoever holds a tree of values says how to
//! take one step in it ([`Tree`]), so that JSON in Python is walked where it lies.
//!
//! Null and missing are the same. In dotted paths `\.` is a dot and `\\` a backslash within a key, and
//! a negative number counts from the end of a list.

mod single;

use crate::error::Error;
use serde_json::Value;
use serde_json_path::{JsonPath, PathElement};

/// A path, ready to be followed.
#[derive(Debug, Clone)]
pub struct Path(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// Names at most one value.
    Single(Vec<Step>),
    /// Names any number of values, as a list.
    Query(Box<JsonPath>),
}

/// One step down: into an object by its key, into a list by its index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The key to take where an object stands.
    pub key: Option<String>,
    /// The index to take where a list stands; negative ones count from its end.
    pub index: Option<i64>,
}

/// A value with others inside.
pub trait Tree: Clone {
    /// The value one step further; `None` where there is none.
    fn child(&self, step: &Step) -> Option<Self>;

    /// Whether it is null, which counts as missing.
    fn is_null(&self) -> bool;

    /// The same as JSON, for queries. What JSON cannot hold may become null.
    fn to_json(&self) -> Value;
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<T> {
    /// One value, which is not null.
    One(T),
    /// What a query matched: at least one value, in the order of the document.
    Many(Vec<T>),
    /// Nothing, or null.
    Missing,
}

impl Path {
    /// Reads a path. The empty path is the whole value. Only a JSONPath can be wrong.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let kind = if !is_json_path(text) {
            Kind::Single(dotted(text))
        } else if let Some(steps) = single::steps(text) {
            Kind::Single(steps)
        } else {
            let query = JsonPath::parse(text).map_err(|error| Error::InvalidPath {
                path: text.to_owned(),
                problem: error.to_string(),
            })?;
            Kind::Query(Box::new(query))
        };
        Ok(Self(kind))
    }

    /// Follows the path.
    pub fn find<T: Tree>(&self, root: &T) -> Found<T> {
        match &self.0 {
            Kind::Single(steps) => walk(root, steps).map_or(Found::Missing, Found::One),
            Kind::Query(query) => {
                let json = root.to_json();
                let locations = query.query_located(&json);
                let values: Vec<T> = locations
                    .locations()
                    .filter_map(|location| {
                        walk(root, &location.iter().map(Step::from).collect::<Vec<_>>())
                    })
                    .collect();
                if values.is_empty() {
                    Found::Missing
                } else {
                    Found::Many(values)
                }
            }
        }
    }

    /// The steps, where the path names at most one value.
    pub fn steps(&self) -> Option<&[Step]> {
        match &self.0 {
            Kind::Single(steps) => Some(steps),
            Kind::Query(_) => None,
        }
    }
}

/// A key such as `$ref` begins with a dollar, too, and is not followed by a dot or a bracket.
fn is_json_path(text: &str) -> bool {
    text.strip_prefix('$')
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn walk<T: Tree>(root: &T, steps: &[Step]) -> Option<T> {
    let mut value = root.clone();
    for step in steps {
        value = value.child(step)?;
    }
    (!value.is_null()).then_some(value)
}

/// The steps of a dotted path.
pub(crate) fn dotted(text: &str) -> Vec<Step> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let mut part = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => part.push(characters.next_if(is_escapable).unwrap_or('\\')),
            '.' => steps.push(Step::part(std::mem::take(&mut part))),
            other => part.push(other),
        }
    }
    steps.push(Step::part(part));
    steps
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "`next_if` gives a reference"
)]
fn is_escapable(character: &char) -> bool {
    matches!(character, '.' | '\\')
}

impl Step {
    /// A part of a dotted path: a key, and an index too if it is a whole number.
    pub fn part(text: String) -> Self {
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let index = is_number.then(|| text.parse().ok()).flatten();
        Self {
            key: Some(text),
            index,
        }
    }

    fn key(key: impl Into<String>) -> Self {
        Self {
            key: Some(key.into()),
            index: None,
        }
    }

    fn index(index: i64) -> Self {
        Self {
            key: None,
            index: Some(index),
        }
    }
}

impl From<&PathElement<'_>> for Step {
    fn from(element: &PathElement<'_>) -> Self {
        match element {
            PathElement::Name(name) => Self::key(*name),
            PathElement::Index(index) => Self::index(i64::try_from(*index).unwrap_or(i64::MAX)),
        }
    }
}

/// The place in a list of that length which an index means, Python style.
pub fn place(index: i64, length: usize) -> Option<usize> {
    let place = if index < 0 {
        index.checked_add_unsigned(length as u64)?
    } else {
        index
    };
    usize::try_from(place).ok().filter(|&place| place < length)
}

impl Tree for &Value {
    fn child(&self, step: &Step) -> Option<Self> {
        match self {
            Value::Object(fields) => fields.get(step.key.as_deref()?),
            Value::Array(items) => items.get(place(step.index?, items.len())?),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        Value::is_null(self)
    }

    fn to_json(&self) -> Value {
        (*self).clone()
    }
}

#[cfg(test)]
mod tests;
