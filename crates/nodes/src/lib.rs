//! What the ComfyUI nodes for HTTP, JSON and text do, without Python.
//!
//! The nodes themselves are Python classes of a few lines; the extension module calls what is here.
//! Everything that speaks to a network goes through [`network`] and its policy, and every credential
//! through [`secret`]. Nothing here knows ComfyUI, jobs or the history.

pub mod combiner;
pub mod download;
mod error;
pub mod filter;
pub mod image;
pub mod json_text;
pub mod network;
pub mod path;
pub mod request;
pub mod secret;
pub mod statistics;
pub mod template;
pub mod upload;

pub use error::Error;
