//! Resources: what a client may put into a conversation without a tool. The first four are those of
//! version 2.0.0.

use crate::backend::Backend;
use crate::connections;
use crate::failure::Failure;
use crate::job_view;
use crate::preview;
use crate::server_file;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use comfyctl_manager::settings::{EffectiveSettings, UpperLayers};
use comfyctl_manager::{JobFilter, Library, Reference, Source};
use rmcp::model::{ErrorData, ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use serde_json::{Value, json};

const SCHEME: &str = "comfyui://";
const JSON: &str = "application/json";

/// Most bytes of an output: it travels as text in one message, and clients read no longer ones.
const LONGEST: usize = 11 << 20;

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

/// What stands in an address after the scheme; nothing in one that is not of ours.
pub(crate) fn path(uri: &str) -> &str {
    uri.strip_prefix(SCHEME).unwrap_or_default()
}

/// Reads a resource.
pub(crate) async fn read(uri: &str, backend: &Backend) -> Result<ReadResourceResult, ErrorData> {
    let read = match path(uri).splitn(3, '/').collect::<Vec<_>>()[..] {
        ["outputs", job, index] => output(uri, job, index, backend).await,
        _ => text_of(uri, backend)
            .await
            .map(|text| ResourceContents::text(text, uri).with_mime_type(JSON)),
    };
    match read {
        Ok(contents) => Ok(ReadResourceResult::new(vec![contents])),
        Err(failure) => Err(error(uri, &failure)),
    }
}

/// The JSON of any resource that is no output.
pub(crate) async fn text_of(uri: &str, backend: &Backend) -> Result<String, Failure> {
    let value = match path(uri).split_once('/').unwrap_or((path(uri), "")) {
        ("connections", "") => of_connections(backend),
        ("settings", "") => settings(backend)?,
        ("jobs", "recent") => recent(backend).await?,
        ("jobs", "statistics") => json!(backend.manager.overview().await?),
        ("jobs", id) if !id.is_empty() => job(id, backend).await?,
        ("definitions", class) if !class.is_empty() => definition(class, backend).await?,
        ("workflows", name) if !name.is_empty() => return workflow(name, backend).await,
        _ => return Err(Failure::not_found(format!("there is no resource `{uri}`"))),
    };
    Ok(value.to_string())
}

/// A fault of the protocol, for there is no other way to say that there is no such resource.
pub(crate) fn error(uri: &str, failure: &Failure) -> ErrorData {
    let data = json!({ "uri": uri, "code": failure.code, "hint": failure.hint });
    if failure.code == comfyctl_manager::Code::NotFound.as_str() {
        ErrorData::resource_not_found(failure.message.clone(), Some(data))
    } else {
        ErrorData::internal_error(failure.message.clone(), Some(data))
    }
}

fn of_connections(backend: &Backend) -> Value {
    let (default, connections) = connections::of(backend);
    json!({ "default": default, "connections": connections })
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
    let inputs = backend.manager.overrides_of(&job).await?;
    Ok(job_view::whole(&job, inputs.as_ref(), &tags))
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
    let bytes = backend.manager.output_bytes(&job, index).await;
    let bytes = bytes.map_err(|error| server_file::failure(&file, error))?;
    if bytes.len() > LONGEST {
        let size = bytes.len() >> 20;
        return Err(
            Failure::invalid(format!("`{}` has {size} MB", file.filename))
                .with_hint("get_image saves it with save_to"),
        );
    }
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
