//! The WebSocket of a server: what it says, as typed events, for each prompt apart.
//!
//! [`Listener`] keeps one socket under one client id alive and hands what comes to
//! [`Subscription`]s. [`Event`] and [`Frame`] read single messages. The socket is a hint and no
//! more: what it says may be late, lost or, for a prompt's success, wrong; the server's queue and
//! history are the truth. So nothing here decides how a job ends.

mod attribution;
mod backoff;
mod decode;
mod event;
mod frame;
mod handshake;
mod intake;
mod keeper;
mod listener;
mod mailbox;
mod options;
mod peek;
mod pulse;
mod router;
mod server;
mod signal;

pub use event::{
    Event, Executed, Executing, ExecutionCached, ExecutionFailed, ExecutionInterrupted,
    ExecutionStart, ExecutionSuccess, NodeProgress, NodeState, NodeText, Progress, ProgressState,
    Status, UnknownFrame,
};
pub use frame::{Frame, FrameError, ImageFormat, Preview};
pub use listener::{Listener, Subscription};
pub use options::ListenerOptions;
pub use signal::{Disconnection, Signal};
