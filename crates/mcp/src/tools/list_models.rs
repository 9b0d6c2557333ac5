//! `list_models`: folders of models, or the files of one.

use super::page_size;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::page::{self, Page};
use crate::tool::{Effect, Tool};
use comfyctl_client::Client;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) struct ListModels;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    /// Folder: checkpoints, loras, vae, ... None lists the folders.
    model_type: Option<String>,
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
    models: Vec<String>,
    #[serde(flatten)]
    page: Page,
}

impl Tool for ListModels {
    const NAME: &'static str = "list_models";
    const DESCRIPTION: &'static str = "Model folders of the server, or the files of one.";
    const EFFECT: Effect = Effect::Reads;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let server = call.server(input.connection.as_deref())?;
        let client = server.client();
        let mut models = match input.model_type.filter(|name| !name.is_empty()) {
            None => client.model_folders().await?,
            Some(folder) => files(&folder, client).await?,
        };
        models.retain(|name| page::matches(&input.search, &[name]));
        let (models, page) = page::cut(models, input.offset, input.limit);
        Ok(Output { models, page }.into())
    }
}

async fn files(folder: &str, client: &Client) -> Result<Vec<String>, Failure> {
    if let Some(files) = client.models(folder).await? {
        return Ok(files);
    }
    let folders = client.model_folders().await?;
    let known = folders.iter().map(String::as_str);
    let failure = Failure::not_found(format!("the server has no model folder `{folder}`"));
    Err(failure.with_nearest(folder, known, "without model_type, the folders are listed"))
}
