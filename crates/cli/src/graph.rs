//! A workflow in the format that its file has, or in which it is printed.

use crate::context::Context;
use crate::failure::Failure;
use comfyctl_manager::{Editor, Error, ErrorKind, KnownNodes};
use comfyctl_workflow::convert::SeedMode;
use comfyctl_workflow::ui::UiWorkflow;
use comfyctl_workflow::{Document, Prompt};
use indexmap::IndexSet;
use serde::Serialize;
use serde_json::Value;

/// A graph in one of the formats, under the name by which it is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Graph {
    /// What a server runs.
    Prompt(Prompt),
    /// What the editor saves.
    Workflow(UiWorkflow),
}

/// A workflow of the editor that can be changed, with an editor that leaves texts as they are saved.
pub(crate) struct Editable {
    pub(crate) workflow: UiWorkflow,
    pub(crate) editor: Editor,
}

/// The same without its name around it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum BareGraph<'a> {
    Prompt(&'a Prompt),
    Workflow(&'a UiWorkflow),
}

impl Graph {
    pub(crate) fn new(document: Document) -> Result<Self, Failure> {
        match document {
            Document::Prompt(prompt) => Ok(Self::Prompt(prompt)),
            Document::Ui(fields) => UiWorkflow::from_value(Value::Object(fields))
                .map(Self::Workflow)
                .map_err(|_| Error::from(ErrorKind::UiFormat).into()),
        }
    }

    /// What it is called where its file has no name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Prompt(_) => "prompt",
            Self::Workflow(_) => "workflow",
        }
    }

    /// The classes of all its nodes.
    pub(crate) fn classes(&self) -> IndexSet<&str> {
        match self {
            Self::Prompt(prompt) => prompt.nodes().map(|(_, node)| node.class_type()).collect(),
            Self::Workflow(workflow) => workflow.classes(),
        }
    }

    /// The prompt, with texts as they are saved. What the editor saves is converted as the editor of
    /// the server does; without definitions that is an error.
    pub(crate) fn prompt(
        self,
        known: Option<&KnownNodes>,
        context: &Context,
    ) -> Result<Prompt, Error> {
        Ok(self.editable(known, context)?.0)
    }

    /// The same, with what it was made from if the editor saved that.
    pub(crate) fn editable(
        self,
        known: Option<&KnownNodes>,
        context: &Context,
    ) -> Result<(Prompt, Option<Editable>), Error> {
        let workflow = match self {
            Self::Prompt(prompt) => return Ok((prompt, None)),
            Self::Workflow(workflow) => workflow,
        };
        let KnownNodes {
            definitions,
            dialect,
            ..
        } = known.ok_or(ErrorKind::UiFormat)?;
        let editor = Editor::new(definitions, *dialect, SeedMode::Saved).with_texts_as_saved();
        let converted = editor.convert(&workflow)?;
        for warning in &converted.warnings {
            context.printer.warning(&warning.to_string());
        }
        Ok((converted.prompt, Some(Editable { workflow, editor })))
    }

    /// The graph itself, for a file of its own.
    pub(crate) fn bare(&self) -> BareGraph<'_> {
        match self {
            Self::Prompt(prompt) => BareGraph::Prompt(prompt),
            Self::Workflow(workflow) => BareGraph::Workflow(workflow),
        }
    }
}
