//! Faults on demand: what they are, how they are written, and which are in force.
//!
//! The command line and the control route share the text form, see [`Fault`]. Handlers, the worker
//! and the sockets ask [`Faults`] at the points where a real server would break.

mod registry;
mod spec;

pub use registry::Faults;
pub use spec::FaultSpecError;

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// A fault and how often it strikes.
///
/// Its text form is `NAME`, `NAME=VALUE`, and `*N` behind either to make it strike `N` times:
///
/// | text | effect |
/// |---|---|
/// | `slow-post=500ms` | `POST /prompt` takes effect at once and is answered that much later |
/// | `lost-post` | `POST /prompt` takes effect, the connection is cut before the answer |
/// | `status=503:POST:/prompt` | the request is answered with the status and has no effect |
/// | `status-after=500:POST:/prompt` | the request takes effect and is answered with the status |
/// | `drop-socket=5` | the socket is cut without a closing handshake once it was sent 5 frames |
/// | `freeze-socket=5` | the socket stays open, but nothing is sent or read any more |
/// | `half-open-socket=5` | as `freeze-socket`, and the server forgets that it is there |
/// | `deafen-socket=5` | the socket answers pings, but gets no event any more |
/// | `refuse-socket` | the connection is cut when `/ws` is asked for |
/// | `oom=KSampler` | a node of that class runs out of GPU memory |
/// | `slow-node=KSampler:50ms` | a node of that class takes longer; a sampler, at each step |
/// | `full-disk` | saving an image fails: no space left |
/// | `kill=500ms` | the server is killed that long after the fault was set (or it started) |
/// | `kill-at=KSampler` | the server is killed when a node of that class begins |
///
/// The number of frames may be left out: `drop-socket` strikes at once, and every later socket.
/// Durations are written as `500ms` or `2s`.
///
/// ```
/// use comfyctl_simulator::Fault;
/// let fault: Fault = "status=503:POST:/prompt*1".parse()?;
/// assert_eq!(fault.times, Some(1));
/// assert_eq!(fault.to_string(), "status=503:POST:/prompt*1");
/// # Ok::<(), comfyctl_simulator::FaultSpecError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// How often it still strikes; `None` is always.
    pub times: Option<u32>,
}

/// What goes wrong; the table at [`Fault`] says more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// A late answer to `POST /prompt`.
    SlowPost(Duration),
    /// No answer to `POST /prompt`, which took effect.
    LostPost,
    /// An error status instead of the effect.
    Status(u16, Route),
    /// An error status after the effect.
    StatusAfter(u16, Route),
    /// A socket that is cut after that many frames.
    DropSocket(u32),
    /// A socket that falls silent after that many frames.
    FreezeSocket(u32),
    /// A socket that falls silent and is forgotten after that many frames.
    HalfOpenSocket(u32),
    /// A socket that gets no event after that many frames.
    DeafenSocket(u32),
    /// A WebSocket handshake that is cut.
    RefuseSocket,
    /// A class that runs out of memory.
    OutOfMemory(String),
    /// A class that is slow.
    SlowNode(String, Duration),
    /// A disk without space.
    FullDisk,
    /// A kill after some time.
    Kill(Duration),
    /// A kill when a node of the class begins.
    KillAt(String),
}

/// A method and a path, without the `/api` prefix, which makes no difference to a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// HTTP method in capitals.
    pub method: String,
    /// Path from its slash on, without a query. One that ends in a slash stands for all below it.
    pub path: String,
}

impl Route {
    pub(crate) fn matches(&self, method: &str, path: &str) -> bool {
        let path = path.strip_prefix("/api").unwrap_or(path);
        let below = self.path.ends_with('/') && path.starts_with(&self.path);
        self.method == method && (below || self.path == path)
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self { kind, times: None }
    }
}

impl Display for Fault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.kind.fmt(formatter)?;
        match self.times {
            Some(times) => write!(formatter, "*{times}"),
            None => Ok(()),
        }
    }
}
