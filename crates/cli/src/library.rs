//! Saved workflows, and whatever else a command may be given for a workflow.

use crate::context::Context;
use crate::failure::Failure;
use comfyctl_manager::{Error, ErrorKind, Library, Reference, Source, Workflow, WorkflowName};
use comfyctl_workflow::nearest;
use std::path::Path;

pub(crate) fn open(source: Source, context: &Context) -> Result<Library, Failure> {
    let manager = context.manager()?;
    if source == Source::Local {
        return Ok(manager.library());
    }
    let client = context.server(&manager)?.client().clone();
    Ok(match source {
        Source::Local | Source::Server => Library::Server(client),
        Source::Template => Library::Templates(client),
        Source::Blueprint => Library::Blueprints(client),
    })
}

/// The workflow in a file, on standard input for `-`, or saved under a name.
pub(crate) async fn workflow(named: &Path, context: &Context) -> Result<Workflow, Failure> {
    if named == Path::new("-") {
        let input = std::io::stdin().lock();
        return Ok(Workflow::from_reader(input, "standard input")?);
    }
    if let Some(text) = named.to_str().filter(|_| !named.exists()) {
        if let Some(reference) = Reference::parse(text) {
            return saved(&reference, context).await;
        }
        let is_name = text.parse::<WorkflowName>().is_ok();
        if is_name && let Some(bytes) = context.manager()?.library().read(text).await? {
            return read(&bytes, text);
        }
    }
    Ok(Workflow::from_file(named)?)
}

async fn saved(reference: &Reference, context: &Context) -> Result<Workflow, Failure> {
    let library = open(reference.source, context)?;
    match library.read(&reference.name).await? {
        Some(bytes) => read(&bytes, &reference.name),
        None => Err(no_such(&library, &reference.name).await),
    }
}

fn read(bytes: &[u8], name: &str) -> Result<Workflow, Failure> {
    let workflow = Workflow::from_reader(bytes, name)?;
    Ok(Workflow {
        name: Some(name.to_owned()),
        ..workflow
    })
}

/// The error for a name that the library does not have, with the nearest that it has.
pub(crate) async fn no_such(library: &Library, name: &str) -> Failure {
    let known: Vec<String> = match library.list().await {
        Ok(saved) => saved.into_iter().map(|saved| saved.name).collect(),
        Err(error) => return error.into(),
    };
    let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
    let name = name.to_owned();
    Error::from(ErrorKind::NoSuchWorkflow { name, nearest }).into()
}
