//! `get_workflow_templates`: the templates that a server brings along.

use super::page_size;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::page::{self, Page};
use crate::tool::{Effect, Tool};
use crate::workflow_source;
use comfyctl_manager::{SavedWorkflow, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(super) struct GetWorkflowTemplates;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    connection: Option<String>,
    /// Words of title, description or tags.
    #[serde(default)]
    search: String,
    #[serde(default = "few")]
    limit: usize,
    #[serde(default)]
    offset: usize,
}

/// Descriptions are long.
fn few() -> usize {
    page_size() / 2
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    templates: Vec<Value>,
    #[serde(flatten)]
    page: Page,
}

impl Tool for GetWorkflowTemplates {
    const NAME: &'static str = "get_workflow_templates";
    const DESCRIPTION: &'static str =
        "Search ready-made workflows of the server; `path` is what execute_workflow takes.";
    const EFFECT: Effect = Effect::Reads;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let connection = input.connection.as_deref();
        let library = workflow_source::library(Source::Template, connection, &call)?;
        let mut all = library.list().await?;
        all.retain(|saved| saved.matches(&input.search));
        let (templates, page) = page::cut(all, input.offset, input.limit);
        let templates = templates.iter().map(view).collect();
        Ok(Output { templates, page }.into())
    }
}

fn view(saved: &SavedWorkflow) -> Value {
    let mut view = Map::new();
    view.insert("path".to_owned(), saved.reference().to_string().into());
    let texts = [("title", &saved.title), ("description", &saved.description)];
    for (name, text) in texts {
        if let Some(text) = text {
            view.insert(name.to_owned(), text.clone().into());
        }
    }
    Value::Object(view)
}
