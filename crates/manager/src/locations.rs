//! Where settings and data lie on this machine.
//!
//! The platform's folders, unless `COMFYCTL_CONFIG` or `COMFYCTL_DATA` says otherwise: demos and
//! tests set both and so never touch a user's own.

use crate::error::{Error, ErrorKind};
use crate::job::JobId;
use crate::settings::{CONFIG_VARIABLE, DATA_VARIABLE};
use etcetera::BaseStrategy;
use std::path::PathBuf;

/// The settings file and the data folder. Neither need exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locations {
    /// `api_manager_settings.json`, the file of version 2.0.0.
    pub settings_file: PathBuf,
    /// Holds `jobs.db`, and what is kept with jobs in `outputs` and `thumbnails`.
    pub data_folder: PathBuf,
}

impl Locations {
    /// The given settings file, else `COMFYCTL_CONFIG`, else the platform's configuration folder;
    /// `COMFYCTL_DATA`, else the platform's data folder.
    pub fn find(settings_file: Option<PathBuf>) -> Result<Self, Error> {
        let from_environment = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let settings_file =
            settings_file.or_else(|| from_environment(CONFIG_VARIABLE).map(PathBuf::from));
        let data_folder = from_environment(DATA_VARIABLE).map(PathBuf::from);
        if let (Some(settings_file), Some(data_folder)) = (&settings_file, &data_folder) {
            let (settings_file, data_folder) = (settings_file.clone(), data_folder.clone());
            return Ok(Self {
                settings_file,
                data_folder,
            });
        }
        let platform = etcetera::choose_base_strategy().map_err(|_| ErrorKind::NoHomeFolder)?;
        Ok(Self {
            settings_file: settings_file.unwrap_or_else(|| {
                platform
                    .config_dir()
                    .join("comfyctl")
                    .join("api_manager_settings.json")
            }),
            data_folder: data_folder.unwrap_or_else(|| platform.data_dir().join("comfyctl")),
        })
    }

    /// Where the files of a job are kept for as long as the job itself, if the settings say so. An
    /// absolute path, because whichever process sees the end of the job saves them.
    pub(crate) fn kept_outputs(&self, id: JobId) -> PathBuf {
        self.kept("outputs", id)
    }

    /// Where the thumbnails of a job are kept, in the same manner.
    pub(crate) fn kept_thumbnails(&self, id: JobId) -> PathBuf {
        self.kept("thumbnails", id)
    }

    fn kept(&self, what: &str, id: JobId) -> PathBuf {
        let folder = self.data_folder.join(what).join(id.to_string());
        std::path::absolute(&folder).unwrap_or(folder)
    }
}
