//! `list_workflows`: saved workflows of this machine and of the server.

use super::page_size;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::job_view;
use crate::page::{self, Page};
use crate::tool::{Effect, Tool};
use crate::workflow_source;
use comfyctl_manager::{SavedWorkflow, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) struct ListWorkflows;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    connection: Option<String>,
    #[serde(default)]
    search: String,
    #[serde(default = "page_size")]
    limit: usize,
    #[serde(default)]
    offset: usize,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    workflows: Vec<Value>,
    #[serde(flatten)]
    page: Page,
    /// Why those of the server are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl Tool for ListWorkflows {
    const NAME: &'static str = "list_workflows";
    const DESCRIPTION: &'static str = "Saved workflows, here and on the server; `path` is what \
        execute_workflow takes.";
    const EFFECT: Effect = Effect::Reads;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let mut all = call.manager.library().list().await?;
        let connection = input.connection.as_deref();
        let library = workflow_source::library(Source::Server, connection, &call)?;
        let note = match library.list().await {
            Ok(saved) => {
                all.extend(saved);
                None
            }
            Err(error) => Some(format!("without those of the server: {error}")),
        };
        all.retain(|saved| saved.matches(&input.search));
        let (workflows, page) = page::cut(all, input.offset, input.limit);
        let workflows = workflows.iter().map(view).collect();
        Ok(Answer::from(Output {
            workflows,
            page,
            note,
        }))
    }
}

fn view(saved: &SavedWorkflow) -> Value {
    json!({
        "name": saved.name,
        "path": saved.reference().to_string(),
        "modified": saved.modified.map(job_view::time),
        "size": saved.size,
    })
}
