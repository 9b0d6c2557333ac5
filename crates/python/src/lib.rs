//! `comfyui_api_manager._native`: the manager for Python.
//!
//! Translates and nothing more: values, errors and awaits. What a Python user sees is
//! `python/comfyui_api_manager`, which is thin; what it does is in the crates below. Rust runs without the
//! interpreter's lock, and never calls Python code of the user.

mod awaiting;
mod call;
mod client;
mod command;
mod desk;
mod error;
mod history;
mod json;
mod manager;
mod nodes;
mod request;
mod runtime;
mod settings;
mod socket;
mod watch;
mod workflow;

use pyo3::prelude::*;

/// What the package needs of Rust.
#[pymodule(gil_used = false)]
mod _native {
    use super::{Bound, PyModule, PyModuleMethods, PyResult};

    #[pymodule_export]
    use super::awaiting::stop_delivering;
    #[pymodule_export]
    use super::call::{Call, nothing};
    #[pymodule_export]
    use super::client::NativeClient;
    #[pymodule_export]
    use super::command::run_command;
    #[pymodule_export]
    use super::desk::{Desk, Feed};
    #[pymodule_export]
    use super::error::{error_codes, http_status};
    #[pymodule_export]
    use super::history::history_id;
    #[pymodule_export]
    use super::manager::NativeManager;
    #[pymodule_export]
    use super::nodes::{
        ImageUpload, image_decode, image_encode, json_filter, json_find, json_map, json_object,
        json_statistics, text_combine, text_fill, web_download, web_request,
    };
    #[pymodule_export]
    use super::settings::{
        settings_change, settings_connections, settings_file, settings_read,
        settings_remove_connection,
    };
    #[pymodule_export]
    use super::socket::Socket;
    #[pymodule_export]
    use super::watch::Watch;
    #[pymodule_export]
    use super::workflow::{
        workflow_connections, workflow_errors, workflow_outputs, workflow_read, workflow_set_image,
        workflow_set_inputs, workflow_set_sampler, workflow_set_size, workflow_set_text,
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::runtime::settle_in(module.py())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
