//! `comfyctl mcp`: serves agents, over standard input and output or over HTTP.

use crate::arguments::{McpArguments, McpCommand, McpServing, McpToolSet};
use crate::commands::mcp_config;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::interrupt::until_told_to_stop;
use comfyctl_manager::Code;
use comfyctl_manager::settings::{McpTools, McpTransport};
use comfyctl_mcp::{Backend, HttpServer, Options, serve_stdio};
use std::io;
use std::sync::Arc;

pub(crate) async fn run(arguments: McpArguments, context: &Context) -> Result<ExitStatus, Failure> {
    if let Some(McpCommand::Config { client, http }) = arguments.command {
        mcp_config::run(client, http, context);
        return Ok(ExitStatus::Success);
    }
    let manager = context.manager()?.with_source("mcp");
    let settings = manager.settings().mcp();
    let configured = format!("{}:{}", settings.host, settings.port);
    let address = match &arguments.serving.http {
        Some(address) if !address.is_empty() => Some(address.clone()),
        Some(_) => Some(configured),
        None if settings.transport == McpTransport::StreamableHttp => Some(configured),
        None => None,
    };
    let options = options(arguments.serving, context)?;
    let backend = Backend::new(manager, options);
    for unknown in backend.unknown_tools() {
        context.printer.warning(&unknown);
    }
    if let Some(address) = address {
        serve_http(backend, &address, context).await?;
    } else {
        let (input, output) = (tokio::io::stdin(), tokio::io::stdout());
        serve_stdio(backend, input, output).await.map_err(broken)?;
    }
    Ok(ExitStatus::Success)
}

fn options(serving: McpServing, context: &Context) -> Result<Options, Failure> {
    let tools = serving.tools.map(|set| match set {
        McpToolSet::Full => McpTools::Full,
        McpToolSet::Compact => McpTools::Compact,
        McpToolSet::ReadOnly => McpTools::ReadOnly,
    });
    let usual = Options::default();
    Ok(Options {
        connection: context.choice(),
        tools,
        allow_tools: serving.allow_tools,
        deny_tools: serving.deny_tools,
        working_folder: std::env::current_dir().map_err(broken)?,
        wait_without_progress: serving
            .wait_without_progress
            .unwrap_or(usual.wait_without_progress),
    })
}

async fn serve_http(
    backend: Arc<Backend>,
    address: &str,
    context: &Context,
) -> Result<(), Failure> {
    let server = HttpServer::bind(backend, address).await.map_err(|error| {
        let hint = error.hint().map(str::to_owned);
        Failure::new(Code::InvalidSettings, error.to_string(), hint)
    })?;
    let address = server.address().map_err(broken)?;
    context.printer.note(format_args!(
        "serving http://{address}/mcp; stop with Ctrl-C"
    ));
    server.serve(until_told_to_stop()).await.map_err(broken)
}

fn broken(error: io::Error) -> Failure {
    Failure::new(Code::FileError, error.to_string(), None)
}
