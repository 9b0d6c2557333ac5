//! Blueprints: subgraphs that every workflow of a server can use. As a workflow, one is a single node
//! around what it does.

use super::{SavedWorkflow, Source};
use crate::error::{Error, ErrorKind};
use comfyctl_client::{Client, GlobalSubgraph};
use indexmap::IndexMap;
use serde_json::Value;

/// What ComfyUI calls itself among the packs that bring blueprints.
const OWN: &str = "comfyui";

pub(super) async fn list(client: &Client) -> Result<Vec<SavedWorkflow>, Error> {
    let subgraphs = client.global_subgraphs().await?;
    let names = subgraphs.values().map(name);
    Ok(names
        .map(|name| SavedWorkflow::new(Source::Blueprint, name))
        .collect())
}

/// By name, or by the server's id.
pub(super) async fn read(client: &Client, wanted: &str) -> Result<Option<Vec<u8>>, Error> {
    let subgraphs: IndexMap<String, GlobalSubgraph> = client.global_subgraphs().await?;
    let is_meant = |(id, subgraph): &(&String, &GlobalSubgraph)| {
        name(subgraph) == wanted || id.as_str() == wanted
    };
    let mut meant = subgraphs.iter().filter(is_meant).map(|(id, _)| id);
    let found = match (meant.next(), meant.next()) {
        (None, _) => return Ok(None),
        (Some(id), None) => client.global_subgraph(id).await?,
        (Some(one), Some(other)) => {
            let ids = [one.clone(), other.clone()].to_vec();
            let name = wanted.to_owned();
            return Err(ErrorKind::AmbiguousWorkflow { name, ids }.into());
        }
    };
    Ok(found
        .and_then(|subgraph| subgraph.data)
        .map(String::into_bytes))
}

/// Those of node packs are called `pack/name`, as templates are.
fn name(subgraph: &GlobalSubgraph) -> String {
    let pack = subgraph.info.get("node_pack").and_then(Value::as_str);
    let pack = pack.map(|pack| pack.trim_start_matches("custom_nodes."));
    match pack {
        Some(pack) if pack != OWN => format!("{pack}/{}", subgraph.name),
        _ => subgraph.name.clone(),
    }
}
