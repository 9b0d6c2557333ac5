//! The routes of a ComfyUI server, one file per topic, each with the types of its answers.

pub(crate) mod history;
pub(crate) mod interrupt;
pub(crate) mod prompt;
pub(crate) mod queue;
