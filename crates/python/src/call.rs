//! Something to do, not begun yet: Python awaits it, or waits for it. Each operation is written once for
//! both.

use crate::awaiting;
use crate::error::Failure;
use crate::json;
use crate::nodes::to_array;
use crate::runtime;
use comfyctl_nodes::image::Picture;
use futures_util::future::BoxFuture;
use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::Serialize;
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

type Work = BoxFuture<'static, Result<Answer, Failure>>;

/// What a call gives back.
pub(crate) enum Answer {
    /// `None`.
    Nothing,
    /// Dictionaries, lists and the like.
    Json(Value),
    /// `bytes`.
    Bytes(Vec<u8>),
    /// An array of numpy.
    Picture(Picture),
}

impl Answer {
    /// Whatever serde can write.
    pub(crate) fn json(value: &impl Serialize) -> Result<Self, Failure> {
        Ok(Self::Json(serde_json::to_value(value)?))
    }
}

impl<'py> IntoPyObject<'py> for Answer {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Nothing => Ok(py.None().into_bound(py)),
            Self::Json(value) => json::to_python(py, &value),
            Self::Bytes(bytes) => Ok(PyBytes::new(py, &bytes).into_any()),
            Self::Picture(picture) => Ok(to_array(py, picture)?.into_any()),
        }
    }
}

/// Begins when it is awaited or waited for, once.
#[pyclass(frozen, module = "comfyui_api_manager._native")]
pub(crate) struct Call {
    work: Mutex<Option<Work>>,
}

impl Call {
    pub(crate) fn new(
        work: impl Future<Output = Result<Answer, Failure>> + Send + 'static,
    ) -> Self {
        Self {
            work: Mutex::new(Some(Box::pin(work))),
        }
    }

    fn begin(&self) -> PyResult<Work> {
        let work = self
            .work
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        work.ok_or_else(|| PyRuntimeError::new_err("a call can be awaited once"))
    }
}

#[pymethods]
impl Call {
    /// On the running event loop, which goes on meanwhile.
    fn __await__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        runtime::runtime()?;
        awaiting::future(py, self.begin()?)?.call_method0(intern!(py, "__await__"))
    }

    /// Blocks this thread and no other; works where an event loop runs, too.
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let work = self.begin()?;
        runtime::wait(py, work)?.into_pyobject(py)
    }
}

/// A call that does nothing: what a call costs.
#[pyfunction]
pub(crate) fn nothing() -> Call {
    Call::new(async { Ok(Answer::Nothing) })
}
