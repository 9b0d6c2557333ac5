//! What the common clients want in their settings to start this server.

use serde_json::{Value, json};

/// A client that can be configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// Claude Code.
    ClaudeCode,
    /// Claude Desktop.
    ClaudeDesktop,
    /// Cursor.
    Cursor,
    /// Visual Studio Code.
    VsCode,
    /// Windsurf.
    Windsurf,
    /// Zed.
    Zed,
    /// Gemini CLI.
    Gemini,
    /// Codex.
    Codex,
}

/// How the server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Launch {
    /// The client starts a program, with these arguments.
    Program {
        /// Path of the program.
        command: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
    /// It runs already, at this address.
    Address(String),
}

/// Name of the server in all clients.
const NAME: &str = "comfyui";

impl Client {
    /// The file that the configuration belongs into, for people.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::ClaudeCode => {
                ".mcp.json in the project (or run `claude mcp add-json comfyui ...`)"
            }
            Self::ClaudeDesktop => {
                "claude_desktop_config.json (Settings > Developer > Edit Config)"
            }
            Self::Cursor => ".cursor/mcp.json in the project, or ~/.cursor/mcp.json",
            Self::VsCode => ".vscode/mcp.json in the project",
            Self::Windsurf => "~/.codeium/windsurf/mcp_config.json",
            Self::Zed => "settings.json of Zed",
            Self::Gemini => "~/.gemini/settings.json",
            Self::Codex => "~/.codex/config.toml",
        }
    }

    /// The text to put there.
    #[must_use]
    pub fn configuration(self, launch: &Launch) -> String {
        let server = match launch {
            Launch::Program { command, arguments } => program(command, arguments),
            Launch::Address(url) => self.remote(url),
        };
        let wrapped = match self {
            Self::Codex => return toml(launch),
            Self::VsCode => json!({ "servers": { NAME: server } }),
            Self::Zed => json!({ "context_servers": { NAME: server } }),
            _ => json!({ "mcpServers": { NAME: server } }),
        };
        // A value of strings always has a text.
        serde_json::to_string_pretty(&wrapped).unwrap_or_default()
    }

    /// Each has a key of its own for what others call `url`, which here and there means something else.
    fn remote(self, url: &str) -> Value {
        match self {
            // Only starts programs: this common one passes on what it is told.
            Self::ClaudeDesktop => {
                let plain = url.starts_with("http://").then_some("--allow-http");
                let arguments = ["-y", "mcp-remote", url].into_iter().chain(plain);
                let arguments: Vec<String> = arguments.map(str::to_owned).collect();
                program("npx", &arguments)
            }
            Self::Gemini => json!({ "httpUrl": url }),
            Self::Windsurf => json!({ "serverUrl": url }),
            Self::Zed => json!({ "url": url }),
            _ => json!({ "type": "http", "url": url }),
        }
    }
}

fn program(command: &str, arguments: &[String]) -> Value {
    json!({ "command": command, "args": arguments })
}

/// TOML takes the strings and lists of JSON as they are.
fn toml(launch: &Launch) -> String {
    let lines = match launch {
        Launch::Program { command, arguments } => {
            format!("command = {}\nargs = {}", json!(command), json!(arguments))
        }
        Launch::Address(url) => format!("url = {}", json!(url)),
    };
    format!("[mcp_servers.{NAME}]\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_gets_its_own_form() {
        let launch = Launch::Program {
            command: "/usr/bin/comfyctl".to_owned(),
            arguments: vec!["mcp".to_owned()],
        };
        let texts = [
            Client::ClaudeCode,
            Client::VsCode,
            Client::Zed,
            Client::Codex,
        ]
        .map(|client| client.configuration(&launch));
        insta::assert_snapshot!(texts.join("\n\n"));
        let address = Launch::Address("http://127.0.0.1:8765/mcp".to_owned());
        let texts = [
            Client::Cursor,
            Client::ClaudeDesktop,
            Client::Gemini,
            Client::Windsurf,
            Client::Zed,
            Client::Codex,
        ]
        .map(|client| client.configuration(&address));
        insta::assert_snapshot!(texts.join("\n\n"));
    }
}
