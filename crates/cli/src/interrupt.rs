//! Ctrl-C: while a job runs, the first one cancels it on the server and the second one leaves it
//! running; afterwards one is enough.

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

/// Drives the future to its end; Ctrl-C ends the following, and the job goes on.
pub(crate) async fn leave_on_ctrl_c<T>(limits: &Limits, running: impl Future<Output = T>) -> T {
    let Ok(mut presses) = presses() else {
        return running.await;
    };
    let mut running = std::pin::pin!(running);
    loop {
        tokio::select! {
            ended = &mut running => return ended,
            Some(()) = presses.recv() => limits.leave.cancel(),
        }
    }
}

/// Returns on Ctrl-C, or when the system wants the process to end.
pub(crate) async fn until_told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut presses), Ok(mut ends)) = (presses(), signal(SignalKind::terminate())) {
            tokio::select! {
                _ = presses.recv() => {}
                _ = ends.recv() => {}
            }
            return;
        }
    }
    if let Ok(mut presses) = presses() {
        presses.recv().await;
    }
}

/// Each press of Ctrl-C from now on, also one that comes while another is dealt with.
pub(crate) fn presses() -> io::Result<Presses> {
    #[cfg(unix)]
    return tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
    #[cfg(not(unix))]
    return tokio::signal::windows::ctrl_c();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::process::Command;

    #[tokio::test]
    async fn a_press_leaves_work_that_would_not_end() {
        let limits = Limits::default();
        let endless = async {
            let me = std::process::id().to_string();
            let sent = Command::new("kill").args(["-INT", &me]).status();
            assert!(sent.unwrap().success());
            limits.leave.cancelled().await;
            7
        };
        assert_eq!(leave_on_ctrl_c(&limits, endless).await, 7);
    }
}
