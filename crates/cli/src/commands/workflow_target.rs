//! The format that `comfyctl workflow convert` converts to, with what that takes.

use crate::arguments::{ConvertArguments, Format};
use crate::failure::Failure;
use crate::graph::Graph;
use comfyctl_manager::{Editor, KnownNodes};
use comfyctl_workflow::Definitions;
use comfyctl_workflow::convert::{self, Conversion};
use comfyctl_workflow::to_ui::{self, UiConversion, to_ui};
use serde::Serialize;
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

/// A remark of either conversion. Both are told in the same form.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Warning {
    ToApi(convert::Warning),
    ToUi(to_ui::Warning),
}

impl Target {
    pub(super) fn new(arguments: &ConvertArguments, known: KnownNodes) -> Self {
        let dialect = arguments.frontend.unwrap_or(known.dialect);
        let seeds = arguments.seed_mode.into();
        match arguments.to {
            Format::Api => Self::Api(Editor::new(&known.definitions, dialect, seeds)),
            Format::Ui => Self::Ui(known.definitions, to_ui::Options { dialect }),
        }
    }

    /// Converts a file's graph. What is in the format already stays as it is, and nothing is wrong
    /// with that.
    pub(super) fn make(&self, graph: Graph) -> Result<Made, Failure> {
        match (graph, self) {
            (Graph::Workflow(workflow), Self::Api(editor)) => Ok(editor.convert(&workflow)?.into()),
            (Graph::Prompt(prompt), Self::Ui(definitions, options)) => {
                Ok(to_ui(&prompt, definitions, options).into())
            }
            (as_wanted, _) => Ok(as_wanted.into()),
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

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ToApi(warning) => warning.fmt(formatter),
            Self::ToUi(warning) => warning.fmt(formatter),
        }
    }
}
