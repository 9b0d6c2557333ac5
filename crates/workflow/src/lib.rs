//! What a ComfyUI graph is: read it, check it, name its inputs, change them.
//!
//! Pure: no I/O, no async. Files and servers are the callers' business, so that everything here
//! can be tested with plain values and used from any face.

mod analysis;
pub mod check;
pub mod convert;
pub mod definitions;
mod diff;
mod document;
pub mod edit;
mod fault;
mod fingerprint;
mod graph;
pub mod json;
mod media;
mod node;
mod overrides;
mod parameters;
mod placeholders;
mod prompt;
mod replacements;
mod selector;
mod suggest;
#[cfg(test)]
mod test_graphs;
pub mod to_ui;
pub mod ui;
pub mod validation;
mod warning;

pub use analysis::{
    Analysis, ClassUse, Connections, Incoming, ModelUse, NodePack, NodePacks, Outgoing, Output,
    OutputKind, PackOrigin, connections, mermaid,
};
pub use definitions::{Definition, Definitions};
pub use diff::{Diff, InputChange, InputState, NodeChange, NodeSummary};
pub use document::{Document, DocumentError};
pub use fault::{Fault, FaultCode};
pub use fingerprint::Fingerprint;
pub use media::Embedded;
pub use node::{Link, Node, NodeId};
pub use overrides::{Override, parse_value, split_assignment};
pub use parameters::{
    InvalidParameters, Origin, Parameter, ParameterError, ParameterKind, Parameters, Role, Target,
    ValueType,
};
pub use prompt::{Faults, InputAddress, Prompt};
pub use replacements::{Replacement, Replacements, Stumble};
pub use selector::{NodeSelector, Selector, SelectorError};
pub use suggest::nearest;
pub use warning::Warning;
