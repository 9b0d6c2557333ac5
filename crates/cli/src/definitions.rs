//! Node definitions for commands that look at workflows: from a file, or from a named server.

use crate::arguments::DefinitionsArguments;
use crate::context::Context;
use crate::failure::Failure;
use comfyctl_manager::{Code, Editor, Error, ErrorKind, Workflow};
use comfyctl_workflow::convert::{Dialect, SeedMode};
use comfyctl_workflow::ui::UiWorkflow;
use comfyctl_workflow::{Definitions, Document, Prompt};
use serde_json::Value;
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

/// The prompt of a workflow in either format, with the definitions that it needs. What the editor
/// saves is converted as the editor of the named server does, without one as the newest.
pub(crate) async fn with_prompt(
    arguments: &DefinitionsArguments,
    workflow: Workflow,
    context: &Context,
) -> Result<(Prompt, Option<Definitions>), Failure> {
    let fields = match workflow.document {
        Document::Prompt(prompt) => {
            let definitions = for_prompt(arguments, &prompt, context).await?;
            return Ok((prompt, definitions));
        }
        Document::Ui(fields) => fields,
    };
    let unreadable = || Error::from(ErrorKind::UiFormat);
    let workflow = UiWorkflow::from_value(Value::Object(fields)).map_err(|_| unreadable())?;
    let (converted, definitions) = if let Some(file) = &arguments.object_info {
        let definitions = from_file(file)?;
        let editor = Editor::new(&definitions, Dialect::default(), SeedMode::Saved);
        (editor.convert(&workflow)?, definitions)
    } else if context.names_server() {
        let server = context.server(&context.manager()?)?;
        let editor = server.editor_for(&workflow, SeedMode::Saved).await?;
        let converted = editor.convert(&workflow)?;
        let definitions = server.definitions_for(&converted.prompt).await?;
        (converted, definitions)
    } else {
        return Err(unreadable().into());
    };
    for warning in &converted.warnings {
        context.printer.warning(&warning.to_string());
    }
    Ok((converted.prompt, Some(definitions)))
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
