//! Node definitions for commands that look at workflows: from a file, or from a named server.

use crate::arguments::DefinitionsArguments;
use crate::context::Context;
use crate::failure::Failure;
use comfyctl_manager::{Code, Error, ErrorKind};
use comfyctl_workflow::{Definitions, Prompt};
use std::path::Path;

/// The definitions that a prompt needs; `None` when neither a file nor a server was named.
pub(crate) async fn for_prompt(
    arguments: &DefinitionsArguments,
    prompt: &Prompt,
    context: &Context,
) -> Result<Option<Definitions>, Failure> {
    if let Some(file) = &arguments.object_info {
        return from_file(file).map(Some);
    }
    if !context.names_server() {
        return Ok(None);
    }
    let server = context.server(&context.manager()?)?;
    Ok(Some(server.definitions_for(prompt).await?))
}

/// All definitions of a saved `/object_info`.
pub(crate) fn from_file(file: &Path) -> Result<Definitions, Failure> {
    let bytes = fs_err::read(file).map_err(|error| Error::from(ErrorKind::File(error)))?;
    Definitions::from_slice(&bytes).map_err(|error| {
        let message = format!("`{}` holds no node definitions: {error}", file.display());
        let hint = "save what /object_info of a ComfyUI server answers".to_owned();
        Failure::new(Code::FileError, message, Some(hint))
    })
}
