//! Ctrl-C: the first one cancels the job on the server, the second one leaves it running.

use crate::printer::Printer;
use comfyctl_manager::Limits;
use std::future::Future;
use std::io;

#[cfg(unix)]
pub(crate) use tokio::signal::unix::Signal as Presses;
#[cfg(not(unix))]
pub(crate) use tokio::signal::windows::CtrlC as Presses;

/// Drives the future to its end while listening for Ctrl-C.
pub(crate) async fn cancel_on_ctrl_c<T>(
    limits: &Limits,
    printer: Printer,
    running: impl Future<Output = T>,
) -> T {
    // Without a handler the system's own stays in force.
    let Ok(mut presses) = presses() else {
        return running.await;
    };
    let mut running = std::pin::pin!(running);
    loop {
        tokio::select! {
            ended = &mut running => return ended,
            Some(()) = presses.recv() => {
                if limits.cancel.is_cancelled() {
                    limits.leave.cancel();
                } else {
                    limits.cancel.cancel();
                    printer.note("cancelling the job; press Ctrl-C again to leave it running");
                }
            }
        }
    }
}

/// Each press of Ctrl-C from now on, also one that comes while another is dealt with.
pub(crate) fn presses() -> io::Result<Presses> {
    #[cfg(unix)]
    return tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
    #[cfg(not(unix))]
    return tokio::signal::windows::ctrl_c();
}
