//! The one Tokio runtime of the process, which all calls run on.
//!
//! Made when it is first needed. A child made by `fork` inherits its memory and none of its threads, so
//! that whatever waited there would wait for ever: it is refused there, with the way out.

use crate::error::Failure;
use pyo3::exceptions::{PyImportError, PyRuntimeError};
use pyo3::prelude::*;
use std::process;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};

/// Jobs wait for servers most of the time.
const THREADS: usize = 2;

/// Threads for name lookups and files: bounded, so that a thousand jobs do not make a thousand threads.
const BLOCKING_THREADS: usize = 16;

/// How often a wait looks whether Ctrl-C was pressed.
const SIGNAL_PERIOD: Duration = Duration::from_millis(50);

struct Home {
    process: u32,
    runtime: Runtime,
}

static HOME: OnceLock<Home> = OnceLock::new();

/// Ties the module to the interpreter that imports it first: what is kept for the whole process, such as
/// classes of exceptions and the thread that delivers results, belongs to one.
pub(crate) fn settle_in(py: Python<'_>) -> PyResult<()> {
    static FIRST: OnceLock<usize> = OnceLock::new();
    // Each interpreter has a module of its own there.
    let here = py.import("sys")?.as_ptr().addr();
    if *FIRST.get_or_init(|| here) == here {
        return Ok(());
    }
    Err(PyImportError::new_err(
        "comfyui_api_manager is in use by another interpreter of this process: give each a process of its own",
    ))
}

/// The runtime, unless this is a child of the process that made it.
pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    let home = match HOME.get() {
        Some(home) => home,
        None => start()?,
    };
    if home.process == process::id() {
        return Ok(&home.runtime);
    }
    Err(PyRuntimeError::new_err(
        "comfyui_api_manager was in use before this process was forked, and cannot be used in it: \
         start processes with multiprocessing.set_start_method('spawn')",
    ))
}

fn start() -> PyResult<&'static Home> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_name("comfyctl")
        .enable_all()
        .build()?;
    Ok(HOME.get_or_init(|| Home {
        process: process::id(),
        runtime,
    }))
}

/// Waits for a future without the interpreter's lock. Ctrl-C ends the wait, not what is waited for.
pub(crate) fn wait<T: Send>(
    py: Python<'_>,
    future: impl Future<Output = Result<T, Failure>> + Send,
) -> PyResult<T> {
    let runtime = runtime()?;
    if Handle::try_current().is_ok() {
        return Err(PyRuntimeError::new_err(
            "a call that waits was made from a thread of comfyui_api_manager itself",
        ));
    }
    py.detach(|| runtime.block_on(interruptible(future)))
}

async fn interruptible<T>(future: impl Future<Output = Result<T, Failure>>) -> PyResult<T> {
    let mut future = std::pin::pin!(future);
    loop {
        tokio::select! {
            biased;
            result = &mut future => return result.map_err(PyErr::from),
            () = tokio::time::sleep(SIGNAL_PERIOD) => look_for_signals()?,
        }
    }
}

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method itself is not general enough over lifetimes"
)]
fn look_for_signals() -> PyResult<()> {
    Python::attach(|py| py.check_signals())
}
