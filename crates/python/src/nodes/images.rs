//! Tensors and image files. Pixels are shared with numpy, not copied.

use super::raised;
use comfyctl_nodes::image::{Batch, Format, Picture, decode_all, encode_all};
use numpy::{PyArray1, PyArray3, PyArrayMethods, PyReadonlyArray4};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

/// Every image of a batch as a file. The array must be float32 and contiguous.
#[pyfunction]
pub(crate) fn image_encode<'py>(
    py: Python<'py>,
    images: PyReadonlyArray4<'py, f32>,
    format: &str,
    quality: u8,
) -> PyResult<Bound<'py, PyList>> {
    let format = Format::parse(format, quality).map_err(raised)?;
    let shape = images.as_array().shape().try_into()?;
    let pixels = images.as_slice()?;
    let files = py
        .detach(|| encode_all(&Batch::new(pixels, shape)?, format))
        .map_err(raised)?;
    PyList::new(py, files.iter().map(|file| PyBytes::new(py, file)))
}

/// Image files as arrays of float32, `[height, width, channels]` each.
#[pyfunction]
pub(crate) fn image_decode<'py>(
    py: Python<'py>,
    files: Vec<Bound<'py, PyBytes>>,
    alpha: bool,
) -> PyResult<Bound<'py, PyList>> {
    let bytes: Vec<&[u8]> = files.iter().map(PyBytesMethods::as_bytes).collect();
    let pictures = py.detach(|| decode_all(&bytes, alpha)).map_err(raised)?;
    let arrays: PyResult<Vec<_>> = pictures
        .into_iter()
        .map(|picture| to_array(py, picture))
        .collect();
    PyList::new(py, arrays?)
}

/// The pixels themselves, owned by numpy from here on.
pub(crate) fn to_array(py: Python<'_>, picture: Picture) -> PyResult<Bound<'_, PyArray3<f32>>> {
    let shape = [picture.height, picture.width, picture.channels];
    PyArray1::from_vec(py, picture.pixels).reshape(shape)
}
