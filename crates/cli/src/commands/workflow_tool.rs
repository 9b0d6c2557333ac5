//! `comfyctl workflow tool`: a saved workflow as a tool of the MCP server.

use crate::arguments::WorkflowTool;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::library;
use comfyctl_manager::settings::{SettingPath, SettingsDocument};
use comfyctl_manager::{Error, Source};
use serde_json::{Value, json};

pub(crate) async fn run(arguments: WorkflowTool, context: &Context) -> Result<ExitStatus, Failure> {
    let name = arguments.name.as_str();
    let key = format!("mcp.workflow_tools.{}", Value::from(name));
    let path: SettingPath = key.parse().map_err(Error::from)?;
    let file = context.locations()?.settings_file;
    if arguments.off {
        SettingsDocument::edit(&file, |document| document.unset(&path))?;
        let result = json!({ "workflow": name, "tool": null });
        context
            .printer
            .result(&result, || format!("`{name}` is no tool any more"));
        return Ok(ExitStatus::Success);
    }
    let library = library::open(Source::Local, context)?;
    if library.read(name).await?.is_none() {
        return Err(library::no_such(&library, name).await);
    }
    let description = Value::from(arguments.description);
    SettingsDocument::edit(&file, |document| document.set(&path, description))?;
    let tool = comfyctl_mcp::workflow_tool_name(name);
    let result = json!({ "workflow": name, "tool": tool });
    context
        .printer
        .result(&result, || format!("`{name}` is the tool `{tool}`"));
    Ok(ExitStatus::Success)
}
