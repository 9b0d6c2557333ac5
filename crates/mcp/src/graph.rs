//! Looks at a workflow with what is known of a server's nodes: for tools that check, describe or
//! change it without running it.

use crate::backend::Backend;
use crate::failure::Failure;
use comfyctl_manager::{Editor, Error, ErrorKind, KnownNodes};
use comfyctl_workflow::convert::SeedMode;
use comfyctl_workflow::ui::UiWorkflow;
use comfyctl_workflow::{Definitions, Document, Prompt};
use indexmap::IndexSet;
use serde_json::Value;

/// A workflow that is looked at.
pub(crate) struct Graph {
    pub(crate) prompt: Prompt,
    /// Why not, when the server does not answer and never did.
    pub(crate) known: Result<KnownNodes, Failure>,
}

impl Graph {
    /// Converts what the editor saves, which takes a server; a prompt is looked at without, if need
    /// be.
    pub(crate) async fn new(
        document: Document,
        connection: Option<&str>,
        backend: &Backend,
    ) -> Result<Self, Failure> {
        match document {
            Document::Prompt(prompt) => {
                let classes = prompt.nodes().map(|(_, node)| node.class_type()).collect();
                let known = known(classes, connection, backend).await;
                Ok(Self { prompt, known })
            }
            Document::Ui(fields) => {
                let workflow = UiWorkflow::from_value(Value::Object(fields))
                    .map_err(|_| Error::from(ErrorKind::UiFormat))?;
                let known = known(workflow.classes(), connection, backend).await?;
                let editor = Editor::new(&known.definitions, known.dialect, SeedMode::Saved)
                    .with_texts_as_saved();
                let prompt = editor.convert(&workflow)?.prompt;
                Ok(Self {
                    prompt,
                    known: Ok(known),
                })
            }
        }
    }

    /// What a result leaves open where the server does not answer.
    pub(crate) fn note(&self) -> Option<String> {
        let failure = self.known.as_ref().err()?;
        let reason = &failure.message;
        Some(format!(
            "without what the server has of classes and models: {reason}"
        ))
    }

    /// What the server says of its nodes, if it says anything.
    pub(crate) fn definitions(&self) -> Option<&Definitions> {
        self.known.as_ref().ok().map(|known| &known.definitions)
    }
}

async fn known(
    classes: IndexSet<&str>,
    connection: Option<&str>,
    backend: &Backend,
) -> Result<KnownNodes, Failure> {
    let server = backend.server(connection)?;
    Ok(backend.manager.known_nodes(&server, classes).await?)
}
