//! `save_workflow`: keeps a workflow under a name.

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::json_text::WorkflowText;
use crate::tool::{Effect, Tool};
use crate::workflow_source;
use comfyctl_manager::{Reference, Source, WorkflowName};
use comfyctl_workflow::Document;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) struct SaveWorkflow;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    /// `server:NAME` saves it in the server's editor.
    name: String,
    workflow_json: WorkflowText,
    #[serde(default)]
    replace: bool,
    connection: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    path: String,
}

impl Tool for SaveWorkflow {
    const NAME: &'static str = "save_workflow";
    const DESCRIPTION: &'static str =
        "Save a workflow under a name. Asks the user before replacing.";
    const EFFECT: Effect = Effect::Destroys;
    type Input = Input;
    type Output = Output;

    fn question(input: &Input, _: &Call) -> Option<String> {
        input.replace.then(|| {
            format!(
                "Replace the saved workflow `{}`, if there is one?",
                input.name
            )
        })
    }

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let connection = input.connection.as_deref();
        let reference = Reference::parse(&input.name).unwrap_or(Reference {
            source: Source::Local,
            name: input.name,
        });
        let name: WorkflowName = reference
            .name
            .parse()
            .map_err(|error| Failure::invalid(format!("`name`: {error}")))?;
        let workflow = workflow_source::read(input.workflow_json, connection, &call).await?;
        let bytes = match &workflow.document {
            Document::Prompt(prompt) => serde_json::to_vec_pretty(prompt),
            Document::Ui(fields) => serde_json::to_vec_pretty(fields),
        };
        let bytes = bytes.map_err(|error| Failure::invalid(error.to_string()))?;
        let library = workflow_source::library(reference.source, connection, &call)?;
        library.save(&name, &bytes, input.replace).await?;
        Ok(Answer::from(Output {
            path: reference.to_string(),
        }))
    }
}
