//! The thread that all tools work on.
//!
//! The futures of the job history cannot be proven to cross threads, and those of the protocol have
//! to. So the protocol hands work over and waits for what comes of it. Tools wait for servers most of
//! the time: one thread is plenty for them, and decoding pictures has threads of its own.

use futures_util::future::LocalBoxFuture;
use std::io;
use std::thread;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

/// Work that waits to be begun; what is begun waits no more.
const WAITING: usize = 64;

type Work = Box<dyn FnOnce() -> LocalBoxFuture<'static, ()> + Send>;

/// Takes work to the thread, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Bench {
    work: mpsc::Sender<Work>,
}

impl Bench {
    pub(crate) fn start() -> io::Result<Self> {
        let (work, waiting) = mpsc::channel(WAITING);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new()
            .name("mcp-tools".to_owned())
            .spawn(move || {
                LocalSet::new().block_on(&runtime, begin_all(waiting));
                // A name lookup that hangs must not keep the thread from ending.
                runtime.shutdown_background();
            })?;
        Ok(Self { work })
    }

    /// What comes of the work; `None` when it panicked. It goes on when nobody waits any more.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> LocalBoxFuture<'static, T> + Send + 'static,
    ) -> Option<T> {
        let (done, result) = oneshot::channel();
        let work: Work = Box::new(move || {
            let working = work();
            Box::pin(async move {
                // Whoever asked may be gone.
                let _ = done.send(working.await);
            })
        });
        self.work.send(work).await.ok()?;
        result.await.ok()
    }
}

async fn begin_all(mut waiting: mpsc::Receiver<Work>) {
    while let Some(work) = waiting.recv().await {
        tokio::task::spawn_local(work());
    }
}
