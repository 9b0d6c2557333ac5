//! The MCP server as a client sees it, against a simulated ComfyUI.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod bad_input;
mod changing;
mod good_input;
mod http;
mod jobs;
mod listing;
mod prompts;
mod support;
mod tasks;
mod updates;
mod workflow_tools;
