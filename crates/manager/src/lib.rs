//! The product: connections, jobs and their history. Every face (command line, MCP, Python) calls
//! [`Manager`] and only translates.
//!
//! A job is stored before it is sent; the server's queue and history are the truth about it, the
//! socket is a hint; the decisions are a pure function, the course of a job.

mod artifact;
mod code;
pub mod connection_report;
mod convert;
mod course;
mod definitions_cache;
mod ending;
mod error;
mod follow;
pub mod health;
mod job;
mod known_nodes;
mod library;
mod locations;
mod look;
mod manager;
mod notice;
mod post;
mod prepare;
mod progress;
mod server;
pub mod settings;
mod store;
mod workflow_file;

pub use artifact::local_name;
pub use artifact::prepare_folder;
pub use code::Code;
pub use convert::Editor;
pub use course::Patience;
pub use error::{Error, ErrorKind};
pub use follow::{Limits, RunEnd};
pub use job::{Job, JobError, JobId, JobStatus, Output};
pub use known_nodes::KnownNodes;
pub use library::{Library, Reference, SavedWorkflow, Source, WorkflowName};
pub use locations::Locations;
pub use manager::{Manager, Run};
pub use notice::{Notice, Watcher};
pub use prepare::{Changes, ImageOverride, SeedChoice};
pub use progress::{Progress, Steps};
pub use server::Server;
pub use settings::{BUILT_IN_CONNECTION, ConnectionChoice, NamedConnection, Settings};
pub use store::JobFilter;
pub use workflow_file::Workflow;
