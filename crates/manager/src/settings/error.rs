//! What can be wrong with settings, where, and what to do about it. No message holds a secret.

use super::path::SettingPath;
use crate::code::Code;
use std::path::PathBuf;

/// Something is wrong with the settings or with a change to them.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is broken, or holds a value that cannot be.
    #[error("the settings file `{}` is wrong: {message}", path.display())]
    InvalidFile {
        /// The file.
        path: PathBuf,
        /// Which setting and what, with line and column where the text is at fault.
        message: String,
    },
    /// A change that would leave settings that cannot be.
    #[error("the settings were not changed: {message}")]
    Refused {
        /// Which setting and what.
        message: String,
    },
    /// An environment variable or a flag gives a value that cannot be.
    #[error("{origin} is wrong: {message}")]
    InvalidValue {
        /// `environment variable ...` and the like.
        origin: String,
        /// Which setting and what.
        message: String,
    },
    /// The text names no setting, whatever there may be.
    #[error("`{0}` is no path of a setting")]
    InvalidPath(String),
    /// No setting has that name.
    #[error("there is no setting `{path}`")]
    Unknown {
        /// What was asked for.
        path: SettingPath,
        /// The nearest that there is.
        nearest: Option<SettingPath>,
        /// What there is at that place.
        known: Vec<String>,
    },
    /// The file does not set it.
    #[error("`{0}` is not set in the settings file")]
    NotSet(SettingPath),
    /// A connection cannot be called that.
    #[error("a connection cannot be called `{0}`")]
    ReservedName(String),
    /// There is a connection of that name.
    #[error("there is a connection `{0}` already")]
    ConnectionExists(String),
    /// The connection takes no new jobs.
    #[error("connection `{0}` is paused")]
    Paused(String),
    /// No connection will do.
    #[error("no connection can take the job: {}", reasons.join("; "))]
    NoCandidate {
        /// Why each of them will not do.
        reasons: Vec<String>,
    },
}

impl SettingsError {
    /// Stable kind of the error.
    pub fn code(&self) -> Code {
        match self {
            Self::InvalidFile { .. }
            | Self::Refused { .. }
            | Self::InvalidValue { .. }
            | Self::InvalidPath(_)
            | Self::Unknown { .. } => Code::InvalidSettings,
            Self::NotSet(_) => Code::NotFound,
            Self::ReservedName(_)
            | Self::ConnectionExists(_)
            | Self::Paused(_)
            | Self::NoCandidate { .. } => Code::InvalidConnection,
        }
    }

    /// What to try next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::InvalidPath(_) => {
                "write it as `mcp.port` or `connections.\"gpu.lan\".port`".to_owned()
            }
            Self::Unknown {
                nearest: Some(nearest),
                ..
            } => format!("did you mean `{nearest}`?"),
            Self::Unknown { known, .. } => format!("there is: {}", known.join(", ")),
            Self::NotSet(_) => "`comfyctl settings show` tells where values come from".to_owned(),
            Self::ReservedName(_) => {
                "`any` stands for all connections, and a name cannot be empty".to_owned()
            }
            Self::ConnectionExists(name) => {
                format!("change it with `comfyctl connections update {name}`")
            }
            Self::Paused(name) => format!("`comfyctl connections resume {name}` ends that"),
            Self::NoCandidate { .. } => {
                "`comfyctl connections list` shows labels and who is paused".to_owned()
            }
            Self::InvalidFile { .. } | Self::Refused { .. } | Self::InvalidValue { .. } => {
                return None;
            }
        };
        Some(hint)
    }
}
