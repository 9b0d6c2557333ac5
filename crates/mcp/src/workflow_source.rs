//! Finds the workflow that a tool is given: inline, by saved name, or by a path inside the allowed
//! folders; in either format.

use crate::call::Call;
use crate::failure::Failure;
use crate::json_text::WorkflowText;
use comfyctl_manager::{
    ConnectionChoice, Error, ErrorKind, Library, Reference, Source, Workflow, WorkflowName,
};
use comfyctl_workflow::nearest;

/// The address of a saved workflow, as resources have it.
const ADDRESS: &str = "comfyui://workflows/";

/// The workflow that is meant.
pub(crate) async fn read(
    given: WorkflowText,
    connection: Option<&str>,
    call: &Call,
) -> Result<Workflow, Failure> {
    let text = match given {
        WorkflowText::Graph(graph) => {
            let text = graph.to_string();
            return Ok(Workflow::from_reader(text.as_bytes(), "workflow_json")?);
        }
        WorkflowText::Named(text) => text,
    };
    let text = text.strip_prefix(ADDRESS).unwrap_or(&text);
    if text.is_empty() {
        return Err(Failure::invalid("no workflow is given"));
    }
    if let Some(reference) = Reference::parse(text) {
        let library = library(reference.source, connection, call)?;
        return saved(&library, &reference.name).await;
    }
    let is_name = text.parse::<WorkflowName>().is_ok();
    if is_name && let Some(bytes) = call.manager.library().read(text).await? {
        return parse(&bytes, text);
    }
    if !is_name || text.contains(['.', '/', '\\']) {
        return Ok(Workflow::from_file(&call.access().file(text)?)?);
    }
    Err(no_such(&call.manager.library(), text).await)
}

/// One of the libraries; those of a server are of the connection that is meant.
pub(crate) fn library(
    source: Source,
    connection: Option<&str>,
    call: &Call,
) -> Result<Library, Failure> {
    let client = || -> Result<_, Failure> {
        let choice: ConnectionChoice = call.choice(connection);
        Ok(call.manager.server(&choice)?.client().clone())
    };
    Ok(match source {
        Source::Local => call.manager.library(),
        Source::Server => Library::Server(client()?),
        Source::Template => Library::Templates(client()?),
        Source::Blueprint => Library::Blueprints(client()?),
    })
}

async fn saved(library: &Library, name: &str) -> Result<Workflow, Failure> {
    match library.read(name).await? {
        Some(bytes) => parse(&bytes, name),
        None => Err(no_such(library, name).await),
    }
}

pub(crate) fn parse(bytes: &[u8], name: &str) -> Result<Workflow, Failure> {
    let workflow = Workflow::from_reader(bytes, name)?;
    Ok(Workflow {
        name: Some(name.to_owned()),
        ..workflow
    })
}

/// The error for a name that the library does not have, with the nearest that it has.
async fn no_such(library: &Library, name: &str) -> Failure {
    let known: Vec<String> = match library.list().await {
        Ok(saved) => saved.into_iter().map(|saved| saved.name).collect(),
        Err(error) => return error.into(),
    };
    let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
    let name = name.to_owned();
    let failure = Failure::from(Error::from(ErrorKind::NoSuchWorkflow { name, nearest }));
    match failure.hint {
        Some(_) => failure,
        None => failure.with_hint("list_workflows and get_workflow_templates list what there is"),
    }
}
