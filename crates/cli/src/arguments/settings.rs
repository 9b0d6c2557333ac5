//! `comfyctl settings`: the settings file.

use clap::{Args, Subcommand};
use comfyctl_manager::settings::SettingPath;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum SettingsCommand {
    Show(ShowSettings),
    Get(GetSetting),
    Set(SetSetting),
    Unset(UnsetSetting),
    Path(SettingsPath),
    Schema(SettingsSchema),
    Import(ImportSettings),
    Export(ExportSettings),
}

/// Show the settings in effect, and where each comes from
#[derive(Debug, Args)]
#[command(after_help = "\
Defaults lie below the file, the file below the environment. Secrets are not shown.

Examples:
  comfyctl settings show
  comfyctl settings show --set

JSON: {\"file\", \"settings\": {...}, \"from\": {path: \"default\" | \"file\" | \"environment variable NAME\"}}.")]
pub(crate) struct ShowSettings {
    /// Only what is not as it is by default
    #[arg(long)]
    pub(crate) set: bool,
}

/// Print the value of a setting, or of a section
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl settings get mcp.port
  comfyctl settings get connections.gpu

JSON: {\"path\", \"value\"}. A secret is \"[secret]\".")]
pub(crate) struct GetSetting {
    /// Setting, such as mcp.port or connections.\"gpu.lan\".labels
    #[arg(value_name = "PATH")]
    pub(crate) path: SettingPath,
}

/// Write a setting into the file
#[derive(Debug, Args)]
#[command(after_help = "\
Everything else in the file stays as it is. A secret is best given as env:NAME or file:PATH: what is
on a command line can be seen by others.

Examples:
  comfyctl settings set default_connection gpu
  comfyctl settings set job_history.auto_cleanup_days 90
  comfyctl settings set connections.gpu.labels '[\"fast\", \"flux\"]'
  comfyctl settings set mcp.auth_token env:MCP_TOKEN

JSON: {\"set\": path}.")]
pub(crate) struct SetSetting {
    /// Setting, as `comfyctl settings show` lists it
    #[arg(value_name = "PATH")]
    pub(crate) path: SettingPath,

    /// JSON or text, as its type wants it
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) value: String,
}

/// Take a setting, or what is no setting, out of the file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl settings unset logging.level
  comfyctl settings unset connections.gpu.timeouts

JSON: {\"unset\": path}.")]
pub(crate) struct UnsetSetting {
    /// What is to go
    #[arg(value_name = "PATH")]
    pub(crate) path: SettingPath,
}

/// Print where the settings file is
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  $EDITOR \"$(comfyctl settings path)\"

JSON: {\"settings_file\", \"exists\", \"data_folder\"}.")]
pub(crate) struct SettingsPath {}

/// Print the JSON Schema of the settings file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl settings schema > settings.schema.json")]
pub(crate) struct SettingsSchema {}

/// Take over connections and settings from another file, such as that of version 2.0.0
#[derive(Debug, Args)]
#[command(after_help = "\
What is set already stays as it is. Relative paths are made absolute.

Examples:
  comfyctl settings import ComfyUI/custom_nodes/comfyui-api-manager/api_manager_settings.json

JSON: {\"taken\": [paths], \"left\": [{\"path\", \"reason\"}]}.")]
pub(crate) struct ImportSettings {
    /// The other file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Print the settings file without its secrets, to be shared
#[derive(Debug, Args)]
#[command(after_help = "\
References such as env:NAME stay; what is no setting is left out, since it may be anything.

Examples:
  comfyctl settings export > shared.json")]
pub(crate) struct ExportSettings {}
