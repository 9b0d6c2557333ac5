//! The MCP server: tools, resources and prompts over [`comfyctl_manager::Manager`], for agents.
//!
//! Called by `comfyctl mcp`. Translates and nothing more: what a tool does is a method of the
//! manager or of a client. It answers `initialize` before it has touched anything but the settings,
//! never writes to standard output but through the protocol, and never hands out a secret.

mod access;
mod answer;
mod arguments;
mod backend;
mod built_in;
mod call;
mod catalog;
mod client_config;
mod compact;
mod completion;
mod confirm;
mod connections;
mod failure;
mod follow;
mod graph;
mod http;
mod instructions;
mod job_end;
mod job_view;
mod json_text;
mod named_values;
mod offer;
mod page;
mod preview;
mod progress;
mod prompts;
mod resources;
mod schema;
mod server_file;
mod service;
mod stdio;
mod subscription;
mod task;
mod tool;
mod tools;
mod updates;
mod workflow_source;
mod workflow_tool;

pub use backend::{Backend, Options};
pub use client_config::{Client, Launch};
pub use http::{HttpError, HttpServer};
pub use service::Service;
pub use stdio::serve_stdio;
pub use workflow_tool::workflow_tool_name;
