use clap::{Args, Subcommand, ValueEnum};
use std::time::Duration;

/// Serve agents: all of this over the Model Context Protocol
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Without --http it speaks over standard input and output, as clients that start it expect. Over HTTP
the address of the protocol is /mcp, and /health says whether it lives. Beyond this machine it
listens only with `mcp.require_auth` and `mcp.auth_token` in the settings.

Examples:
  comfyctl mcp
  comfyctl mcp --http 127.0.0.1:8765
  comfyctl mcp --tools compact
  comfyctl mcp config claude-code"
)]
pub(crate) struct McpArguments {
    #[command(subcommand)]
    pub(crate) command: Option<McpCommand>,

    #[command(flatten)]
    pub(crate) serving: McpServing,
}

/// How it serves.
#[derive(Debug, Args)]
pub(crate) struct McpServing {
    /// Serve over HTTP at HOST:PORT; without a value, where the settings say
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "")]
    pub(crate) http: Option<String>,

    /// Which tools to offer
    #[arg(long, value_name = "SET")]
    pub(crate) tools: Option<McpToolSet>,

    /// Offer only these tools
    #[arg(long, value_name = "TOOL", value_delimiter = ',')]
    pub(crate) allow_tools: Option<Vec<String>>,

    /// Offer none of these tools
    #[arg(long, value_name = "TOOL", value_delimiter = ',')]
    pub(crate) deny_tools: Vec<String>,

    /// Seconds after which a call returns whose client does not ask for progress. For tests.
    #[arg(long, value_name = "SECONDS", hide = true, value_parser = super::submission::parse_seconds)]
    pub(crate) wait_without_progress: Option<Duration>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum McpToolSet {
    /// All
    Full,
    /// Three that find, describe and call all others
    Compact,
    /// Those that change nothing
    ReadOnly,
}

#[derive(Debug, Subcommand)]
pub(crate) enum McpCommand {
    /// Print what a client wants in its settings
    #[command(after_help = "\
Examples:
  comfyctl mcp config claude-code > .mcp.json
  comfyctl mcp config cursor --http http://127.0.0.1:8765/mcp")]
    Config {
        /// The client
        client: ClientName,

        /// For a server that runs already at this address
        #[arg(long, value_name = "URL")]
        http: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ClientName {
    /// Claude Code
    ClaudeCode,
    /// Claude Desktop
    ClaudeDesktop,
    /// Cursor
    Cursor,
    /// Visual Studio Code
    Vscode,
    /// Windsurf
    Windsurf,
    /// Zed
    Zed,
    /// Gemini CLI
    Gemini,
    /// Codex
    Codex,
}
