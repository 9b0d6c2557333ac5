//! Ctrl-C: the first one cancels the job on the server, the second one leaves it running.

use crate::printer::Printer;
use comfyctl_manager::Limits;
use std::future::Future;

/// Drives the future to its end while listening for Ctrl-C.
pub(crate) async fn cancel_on_ctrl_c<T>(
    limits: &Limits,
    printer: Printer,
    running: impl Future<Output = T>,
) -> T {
    let mut running = std::pin::pin!(running);
    loop {
        tokio::select! {
            ended = &mut running => return ended,
            pressed = tokio::signal::ctrl_c() => match pressed {
                Ok(()) if limits.cancel.is_cancelled() => limits.leave.cancel(),
                Ok(()) => {
                    limits.cancel.cancel();
                    printer.note("cancelling the job; press Ctrl-C again to leave it running");
                }
                // Without a handler the system's own stays in force.
                Err(_) => return running.await,
            },
        }
    }
}
