//! Completes names in arguments of prompts and of templates of resources.

use crate::backend::Backend;
use crate::failure::Failure;
use crate::tools::list_nodes::all_known;
use comfyctl_manager::JobFilter;
use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo};

/// Names that an argument may have, best guesses first. What cannot be asked now
/// completes nothing.
pub(crate) async fn complete(request: &CompleteRequestParams, backend: &Backend) -> CompleteResult {
    let argument = &request.argument;
    let names = names(&argument.name, backend).await.unwrap_or_default();
    let begun = argument.value.to_lowercase();
    let (mut first, rest): (Vec<String>, Vec<String>) = names
        .into_iter()
        .filter(|name| name.to_lowercase().contains(&begun))
        .partition(|name| name.to_lowercase().starts_with(&begun));
    first.extend(rest);
    let total = first.len();
    first.truncate(CompletionInfo::MAX_VALUES);
    let has_more = total > first.len();
    let total = u32::try_from(total).ok();
    match CompletionInfo::with_pagination(first, total, has_more) {
        Ok(completion) => CompleteResult::new(completion),
        Err(_) => CompleteResult::default(),
    }
}

async fn names(argument: &str, backend: &Backend) -> Result<Vec<String>, Failure> {
    Ok(match argument {
        "job_id" => {
            let page = backend.manager.jobs(&JobFilter::default()).await?;
            page.jobs.iter().map(|job| job.job_id.to_string()).collect()
        }
        "name" | "workflow" => {
            let saved = backend.manager.library().list().await?;
            saved.into_iter().map(|saved| saved.name).collect()
        }
        "class" => {
            let definitions = all_known(&*backend.server(None)?, backend).await?;
            definitions.class_names().map(str::to_owned).collect()
        }
        "connection" => {
            let settings = backend.settings();
            let names = settings.connection_names();
            names.into_iter().map(str::to_owned).collect()
        }
        _ => Vec::new(),
    })
}
