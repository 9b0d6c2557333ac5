//! `comfyctl mcp config`: what a client wants in its settings to start this server.

use crate::arguments::ClientName;
use crate::context::Context;
use comfyctl_mcp::{Client, Launch};
use serde_json::json;

pub(crate) fn run(client: ClientName, address: Option<String>, context: &Context) {
    let client = match client {
        ClientName::ClaudeCode => Client::ClaudeCode,
        ClientName::ClaudeDesktop => Client::ClaudeDesktop,
        ClientName::Cursor => Client::Cursor,
        ClientName::Vscode => Client::VsCode,
        ClientName::Windsurf => Client::Windsurf,
        ClientName::Zed => Client::Zed,
        ClientName::Gemini => Client::Gemini,
        ClientName::Codex => Client::Codex,
    };
    let launch = match address {
        Some(address) => Launch::Address(address),
        None => Launch::Program {
            command: program(),
            arguments: vec!["mcp".to_owned()],
        },
    };
    let text = client.configuration(&launch);
    let result = json!({ "file": client.file(), "configuration": text });
    context.printer.result(&result, || text.clone());
    context
        .printer
        .hint(&format!("this goes into {}", client.file()));
}

/// Clients often start with another search path than a shell. From Python the program is Python.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let path = path.filter(|path| path.file_stem().is_some_and(|name| name == "comfyctl"));
    path.map_or_else(|| "comfyctl".to_owned(), |path| path.display().to_string())
}
