//! The nodes for HTTP, JSON and text, as their Python classes call them.
//!
//! JSON stays where it is: the objects of Python are walked and handed on, never copied into Rust and
//! back. HTTP and images run without the interpreter's lock.

mod array;
mod images;
mod object;
mod text;
mod web;

pub(crate) use array::{json_filter, json_find, json_map, json_statistics};
pub(crate) use images::{image_decode, image_encode, to_array};
pub(crate) use text::{json_object, text_combine, text_fill};
pub(crate) use web::{ImageUpload, web_download, web_request};

use comfyctl_nodes::Error;
use pyo3::PyErr;

use crate::error::Failure;

/// The exception for an error of a node.
fn raised(error: Error) -> PyErr {
    Failure::Node(error).into()
}
