//! The library of saved workflows that a command means.

use crate::arguments::LibraryArguments;
use crate::context::Context;
use crate::failure::Failure;
use comfyctl_manager::{Error, ErrorKind, Library, WorkflowName};
use comfyctl_workflow::nearest;

pub(crate) fn of(arguments: &LibraryArguments, context: &Context) -> Result<Library, Failure> {
    let manager = context.manager()?;
    if arguments.server {
        return Ok(Library::Server(context.server(&manager)?.client().clone()));
    }
    Ok(manager.library())
}

/// The error for a name that the library does not have, with the nearest that it has.
pub(crate) async fn no_such(library: &Library, name: &WorkflowName) -> Failure {
    let known: Vec<String> = match library.list().await {
        Ok(saved) => saved
            .into_iter()
            .map(|saved| saved.name.to_string())
            .collect(),
        Err(error) => return error.into(),
    };
    let name = name.to_string();
    let nearest = nearest(&name, known.iter().map(String::as_str)).map(str::to_owned);
    Error::from(ErrorKind::NoSuchWorkflow { name, nearest }).into()
}
