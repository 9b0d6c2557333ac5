//! The environment variables of ComfyUI API Manager: the one list, shown in help and documents.
//!
//! Those that stand for a setting are a layer above the file.

/// Names the settings file.
pub const CONFIG_VARIABLE: &str = "COMFYCTL_CONFIG";
/// Names the folder of the job history.
pub const DATA_VARIABLE: &str = "COMFYCTL_DATA";
/// Address of the server that is meant where none is named.
pub const URL_VARIABLE: &str = "COMFYCTL_URL";
/// Filter of the log.
pub const LOG_VARIABLE: &str = "COMFYCTL_LOG";

/// An environment variable that is read.
#[derive(Debug, Clone, Copy)]
pub struct EnvironmentVariable {
    /// Its name.
    pub name: &'static str,
    /// Path of the setting that it stands for, if it does.
    pub setting: Option<&'static str>,
    /// What it is for.
    pub meaning: &'static str,
}

/// All of them. One that is empty counts as not there.
pub const ENVIRONMENT: [EnvironmentVariable; 8] = [
    EnvironmentVariable {
        name: URL_VARIABLE,
        setting: None,
        meaning: "address of the server, as --url",
    },
    EnvironmentVariable {
        name: CONFIG_VARIABLE,
        setting: None,
        meaning: "settings file, as --config",
    },
    EnvironmentVariable {
        name: DATA_VARIABLE,
        setting: None,
        meaning: "folder of the job history",
    },
    EnvironmentVariable {
        name: LOG_VARIABLE,
        setting: None,
        meaning: "log filter, such as comfyctl_client=debug",
    },
    EnvironmentVariable {
        name: "COMFYCTL_CONNECTION",
        setting: Some("default_connection"),
        meaning: "connection that is meant where none is named",
    },
    EnvironmentVariable {
        name: "COMFYCTL_STORE_URL",
        setting: Some("store.url"),
        meaning: "where jobs are kept",
    },
    EnvironmentVariable {
        name: "COMFYCTL_WORKFLOWS_DIR",
        setting: Some("workflows_dir"),
        meaning: "folder of saved workflows",
    },
    EnvironmentVariable {
        name: "COMFYCTL_MCP_AUTH_TOKEN",
        setting: Some("mcp.auth_token"),
        meaning: "token of the MCP server",
    },
];
