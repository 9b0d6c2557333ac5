//! The routes of a ComfyUI server, one file per topic, each with the types of its answers.

pub(crate) mod definitions;
pub(crate) mod editor;
pub(crate) mod history;
pub(crate) mod internal;
pub(crate) mod interrupt;
pub(crate) mod jobs;
pub(crate) mod models;
pub(crate) mod prompt;
pub(crate) mod queue;
pub(crate) mod settings;
pub(crate) mod system;
pub(crate) mod templates;
pub(crate) mod upload;
pub(crate) mod userdata;
pub(crate) mod view;
