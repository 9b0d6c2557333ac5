//! One ComfyUI server, whole: every route and the WebSocket, typed, with its traps handled.
//!
//! A [`Connection`] is data; a [`Client`] is made from it and speaks to exactly that server. Bytes
//! become typed values that keep the fields they do not know, and everything that can go wrong is an
//! [`Error`] with a stable code. Knows nothing of jobs, settings and stores: that is the manager's.
//!
//! ```no_run
//! use comfyctl_client::{Client, Connection, PromptId, PromptRequest, Verdict};
//!
//! # async fn run(prompt: comfyctl_workflow::Prompt) -> Result<(), comfyctl_client::Error> {
//! let client = Client::new(&Connection::parse("192.168.1.5:8188")?)?;
//! let id = PromptId::generate();
//! let request = PromptRequest { prompt_id: Some(id.clone()), ..PromptRequest::new(&prompt) };
//! client.submit(&request).await?;
//! // ... and when a listener says that it has ended:
//! if let Some(entry) = client.history_entry(&id).await? {
//!     assert_eq!(entry.verdict(), Verdict::Success);
//! }
//! # Ok(())
//! # }
//! ```

mod capability;
mod client;
mod connection;
mod credentials;
mod download;
mod error;
mod error_body;
mod ids;
mod output;
mod redacted;
mod rejection;
mod routes;
pub mod socket;
mod tls;
mod transport;
mod verdict;

pub use client::Client;
pub use connection::{BaseUrl, Connection, Timeouts};
pub use credentials::{Credentials, CredentialsError, SecretReference};
pub use download::{Download, DownloadProgress, Existing};
pub use error::{Delivery, Error, ErrorKind, TimeoutPhase, TlsReason, UnreachableReason};
pub use error_body::ErrorBody;
pub use ids::{ClientId, PromptId};
pub use output::{FileReference, Folder, Output, OutputFile, OutputValue, Outputs};
pub use rejection::{NodeError, NodeErrors, PromptError, Rejection};
pub use routes::editor::GlobalSubgraph;
pub use routes::history::{HistoryEntry, HistoryRange};
pub use routes::internal::{LogEntry, RawLogs};
pub use routes::jobs::{JobFilter, JobInfo, JobPage, JobSort, JobStatus, Pagination};
pub use routes::models::{ModelFile, ModelFolder};
pub use routes::prompt::{Accepted, PromptRequest};
pub use routes::queue::{Queue, QueueItem};
pub use routes::settings::Users;
pub use routes::system::{Device, Features, System, SystemStats};
pub use routes::templates::{Template, TemplateTopic};
pub use routes::upload::{Upload, UploadSource, Uploaded};
pub use routes::userdata::{Overwrite, UserEntry, UserEntryKind, UserFile};
pub use routes::view::{ByteRange, Channel, ImagePreview, PreviewFormat, ViewOptions};
pub use socket::{Disconnection, Event, Listener, ListenerOptions, Preview, Signal, Subscription};
pub use tls::client_config as tls_config;
pub use verdict::{ExecutionError, ExecutionStatus, Interruption, Verdict};
