//! What a person may change in a workflow, under names: the model that analysis and placeholders
//! share, and from which a form, a tool or a JSON Schema is made.
//!
//! A parameter says where its value goes (its targets), so the way back is [`Parameters::apply`].

mod apply;
mod error;
mod number;
mod schema;

pub use error::{InvalidParameters, ParameterError};
pub(crate) use number::whole;

use crate::node::NodeId;
use crate::prompt::InputAddress;
use crate::suggest::nearest;
use serde::Serialize;
use serde_json::{Number, Value};
use std::fmt;

/// One thing that can be changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameter {
    /// Readable and unique within the workflow: `positive_prompt`, `seed`, `sampler_steps`.
    pub name: String,
    /// What it is for people.
    pub kind: ParameterKind,
    /// What its value must be.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// Which prompt a text is, where the links into a sampler tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The present value: what runs when nothing is given. Absent for a placeholder without default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// What the class takes by itself, as its definition says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Least value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Number>,
    /// Greatest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Number>,
    /// Distance between values that the editor offers, counted from the minimum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Number>,
    /// The only values that are admitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<Value>>,
    /// What the author of the workflow or of the class says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether a value must be given before the workflow can run.
    pub required: bool,
    /// Whether the class hides it from people who do not ask for more.
    pub advanced: bool,
    /// How it was found.
    pub origin: Origin,
    /// Where the value goes; never empty.
    pub targets: Vec<Target>,
}

/// What a parameter is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// Free text, such as a prompt.
    Text,
    /// Where randomness starts.
    Seed,
    /// A width, height, length or count of what is made.
    Size,
    /// A model file.
    Model,
    /// An image file.
    Image,
    /// A video file.
    Video,
    /// A sound file.
    Audio,
    /// Another file.
    File,
    /// One of several words.
    Choice,
    /// Any other number.
    Number,
    /// On or off.
    Switch,
}

/// JSON type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// Any finite number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Whatever the choices are.
    Any,
}

/// Which prompt a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What the picture should show.
    Positive,
    /// What it should not.
    Negative,
}

/// How a parameter was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A value of an input.
    Input,
    /// `{{name}}` or `{{name:default}}` in a text.
    Template,
    /// A value `PARAM_NAME`.
    ParamName,
    /// A node title `$name.input`.
    Title,
    /// A `ComfyUIDeployExternal...` node.
    ComfyDeploy,
    /// A `CPackInput...` node.
    ComfyPack,
}

/// An input that takes the value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The node.
    pub node: NodeId,
    /// Its class.
    pub class: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The input.
    pub input: String,
}

/// All parameters of a workflow, names unique.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Parameters(Vec<Parameter>);

impl Role {
    /// The word as it stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
        }
    }
}

impl ValueType {
    /// The type with its article, for messages.
    pub(super) fn described(self) -> &'static str {
        match self {
            Self::String => "a text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Any => "a value",
        }
    }
}

impl Target {
    /// The input for [`crate::Prompt::set`].
    pub fn address(&self) -> InputAddress {
        InputAddress {
            node: self.node.clone(),
            input: self.input.clone(),
        }
    }
}

impl fmt::Display for Target {
    /// As a selector: `6.text`. An id that holds `.` or `[` is quoted, and then a title of that name
    /// would be found first; [`Self::address`] is always exact.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.node.as_str();
        if id.contains(['.', '[']) || id.starts_with('"') {
            let id = id.replace('\\', r"\\").replace('"', "\\\"");
            return write!(formatter, "\"{id}\".{}", self.input);
        }
        write!(formatter, "{id}.{}", self.input)
    }
}

impl Parameters {
    pub(crate) fn new(parameters: Vec<Parameter>) -> Self {
        Self(parameters)
    }

    /// The parameter of that name.
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.0.iter().find(|parameter| parameter.name == name)
    }

    /// All of them: the author's placeholders first, then inputs in file order.
    pub fn iter(&self) -> std::slice::Iter<'_, Parameter> {
        self.0.iter()
    }

    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing can be changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Only what the author marked: placeholders, named titles, input nodes.
    ///
    /// Empty where nothing is marked; [`Self::apply`] on these leaves other inputs as they are.
    #[must_use]
    pub fn marked(&self) -> Self {
        let marked = |parameter: &&Parameter| parameter.origin != Origin::Input;
        Self(self.0.iter().filter(marked).cloned().collect())
    }

    /// The inputs that a name stands for: the selector behind a parameter.
    pub fn targets(&self, name: &str) -> Result<&[Target], ParameterError> {
        let parameter = self.get(name).ok_or_else(|| self.unknown(name))?;
        Ok(&parameter.targets)
    }

    fn unknown(&self, name: &str) -> ParameterError {
        let names = self.0.iter().map(|parameter| parameter.name.as_str());
        ParameterError::Unknown {
            name: name.to_owned(),
            nearest: nearest(name, names).map(str::to_owned),
        }
    }
}

impl<'a> IntoIterator for &'a Parameters {
    type Item = &'a Parameter;
    type IntoIter = std::slice::Iter<'a, Parameter>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests;
