//! Which servers the ComfyUI nodes may speak to: connections of the settings, this machine, and what the
//! network settings allow.

use crate::error::Failure;
use crate::request::Target;
use comfyctl_client::Client;
use comfyctl_manager::{ConnectionChoice, Manager};

/// A client for a target, once it is known to be allowed.
pub(super) fn client(manager: &Manager, target: Target) -> Result<Client, Failure> {
    let choice = ConnectionChoice::from(target);
    let server = manager.server(&choice)?;
    Ok(server.client().clone())
}
