//! The command line as users meet it: arguments in, output and exit code out.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod batch;
mod completions;
mod connections;
mod files;
mod help;
mod jobs_history;
mod jobs_line;
mod jobs_show;
mod live;
mod log;
mod mcp;
mod queue;
mod run;
mod server;
mod settings;
mod simulator;
mod support;
mod workflow;
mod workflow_convert;
mod workflow_edit;
mod workflow_look;
mod workflow_offline;
