//! `list_nodes`: the node classes of a server by name and place in the menu, or one whole.

use super::page_size;
use crate::answer::Answer;
use crate::backend::Backend;
use crate::call::Call;
use crate::failure::Failure;
use crate::page::{self, Page};
use crate::tool::{Effect, Tool};
use comfyctl_manager::Server;
use comfyctl_workflow::Definitions;
use indexmap::IndexSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(super) struct ListNodes;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Input {
    /// Only this one, with its whole definition.
    node_class: Option<String>,
    connection: Option<String>,
    /// Words of name, title, category or description.
    #[serde(default)]
    search: String,
    #[serde(default = "page_size")]
    limit: usize,
    #[serde(default)]
    offset: usize,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// By class: its category, or its definition if one was asked for.
    nodes: Map<String, Value>,
    #[serde(flatten)]
    page: Page,
}

impl Tool for ListNodes {
    const NAME: &'static str = "list_nodes";
    const DESCRIPTION: &'static str =
        "Search the server's node classes. get_node_info describes one in short.";
    const EFFECT: Effect = Effect::Reads;
    type Input = Input;
    type Output = Output;

    async fn call(input: Input, call: Call) -> Result<Answer<Output>, Failure> {
        let server = call.server(input.connection.as_deref())?;
        let all = match input.node_class.filter(|class| !class.is_empty()) {
            Some(class) => vec![(class.clone(), one(&class, &server, &call).await?)],
            None => found(&all_known(&server, &call).await?, &input.search),
        };
        let (nodes, page) = page::cut(all, input.offset, input.limit);
        let nodes = nodes.into_iter().collect();
        Ok(Output { nodes, page }.into())
    }
}

/// All classes of a server. Fetched once and kept, for they are megabytes, until the server changes.
pub(crate) async fn all_known(server: &Server, backend: &Backend) -> Result<Definitions, Failure> {
    let known = backend.manager.known_nodes(server, IndexSet::new());
    Ok(Box::pin(known).await?.definitions)
}

async fn one(class: &str, server: &Server, backend: &Backend) -> Result<Value, Failure> {
    let definitions = server.client().definitions_of(class).await?;
    match definitions.raw(class) {
        Some(raw) => Ok(serde_json::from_str(raw.get()).unwrap_or_default()),
        None => Err(no_such_class(class, server, backend).await),
    }
}

/// The error for a class that the server does not have, with the nearest that it has.
pub(super) async fn no_such_class(class: &str, server: &Server, backend: &Backend) -> Failure {
    let definitions = match all_known(server, backend).await {
        Ok(definitions) => definitions,
        Err(failure) => return failure,
    };
    Failure::not_found(format!("the server has no node class `{class}`")).with_nearest(
        class,
        definitions.class_names(),
        "list_nodes finds classes by words",
    )
}

fn found(definitions: &Definitions, search: &str) -> Vec<(String, Value)> {
    let entries = definitions.class_names().filter_map(|class| {
        let definition = definitions.get(class)?.ok()?;
        let category = definition.category.unwrap_or_default();
        let title = definition.display_name.unwrap_or_default();
        let description = definition.description.unwrap_or_default();
        page::matches(search, &[class, &title, &category, &description])
            .then(|| (class.to_owned(), category.into()))
    });
    entries.collect()
}
