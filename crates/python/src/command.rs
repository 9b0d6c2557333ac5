//! `comfyctl` as a console script: a wheel carries no second binary.

use pyo3::prelude::*;
use std::ffi::OsString;

/// Runs the command line with these arguments, the program's own name first; gives back its exit code.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| comfyctl::run_arguments(arguments)) as u8
}
