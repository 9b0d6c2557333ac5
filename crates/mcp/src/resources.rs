//! Resources: what a client may put into a conversation without a tool. The first four are those of
//! version 2.0.0.

use crate::backend::Backend;
use crate::connections;
use crate::failure::Failure;
use crate::job_view;
use crate::preview;
use crate::tools::list_nodes::all_known;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use comfyctl_manager::settings::{EffectiveSettings, UpperLayers};
use comfyctl_manager::{JobFilter, Library, Reference, Source};
use rmcp::model::{
    CompleteRequestParams, CompleteResult, CompletionInfo, ErrorData, ReadResourceResult, Resource,
    ResourceContents, ResourceTemplate,
};
use serde_json::{Value, json};

const SCHEME: &str = "comfyui://";
const JSON: &str = "application/json";

/// Jobs of `comfyui://jobs/recent`.
const RECENT: u32 = 50;

/// Resources that are always there.
pub(crate) fn fixed() -> Vec<Resource> {
    let resource = |path: &str, description: &str| {
        Resource::new(format!("{SCHEME}{path}"), path)
            .with_description(description)
            .with_mime_type(JSON)
    };
    vec![
        resource("connections", "ComfyUI servers of the settings"),
        resource("jobs/recent", "The latest jobs"),
        resource("jobs/statistics", "How jobs fared"),
        resource("settings", "The settings, without secrets"),
    ]
}

/// Resources that are found by name.
pub(crate) fn templates() -> Vec<ResourceTemplate> {
    let template = |path: &str, name: &str, description: &str| {
        ResourceTemplate::new(format!("{SCHEME}{path}"), name).with_description(description)
    };
    vec![
        template("jobs/{job_id}", "job", "A job").with_mime_type(JSON),
        template(
            "outputs/{job_id}/{index}",
            "output",
            "A file that a job produced",
        ),
        template("workflows/{name}", "workflow", "A saved workflow").with_mime_type(JSON),
        template("definitions/{class}", "definition", "A node class").with_mime_type(JSON),
    ]
}

/// Reads a resource.
pub(crate) async fn read(uri: &str, backend: &Backend) -> Result<ReadResourceResult, ErrorData> {
    let path = uri.strip_prefix(SCHEME).unwrap_or_default();
    let parts: Vec<&str> = path.splitn(3, '/').collect();
    let read = match parts[..] {
        ["outputs", job, index] => output(uri, job, index, backend).await,
        ["connections"] => Ok(text(uri, &of_connections(backend))),
        ["settings"] => settings(backend).map(|value| text(uri, &value)),
        ["jobs", "recent"] => recent(backend).await.map(|value| text(uri, &value)),
        ["jobs", "statistics"] => match backend.manager.overview().await {
            Ok(overview) => Ok(text(uri, &json!(overview))),
            Err(error) => Err(error.into()),
        },
        ["jobs", id] if !id.is_empty() => job(id, backend).await.map(|value| text(uri, &value)),
        ["workflows", ..] => workflow(&path["workflows/".len()..], backend)
            .await
            .map(|content| ResourceContents::text(content, uri).with_mime_type(JSON)),
        ["definitions", class] if !class.is_empty() => definition(class, backend)
            .await
            .map(|value| text(uri, &value)),
        _ => Err(Failure::not_found(format!("there is no resource `{uri}`"))),
    };
    match read {
        Ok(contents) => Ok(ReadResourceResult::new(vec![contents])),
        Err(failure) => Err(error(uri, &failure)),
    }
}

fn text(uri: &str, value: &Value) -> ResourceContents {
    ResourceContents::text(value.to_string(), uri).with_mime_type(JSON)
}

fn error(uri: &str, failure: &Failure) -> ErrorData {
    let data = json!({ "uri": uri, "code": failure.code, "hint": failure.hint });
    if failure.code == comfyctl_manager::Code::NotFound.as_str() {
        ErrorData::resource_not_found(failure.message.clone(), Some(data))
    } else {
        ErrorData::internal_error(failure.message.clone(), Some(data))
    }
}

fn of_connections(backend: &Backend) -> Value {
    let settings = backend.settings();
    json!({
        "default": settings.default_connection_name(),
        "connections": connections::all(&settings),
    })
}

fn settings(backend: &Backend) -> Result<Value, Failure> {
    let layers = UpperLayers::from_environment()?;
    let file = &backend.manager.locations().settings_file;
    Ok(EffectiveSettings::load(file, &layers)?.values)
}

async fn recent(backend: &Backend) -> Result<Value, Failure> {
    let filter = JobFilter {
        limit: RECENT,
        ..JobFilter::default()
    };
    let page = backend.manager.jobs(&filter).await?;
    let jobs: Vec<Value> = page.jobs.iter().map(job_view::line).collect();
    Ok(json!({ "count": jobs.len(), "jobs": jobs }))
}

async fn job(id: &str, backend: &Backend) -> Result<Value, Failure> {
    let job = backend.manager.job(id).await?;
    let tags = backend.manager.tags(job.job_id).await?;
    Ok(job_view::whole(&job, &tags))
}

async fn output(
    uri: &str,
    job: &str,
    index: &str,
    backend: &Backend,
) -> Result<ResourceContents, Failure> {
    let job = backend.manager.job(job).await?;
    let none = || Failure::not_found(format!("job {} has no output {index}", job.job_id));
    let index: usize = index.parse().map_err(|_| none())?;
    let output = job.outputs.get(index).ok_or_else(none)?;
    if let Some(text) = &output.text {
        return Ok(ResourceContents::text(text.clone(), uri));
    }
    let file = output.file().ok_or_else(none)?;
    let bytes = backend.manager.output_bytes(&job, index).await?;
    let mime_type = preview::mime_type(&file.filename);
    Ok(ResourceContents::blob(BASE64.encode(bytes), uri).with_mime_type(mime_type))
}

async fn workflow(name: &str, backend: &Backend) -> Result<String, Failure> {
    let reference = Reference::parse(name).unwrap_or(Reference {
        source: Source::Local,
        name: name.to_owned(),
    });
    let client = || backend.server(None).map(|server| server.client().clone());
    let library = match reference.source {
        Source::Local => backend.manager.library(),
        Source::Server => Library::Server(client()?),
        Source::Template => Library::Templates(client()?),
        Source::Blueprint => Library::Blueprints(client()?),
    };
    let bytes = library.read(&reference.name).await?;
    let bytes = bytes
        .ok_or_else(|| Failure::not_found(format!("there is no saved workflow `{reference}`")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn definition(class: &str, backend: &Backend) -> Result<Value, Failure> {
    let server = backend.server(None)?;
    let definition = server.client().definition(class).await?;
    definition
        .map(|definition| json!(definition))
        .ok_or_else(|| Failure::not_found(format!("the server has no node class `{class}`")))
}

/// Names that an argument of a template may have, best guesses first. What cannot be asked now
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
