//! The format that `comfyctl workflow convert` converts to, with what that takes.

use crate::arguments::{ConvertArguments, Format};
use crate::failure::Failure;
use comfyctl_manager::{Editor, Error, ErrorKind};
use comfyctl_workflow::convert::{self, Conversion, Dialect};
use comfyctl_workflow::to_ui::{self, UiConversion, to_ui};
use comfyctl_workflow::ui::UiWorkflow;
use comfyctl_workflow::{Definitions, Document, Prompt};
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// What to make of each file.
pub(super) enum Target {
    Api(Editor),
    Ui(Definitions, to_ui::Options),
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
        match arguments.to {
            Format::Api => Self::Api(Editor::new(
                &definitions,
                dialect,
                arguments.seed_mode.into(),
            )),
            Format::Ui => Self::Ui(definitions, to_ui::Options { dialect }),
        }
    }

    /// Converts a file's graph. What is in the format already stays as it is, and nothing is wrong
    /// with that.
    pub(super) fn make(&self, document: Document) -> Result<Made, Failure> {
        match (document, self) {
            (Document::Prompt(prompt), Self::Ui(definitions, options)) => {
                Ok(to_ui(&prompt, definitions, options).into())
            }
            (Document::Prompt(prompt), Self::Api(_)) => Ok(Graph::Prompt(prompt).into()),
            (Document::Ui(fields), format) => {
                let workflow = UiWorkflow::from_value(Value::Object(fields));
                let workflow = workflow.map_err(|_| Error::from(ErrorKind::UiFormat))?;
                match format {
                    Self::Api(editor) => Ok(editor.convert(&workflow)?.into()),
                    Self::Ui(..) => Ok(Graph::Workflow(workflow).into()),
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
