//! The format that `comfyctl workflow convert` converts to, with what that takes.

use crate::arguments::{ConvertArguments, Format};
use crate::failure::Failure;
use comfyctl_manager::{Error, ErrorKind, convert};
use comfyctl_workflow::convert::{self, Conversion, Converter, Dialect, SeedMode};
use comfyctl_workflow::to_ui::{self, UiConversion, to_ui};
use comfyctl_workflow::ui::UiWorkflow;
use comfyctl_workflow::{Definitions, Document, Prompt};
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// What to make of each file.
pub(super) struct Target {
    format: Compiled,
    dialect: Dialect,
    seeds: SeedMode,
}

enum Compiled {
    Api(Converter),
    Ui(Definitions),
}

/// What came of a file.
pub(super) struct Made {
    pub(super) graph: Graph,
    pub(super) warnings: Vec<Warning>,
}

/// A graph in one of the formats, under the name of which it is told.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Graph {
    Prompt(Prompt),
    Workflow(UiWorkflow),
}

/// A remark of either conversion. Both are told in the same form.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Warning {
    ToApi(convert::Warning),
    ToUi(to_ui::Warning),
}

impl Target {
    pub(super) fn new(
        arguments: &ConvertArguments,
        definitions: Definitions,
        dialect: Dialect,
    ) -> Self {
        Self {
            format: match arguments.to {
                Format::Api => Compiled::Api(Converter::new(&definitions)),
                Format::Ui => Compiled::Ui(definitions),
            },
            dialect,
            seeds: arguments.seed_mode.into(),
        }
    }

    /// Converts a file's graph. What is in the format already stays as it is, and nothing is wrong
    /// with that.
    pub(super) fn make(&self, document: Document) -> Result<Made, Failure> {
        match (document, &self.format) {
            (Document::Prompt(prompt), Compiled::Ui(definitions)) => {
                let options = to_ui::Options {
                    dialect: self.dialect,
                };
                Ok(to_ui(&prompt, definitions, &options).into())
            }
            (Document::Prompt(prompt), Compiled::Api(_)) => Ok(Graph::Prompt(prompt).into()),
            (Document::Ui(fields), format) => {
                let editor = UiWorkflow::from_value(Value::Object(fields));
                let editor = editor.map_err(|_| Error::from(ErrorKind::UiFormat))?;
                match format {
                    Compiled::Api(converter) => {
                        Ok(convert(&editor, converter, self.dialect, self.seeds)?.into())
                    }
                    Compiled::Ui(_) => Ok(Graph::Workflow(editor).into()),
                }
            }
        }
    }
}

impl From<Graph> for Made {
    fn from(graph: Graph) -> Self {
        Self {
            graph,
            warnings: Vec::new(),
        }
    }
}

impl From<Conversion> for Made {
    fn from(made: Conversion) -> Self {
        Self {
            graph: Graph::Prompt(made.prompt),
            warnings: made.warnings.into_iter().map(Warning::ToApi).collect(),
        }
    }
}

impl From<UiConversion> for Made {
    fn from(made: UiConversion) -> Self {
        Self {
            graph: Graph::Workflow(made.workflow),
            warnings: made.warnings.into_iter().map(Warning::ToUi).collect(),
        }
    }
}

impl Graph {
    /// What it is called where its file has no name.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Prompt(_) => "prompt",
            Self::Workflow(_) => "workflow",
        }
    }

    /// The graph itself, for a file of its own.
    pub(super) fn to_value(&self) -> Value {
        let value = match self {
            Self::Prompt(prompt) => serde_json::to_value(prompt),
            Self::Workflow(workflow) => serde_json::to_value(workflow),
        };
        // Both are JSON underneath.
        value.unwrap_or_default()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ToApi(warning) => warning.fmt(formatter),
            Self::ToUi(warning) => warning.fmt(formatter),
        }
    }
}
