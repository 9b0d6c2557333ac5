//! All settings with their types, defaults and meanings: the file is read into these, and the schema
//! and the reference in `docs/` are made from them.
//!
//! Called by the rest of `settings`, and by readers through [`super::Settings`]. Plain data: paths
//! and references are made absolute before a value gets here. The doc comments are what users read.

mod api;
mod connection;
mod mcp;
mod seconds;

pub use api::ApiSettings;
pub(crate) use connection::ConnectionValues;
pub use mcp::{McpSettings, McpTools, McpTransport};
pub use seconds::Seconds;

use comfyctl_client::SecretReference;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::num::NonZeroU32;
use std::path::PathBuf;

/// What may stand in `api_manager_settings.json`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Settings of ComfyUI API Manager")]
#[serde(default)]
pub(crate) struct Values {
    /// Version that wrote the file. A file of a later major version is read with a warning.
    pub(crate) version: String,
    /// The MCP server.
    pub(crate) mcp: McpSettings,
    /// The REST routes that the node pack adds to ComfyUI.
    pub(crate) api: ApiSettings,
    /// The log.
    pub(crate) logging: LoggingSettings,
    /// What is kept of jobs that have ended.
    pub(crate) job_history: HistorySettings,
    /// ComfyUI servers by name. Without any there is `default`, ComfyUI on this machine.
    pub(crate) connections: IndexMap<String, ConnectionValues>,
    /// Connection that is meant when none is named; `any` is each of them. Without it, the first.
    pub(crate) default_connection: Option<String>,
    /// Folder of saved workflows.
    #[schemars(extend("format" = "path"))]
    pub(crate) workflows_dir: PathBuf,
    /// Where jobs are kept.
    pub(crate) store: StoreSettings,
    /// How jobs are run unless they say otherwise.
    pub(crate) jobs: JobSettings,
    /// What the HTTP nodes of the node pack may reach.
    pub(crate) network: NetworkSettings,
    /// Credentials for nodes, by name.
    #[schemars(with = "IndexMap<String, SecretText>")]
    pub(crate) secrets: IndexMap<String, SecretReference>,
}

/// A credential that nodes refer to as `secret://NAME`: `env:VARIABLE`, `file:PATH`, or the
/// credential itself.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "only its schema is of use")]
struct SecretText(#[schemars(extend("format" = "secret"))] String);

/// The log of what this program does.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LoggingSettings {
    /// How much is logged, beaten by `-v` and `COMFYCTL_LOG`. Without it, errors to stderr, or
    /// `INFO` to the log file.
    #[schemars(extend("x-read-at-start" = true))]
    pub level: Option<LogLevel>,
    /// Logs to the file instead of stderr.
    #[schemars(extend("x-read-at-start" = true))]
    pub log_to_file: bool,
    /// File of the log.
    #[schemars(extend("format" = "path", "x-read-at-start" = true))]
    pub log_file: PathBuf,
    /// Size in MB at which the file is moved aside and a new one begun. 0 is no limit.
    #[schemars(extend("x-read-at-start" = true))]
    pub max_log_size_mb: u32,
    /// How many files that were moved aside are kept, as `.1` (the newest), `.2` and so on.
    #[schemars(extend("x-read-at-start" = true))]
    pub backup_count: u32,
}

/// How much is logged; each level includes those before it. Lower case is understood too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    /// What failed; the same as `ERROR`.
    Critical,
    /// What failed.
    Error,
    /// What is odd.
    Warning,
    /// What happens.
    Info,
    /// How it happens.
    Debug,
}

/// The names are those of Python.
impl<'de> Deserialize<'de> for LogLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(match name.to_uppercase().as_str() {
            "CRITICAL" | "FATAL" => Self::Critical,
            "ERROR" => Self::Error,
            "WARNING" | "WARN" => Self::Warning,
            "INFO" => Self::Info,
            "DEBUG" => Self::Debug,
            _ => {
                const KNOWN: &[&str] = &["CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"];
                return Err(de::Error::unknown_variant(&name, KNOWN));
            }
        })
    }
}

/// What is kept of jobs that have ended.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HistorySettings {
    /// Keeps jobs after they have ended. Without it, only their statistics stay.
    pub enabled: bool,
    /// How many ended jobs are kept; the oldest go first. 0 is no limit.
    pub max_jobs: u64,
    /// Days after which ended jobs are removed. 0 is never.
    pub auto_cleanup_days: u32,
    /// Keeps what the outputs of a job are: names, kinds, texts. Without it, whoever ran the job is
    /// told, and nobody else.
    pub store_outputs: bool,
    /// Keeps the files of the outputs too, below the data folder for as long as the job, unless they
    /// are saved elsewhere; and of each image a thumbnail.
    pub store_images: bool,
}

/// Where jobs are kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct StoreSettings {
    /// `sqlite:PATH` or `postgres://USER@HOST/DATABASE`, or where that stands (`env:NAME`,
    /// `file:PATH`). Without it, `jobs.db` in the data folder.
    #[schemars(with = "Option<String>", extend("format" = "store-url", "x-read-at-start" = true))]
    pub(crate) url: Option<SecretReference>,
    /// Password for the URL: `env:NAME`, `file:PATH`, or the password itself.
    #[schemars(
        with = "Option<String>",
        extend("format" = "secret", "x-read-at-start" = true)
    )]
    pub(crate) password: Option<SecretReference>,
}

/// How jobs are run unless they say otherwise.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct JobSettings {
    /// How often a job is tried again after an error that may pass. Without it, the engine decides
    /// by the kind of error.
    pub retries: Option<u32>,
    /// How long a job may wait in a queue. Without it, for ever.
    pub queue_timeout_seconds: Option<Seconds>,
    /// How long a job may run. Without it, for ever.
    pub run_timeout_seconds: Option<Seconds>,
}

/// What the HTTP nodes of the node pack may reach. Addresses of cloud metadata are always refused.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NetworkSettings {
    /// Hosts (`host` or `host:port`) that may be reached although their addresses are private.
    pub allowed_hosts: Vec<String>,
    /// Allows all private and loopback addresses.
    pub allow_private: bool,
    /// Longest answer in MB.
    pub max_response_mb: NonZeroU32,
    /// Longest time for a request with its answer.
    pub timeout_seconds: Seconds,
}

impl Default for Values {
    fn default() -> Self {
        Self {
            version: "3.0.0".to_owned(),
            mcp: McpSettings::default(),
            api: ApiSettings::default(),
            logging: LoggingSettings::default(),
            job_history: HistorySettings::default(),
            connections: IndexMap::new(),
            default_connection: None,
            workflows_dir: "./workflows".into(),
            store: StoreSettings::default(),
            jobs: JobSettings::default(),
            network: NetworkSettings::default(),
            secrets: IndexMap::new(),
        }
    }
}

impl Default for LoggingSettings {
    fn default() -> Self {
        Self {
            level: None,
            log_to_file: false,
            log_file: "comfyui_api_manager.log".into(),
            max_log_size_mb: 10,
            backup_count: 3,
        }
    }
}

impl Default for HistorySettings {
    fn default() -> Self {
        Self {
            enabled: true,
            max_jobs: 1000,
            auto_cleanup_days: 30,
            store_outputs: true,
            store_images: false,
        }
    }
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            allowed_hosts: Vec::new(),
            allow_private: false,
            max_response_mb: NonZeroU32::MIN.saturating_add(99),
            timeout_seconds: Seconds::from_secs(300),
        }
    }
}
