//! Settings of the REST routes inside ComfyUI.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// The REST routes that the node pack adds to ComfyUI.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ApiSettings {
    /// Lists, shows and analyses saved workflows.
    pub enable_workflow_list: bool,
    /// Runs workflows that are posted.
    pub enable_execution: bool,
    /// How many jobs from inside ComfyUI may be open at once; more that are posted are refused.
    pub max_concurrent_jobs: NonZeroU32,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            enable_workflow_list: true,
            enable_execution: true,
            max_concurrent_jobs: NonZeroU32::MIN.saturating_add(2),
        }
    }
}
