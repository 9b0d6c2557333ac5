//! Settings of the MCP server.

use comfyctl_client::SecretReference;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;

/// The MCP server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct McpSettings {
    /// Starts the MCP server with ComfyUI, where the node pack is installed.
    pub enabled: bool,
    /// Address that the server listens on over HTTP.
    #[schemars(extend("x-read-at-start" = true))]
    pub host: String,
    /// Port that the server listens on over HTTP.
    #[schemars(extend("x-read-at-start" = true))]
    pub port: NonZeroU16,
    /// How clients reach the server.
    #[schemars(extend("x-read-at-start" = true))]
    pub transport: McpTransport,
    /// Over HTTP, answers only those who give `auth_token`.
    pub require_auth: bool,
    /// Token that clients give: `env:NAME`, `file:PATH`, or the token itself.
    #[schemars(with = "Option<String>", extend("format" = "secret"))]
    pub auth_token: Option<SecretReference>,
    /// Folders whose files tools may read. Without it, the folder of saved workflows and the working
    /// folder, unless that is a root or the home folder.
    #[schemars(extend("format" = "path"))]
    pub allowed_folders: Option<Vec<PathBuf>>,
    /// Names, besides those of this machine, that HTTP requests may give as host and origin.
    pub allowed_hosts: Vec<String>,
    /// Lets tools destroy things (clear a queue, free memory) where nobody can be asked first.
    pub allow_destructive: bool,
    /// Which tools are offered.
    pub tools: McpTools,
    /// Offers only these of them. Without it, all.
    pub allow_tools: Option<Vec<String>>,
    /// Offers none of these.
    pub deny_tools: Vec<String>,
    /// Saved workflows of this machine that are offered as tools of their own, by name.
    #[schemars(with = "IndexMap<String, Purpose>")]
    pub workflow_tools: IndexMap<String, String>,
    /// Over HTTP, how many requests a minute each client address may make. 0 is no limit.
    pub requests_per_minute: u32,
    /// Over HTTP, longest request in MB.
    pub max_request_mb: NonZeroU32,
}

/// What the saved workflow of that name is for, which offers it as a tool; `comfyctl workflow tool`
/// sets it.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "only its schema is of use")]
struct Purpose(String);

/// How clients reach the MCP server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum McpTransport {
    /// Standard input and output.
    #[default]
    Stdio,
    /// HTTP at `host` and `port`.
    StreamableHttp,
}

/// Which tools the MCP server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum McpTools {
    /// All.
    #[default]
    Full,
    /// Three that find, describe and call all others: for small contexts.
    Compact,
    /// Those that change nothing.
    ReadOnly,
}

impl Default for McpSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            host: "127.0.0.1".to_owned(),
            port: NonZeroU16::MIN.saturating_add(8764),
            transport: McpTransport::default(),
            require_auth: false,
            auth_token: None,
            allowed_folders: None,
            allowed_hosts: Vec::new(),
            allow_destructive: false,
            tools: McpTools::default(),
            allow_tools: None,
            deny_tools: Vec::new(),
            workflow_tools: IndexMap::new(),
            requests_per_minute: 0,
            max_request_mb: NonZeroU32::MIN.saturating_add(15),
        }
    }
}
