//! What a ComfyUI graph is: read it, check it, name its inputs, change them.
//!
//! Pure: no I/O, no async. Files and servers are the callers' business, so that everything here
//! can be tested with plain values and used from any face.

pub mod check;
pub mod convert;
pub mod definitions;
mod document;
mod fault;
pub mod json;
mod media;
mod node;
mod overrides;
mod prompt;
mod selector;
mod suggest;
pub mod ui;
pub mod validation;

pub use definitions::{Definition, Definitions};
pub use document::{Document, DocumentError};
pub use fault::{Fault, FaultCode};
pub use media::Embedded;
pub use node::{Link, Node, NodeId};
pub use overrides::{Override, parse_value, split_assignment};
pub use prompt::{Faults, InputAddress, Prompt};
pub use selector::{NodeSelector, Selector, SelectorError};
pub use suggest::nearest;
