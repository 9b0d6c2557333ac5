//! The warning that nobody sends what was submitted.

use crate::context::Context;
use crate::failure::Failure;
use comfyctl_manager::Manager;

/// Warns when jobs wait and no worker is alive.
pub(crate) async fn warn(manager: &Manager, context: &Context) -> Result<(), Failure> {
    if manager.workers().await? == 0 {
        context.printer.warning("no worker is alive to send it");
        context.printer.hint("start one with `comfyctl worker`");
    }
    Ok(())
}
