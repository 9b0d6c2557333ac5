//! Rust futures as Python awaitables.
//!
//! A future runs on the runtime; its result goes to a thread, the courier, which alone takes the
//! interpreter's lock and hands results to their event loops. The threads of the runtime never wait for
//! that lock. When the interpreter ends, the courier is sent home first: a thread that wants the lock
//! later than that would take the process down.

use crate::call::Answer;
use crate::error::Failure;
use crate::runtime;
use futures_util::FutureExt;
use pyo3::exceptions::{PyRuntimeError, PySystemError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use tokio::task::AbortHandle;

type Outcome = Result<Answer, Failure>;

/// What the courier is told. Unbounded: there is one result for each await that waits.
enum Errand {
    Deliver {
        event_loop: Py<PyAny>,
        future: Py<PyAny>,
        outcome: Outcome,
    },
    GoHome,
}

enum Courier {
    NotNeededYet,
    Working(Sender<Errand>, JoinHandle<()>),
    Home,
}

static COURIER: Mutex<Courier> = Mutex::new(Courier::NotNeededYet);

/// An `asyncio` future of the running loop, which the work settles. Cancelling it drops the work.
pub(crate) fn future(
    py: Python<'_>,
    work: impl Future<Output = Outcome> + Send + 'static,
) -> PyResult<Bound<'_, PyAny>> {
    let event_loop = running_loop(py)?;
    let future = event_loop.call_method0(intern!(py, "create_future"))?;
    let results = results()?;
    let (its_loop, its_future) = (event_loop.unbind(), future.clone().unbind());
    let task = runtime::runtime()?.spawn(async move {
        let outcome = AssertUnwindSafe(work).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|_| Err(Failure::Python(panicked())));
        // Without a courier the interpreter is ending, and nobody waits any more.
        let _ = results.send(Errand::Deliver {
            event_loop: its_loop,
            future: its_future,
            outcome,
        });
    });
    let dropper = Dropper {
        task: task.abort_handle(),
    };
    future.call_method1(intern!(py, "add_done_callback"), (dropper,))?;
    Ok(future)
}

/// Has the courier deliver what waits and end. Called when the interpreter ends.
#[pyfunction]
pub(crate) fn stop_delivering(py: Python<'_>) {
    let courier = std::mem::replace(&mut *courier(), Courier::Home);
    if let Courier::Working(results, thread) = courier
        && runtime::runtime().is_ok()
    {
        let _ = results.send(Errand::GoHome);
        // It wants the interpreter's lock for what waits.
        let _ = py.detach(|| thread.join());
    }
}

fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static GET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    GET.import(py, "asyncio", "get_running_loop")?.call0()
}

fn results() -> PyResult<Sender<Errand>> {
    let mut courier = courier();
    match &*courier {
        Courier::Working(results, _) => Ok(results.clone()),
        Courier::Home => Err(PyRuntimeError::new_err("the interpreter is ending")),
        Courier::NotNeededYet => {
            let (results, errands) = mpsc::channel();
            let thread = thread::Builder::new().name("comfyctl-results".to_owned());
            let thread = thread.spawn(move || run_errands(&errands))?;
            *courier = Courier::Working(results.clone(), thread);
            Ok(results)
        }
    }
}

fn courier() -> std::sync::MutexGuard<'static, Courier> {
    COURIER.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run_errands(errands: &Receiver<Errand>) {
    while let Ok(first) = errands.recv() {
        // What came meanwhile is delivered under the same lock.
        let go_on = Python::attach(|py| {
            let mut next = Some(first);
            while let Some(errand) = next {
                let Errand::Deliver {
                    event_loop,
                    future,
                    outcome,
                } = errand
                else {
                    return false;
                };
                // A loop that is closed waits for nothing.
                let _ = deliver(py, event_loop.bind(py), future.bind(py), outcome);
                next = errands.try_recv().ok();
            }
            true
        });
        if !go_on {
            return;
        }
    }
}

fn deliver(
    py: Python<'_>,
    event_loop: &Bound<'_, PyAny>,
    future: &Bound<'_, PyAny>,
    outcome: Outcome,
) -> PyResult<()> {
    static SETTLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let settle = SETTLE.get_or_try_init(py, || {
        wrap_pyfunction!(settle, py).map(|function| function.into_any().unbind())
    })?;
    let outcome = outcome.map_err(PyErr::from);
    let (value, error) = match outcome.and_then(|answer| answer.into_pyobject(py)) {
        Ok(value) => (value, None),
        Err(error) => (py.None().into_bound(py), Some(error.into_value(py))),
    };
    let arguments = (settle, future, value, error);
    event_loop.call_method1(intern!(py, "call_soon_threadsafe"), arguments)?;
    Ok(())
}

/// On the thread of the event loop: nobody else may touch its futures.
#[pyfunction]
#[pyo3(signature = (future, value, error))]
fn settle(
    future: &Bound<'_, PyAny>,
    value: Bound<'_, PyAny>,
    error: Option<Bound<'_, PyAny>>,
) -> PyResult<()> {
    let py = future.py();
    if future.call_method0(intern!(py, "done"))?.is_truthy()? {
        return Ok(());
    }
    match error {
        Some(error) => future.call_method1(intern!(py, "set_exception"), (error,))?,
        None => future.call_method1(intern!(py, "set_result"), (value,))?,
    };
    Ok(())
}

fn panicked() -> PyErr {
    PySystemError::new_err("comfyui_api_manager has a bug: the work behind an await panicked")
}

/// Drops the work when its future is done, which is too early only if it was cancelled.
#[pyclass(frozen)]
struct Dropper {
    task: AbortHandle,
}

#[pymethods]
impl Dropper {
    fn __call__(&self, _future: &Bound<'_, PyAny>) {
        self.task.abort();
    }
}
