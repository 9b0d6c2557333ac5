//! The product: connections, jobs and their history. Every face (command line, MCP, Python) calls
//! [`Manager`] and only translates.
//!
//! A job is stored before it is sent; the server's queue and history are the truth about it, the
//! socket is a hint; the decisions are a pure function, the course of a job.

mod artifact;
mod batch;
mod checksum;
mod clock;
mod code;
pub mod connection_report;
mod convert;
mod course;
mod definitions_cache;
mod ending;
mod engine;
mod error;
mod event;
pub mod health;
mod history_watch;
mod identity;
mod job;
mod known_nodes;
mod library;
mod locations;
mod look;
mod manager;
mod notice;
pub mod picture;
mod placement;
mod placing;
mod post;
mod prepare;
mod progress;
mod run;
mod server;
pub mod settings;
mod store;
mod sweep;
mod thumbnail;
mod tidying;
mod watch;
mod workflow_file;

pub use artifact::local_name;
pub use artifact::prepare_folder;
pub use batch::{BatchEnd, BatchRequest};
pub use clock::Clock;
pub use code::Code;
pub use convert::Editor;
pub use course::Patience;
pub use engine::Glimpse;
pub use error::{Error, ErrorKind};
pub use event::{Change, IllegalTransition, JobEvent, Seq};
pub use history_watch::HistoryWatch;
pub use job::{Job, JobError, JobId, JobStatus, Output};
pub use known_nodes::KnownNodes;
pub use library::{Library, Reference, SavedWorkflow, Source, WorkflowName};
pub use locations::Locations;
pub use manager::{
    JobComparison, JobReport, JobTimes, Manager, Overview, PlaceInLine, Request, Rerun, Submission,
};
pub use notice::{Notice, Watcher};
pub use placement::{Membership, Move, Placement, Policy, Rank, Terms};
pub use prepare::{Changes, ImageOverride, SeedChoice};
pub use progress::{NodeTime, Progress, Steps};
pub use run::{Limits, Run, RunEnd};
pub use server::Server;
pub use settings::{BUILT_IN_CONNECTION, ConnectionChoice, NamedConnection, Settings};
pub use store::{
    Backup, Cursor, Group, GroupCounts, Imported, JobFilter, JobPage, Percentiles, Retention,
    Statistics, StatisticsBy, StatisticsRange,
};
pub use sweep::{Sweep, SweepError};
pub use tidying::Removed;
pub use watch::{JobWatch, Update};
pub use workflow_file::Workflow;
