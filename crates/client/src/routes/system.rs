//! `/system_stats`, `/features` and `/free`: the machine behind a server, and its memory.

use crate::client::Client;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The machine and the programs of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SystemStats {
    /// Programs and main memory.
    pub system: System,
    /// Where models run, the primary one first.
    #[serde(default)]
    pub devices: Vec<Device>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Programs and main memory of a server. Sizes are in bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct System {
    /// Operating system, in Python's words.
    #[serde(default)]
    pub os: Option<String>,
    /// Version of ComfyUI.
    #[serde(default)]
    pub comfyui_version: Option<String>,
    /// Version of the editor that this ComfyUI wants. Absent on older servers.
    #[serde(default)]
    pub required_frontend_version: Option<String>,
    /// Version of Python, with its build.
    #[serde(default)]
    pub python_version: Option<String>,
    /// Version of `PyTorch`.
    #[serde(default)]
    pub pytorch_version: Option<String>,
    /// Main memory.
    #[serde(default)]
    pub ram_total: Option<u64>,
    /// Main memory that is free.
    #[serde(default)]
    pub ram_free: Option<u64>,
    /// Arguments that the server was started with.
    #[serde(default)]
    pub argv: Vec<String>,
    /// Fields that we do not know, versions of packages among them.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Something that models run on. Sizes are in bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Name of the card.
    pub name: String,
    /// Kind, such as `cuda` or `cpu`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its number; none for a CPU.
    #[serde(default)]
    pub index: Option<i64>,
    /// Its memory.
    #[serde(default)]
    pub vram_total: Option<u64>,
    /// Its memory that is free.
    #[serde(default)]
    pub vram_free: Option<u64>,
    /// Memory that `PyTorch` holds.
    #[serde(default)]
    pub torch_vram_total: Option<u64>,
    /// Memory that `PyTorch` holds and does not use.
    #[serde(default)]
    pub torch_vram_free: Option<u64>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What a server says it can do. Empty for those from before it said so.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Features(pub Map<String, Value>);

impl SystemStats {
    /// Version of the editor that the server serves: the one installed, or the one it wants.
    pub fn frontend_version(&self) -> Option<&str> {
        let packages = self
            .system
            .rest
            .get("comfy_package_versions")
            .and_then(Value::as_array);
        let mut packages = packages.into_iter().flatten();
        let frontend = packages.find(|package| package["name"] == "comfyui-frontend-package");
        let installed = frontend.and_then(|package| package["installed"].as_str());
        installed.or(self.system.required_frontend_version.as_deref())
    }
}

impl Features {
    /// Largest body that the server takes, in bytes.
    pub fn max_upload_size(&self) -> Option<u64> {
        let size = self.0.get("max_upload_size")?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a server started with the flag says 1048576.0; the cast saturates"
        )]
        size.as_u64()
            .or_else(|| size.as_f64().map(|size| size as u64))
    }
}

impl Client {
    /// Versions, memory and devices.
    pub async fn system_stats(&self) -> Result<SystemStats, Error> {
        self.get(&["api", "system_stats"]).fetch().await
    }

    /// What the server can do.
    pub async fn features(&self) -> Result<Features, Error> {
        let features = self.get(&["api", "features"]).fetch_if_found().await?;
        Ok(features.unwrap_or_default())
    }

    /// Has the server unload its models, and with `free_memory` forget cached results too, so that
    /// the next prompt runs from the start. Done when the server is idle, after the answer.
    pub async fn free(&self, unload_models: bool, free_memory: bool) -> Result<(), Error> {
        let body = json!({ "unload_models": unload_models, "free_memory": free_memory });
        self.post(&["api", "free"]).json(&body)?.done().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_a_float_is_understood() {
        let features =
            |size: Value| Features([("max_upload_size".to_owned(), size)].into_iter().collect());
        assert_eq!(
            features(json!(104_857_600)).max_upload_size(),
            Some(104_857_600)
        );
        assert_eq!(
            features(json!(1_048_576.0)).max_upload_size(),
            Some(1_048_576)
        );
        assert_eq!(Features::default().max_upload_size(), None);
    }
}
