//! `comfyctl nodes`: the node classes of a server.

use super::{node_class, not_on_server};
use crate::arguments::NodesArguments;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::table;
use comfyctl_client::Client;
use comfyctl_manager::Code;
use comfyctl_workflow::Definitions;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a list says of a class. The rest of a definition is skipped, not parsed.
#[derive(Debug, Serialize, Deserialize)]
struct Summary {
    /// Name of the class, which not every definition repeats.
    #[serde(skip_deserializing)]
    class: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    output_node: bool,
    #[serde(default)]
    deprecated: bool,
    #[serde(default)]
    experimental: bool,
}

pub(crate) async fn run(
    arguments: NodesArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let client = context.client()?;
    match arguments.class {
        Some(class) => show(&client, &class, context).await,
        None => list(&client, context).await,
    }
}

async fn show(client: &Client, class: &str, context: &Context) -> Result<ExitStatus, Failure> {
    let definitions = client.definitions_of(class).await?;
    let (Some(raw), Some(definition)) = (definitions.raw(class), definitions.get(class)) else {
        let known = client.definitions().await?;
        let otherwise = "`comfyctl nodes` lists the classes";
        let names = known.class_names();
        return Err(not_on_server::failure(
            "node class",
            class,
            names,
            otherwise,
        ));
    };
    let definition = definition.map_err(|error| unreadable(class, &error))?;
    context
        .printer
        .result(&raw, || node_class::text(class, &definition));
    Ok(ExitStatus::Success)
}

async fn list(client: &Client, context: &Context) -> Result<ExitStatus, Failure> {
    let definitions = client.definitions().await?;
    let summaries = definitions
        .class_names()
        .map(|class| Summary::of(class, &definitions));
    let summaries: Vec<Summary> = summaries.collect::<Result<_, Failure>>()?;
    let result = json!({ "nodes": summaries });
    context.printer.result(&result, || {
        let rows = summaries.iter().map(Summary::row);
        table::render(["CLASS", "CATEGORY", "NAME", "FLAGS"], rows)
    });
    Ok(ExitStatus::Success)
}

impl Summary {
    fn of(class: &str, definitions: &Definitions) -> Result<Self, Failure> {
        let raw = definitions.raw(class).map_or("{}", |raw| raw.get());
        let summary: Self = serde_json::from_str(raw).map_err(|error| unreadable(class, &error))?;
        let class = class.to_owned();
        Ok(Self { class, ..summary })
    }

    fn row(&self) -> [String; 4] {
        let flags = [
            (self.deprecated, "deprecated"),
            (self.experimental, "experimental"),
        ];
        let flags = flags
            .into_iter()
            .filter_map(|(is, flag)| is.then_some(flag));
        [
            self.class.clone(),
            self.category.clone().unwrap_or_default(),
            self.display_name.clone().unwrap_or_default(),
            flags.collect::<Vec<_>>().join(", "),
        ]
    }
}

fn unreadable(class: &str, error: &serde_json::Error) -> Failure {
    let message = format!("the definition of `{class}` is not what ComfyUI gives: {error}");
    let hint = format!("the node pack that brings `{class}` may be broken");
    Failure::new(Code::NotComfyui, message, Some(hint))
}
