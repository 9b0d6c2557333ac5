//! Why values cannot be given to parameters: one error per parameter, all of them at once.

use super::ValueType;
use serde_json::{Number, Value};

/// What is wrong with one value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParameterError {
    /// There is no such parameter.
    #[error("there is no parameter `{name}`")]
    Unknown {
        /// The name as given.
        name: String,
        /// The nearest name.
        nearest: Option<String>,
    },
    /// The value has another type.
    #[error("`{name}` must be {}, not {value}", expected.described())]
    WrongType {
        /// The parameter.
        name: String,
        /// What it takes.
        expected: ValueType,
        /// What was given, as JSON; long values are cut.
        value: String,
    },
    /// The number is too small or too great.
    #[error("`{name}` must be {}, not {value}", range(minimum.as_ref(), maximum.as_ref()))]
    OutOfRange {
        /// The parameter.
        name: String,
        /// What was given.
        value: Number,
        /// Least value.
        minimum: Option<Number>,
        /// Greatest value.
        maximum: Option<Number>,
    },
    /// The value is none of the choices.
    #[error("`{name}` cannot be {value}")]
    NotAChoice {
        /// The parameter.
        name: String,
        /// What was given, as JSON; long values are cut.
        value: String,
        /// The nearest choice.
        nearest: Option<String>,
        /// The first choices.
        choices: Vec<Value>,
        /// How many choices there are.
        count: usize,
    },
    /// A placeholder without default got no value.
    #[error("`{name}` needs a value")]
    Missing {
        /// The parameter.
        name: String,
    },
    /// The parameter belongs to another workflow: its node or input is not in this one.
    #[error("`{name}` belongs to input `{input}` of node `{node}`, which is not in this workflow")]
    Gone {
        /// The parameter.
        name: String,
        /// The node that is missing.
        node: String,
        /// The input.
        input: String,
    },
}

impl ParameterError {
    /// Stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown_parameter",
            Self::WrongType { .. } => "wrong_type",
            Self::OutOfRange { .. } => "out_of_range",
            Self::NotAChoice { .. } => "not_a_choice",
            Self::Missing { .. } => "missing_parameter",
            Self::Gone { .. } => "parameter_gone",
        }
    }

    /// What to try next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { nearest, .. } => nearest
                .as_ref()
                .map(|name| format!("did you mean `{name}`?")),
            Self::NotAChoice {
                nearest: Some(choice),
                ..
            } => Some(format!("did you mean `{choice}`?")),
            Self::NotAChoice { choices, count, .. } => Some(listed(choices, *count)),
            Self::Gone { .. } => Some("analyse this workflow and use its parameters".to_owned()),
            Self::WrongType { .. } | Self::OutOfRange { .. } | Self::Missing { .. } => None,
        }
    }
}

fn range(minimum: Option<&Number>, maximum: Option<&Number>) -> String {
    match (minimum, maximum) {
        (Some(minimum), Some(maximum)) => format!("from {minimum} to {maximum}"),
        (Some(minimum), None) => format!("at least {minimum}"),
        (None, Some(maximum)) => format!("at most {maximum}"),
        (None, None) => "a finite number".to_owned(),
    }
}

/// A value for a message: as JSON, cut where it is long.
pub(super) fn shown(value: &Value) -> String {
    const LONGEST: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

fn listed(choices: &[Value], count: usize) -> String {
    if count == 0 {
        return "the server has nothing to choose from".to_owned();
    }
    let shown: Vec<String> = choices.iter().map(Value::to_string).collect();
    let rest = count.saturating_sub(choices.len());
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    format!("choose {}{more}", shown.join(", "))
}

/// Everything that is wrong with the values given; never empty.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", joined(.0))]
pub struct InvalidParameters(pub Vec<ParameterError>);

impl InvalidParameters {
    /// Stable name of the kind of error: that of the first one.
    pub fn code(&self) -> &'static str {
        self.0
            .first()
            .map_or("invalid_parameters", ParameterError::code)
    }

    /// What to try next: the hint of the first error that has one.
    pub fn hint(&self) -> Option<String> {
        self.0.iter().find_map(ParameterError::hint)
    }
}

fn joined(errors: &[ParameterError]) -> String {
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    messages.join("; ")
}
