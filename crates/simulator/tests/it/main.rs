//! Promises of the simulator as its users see them: over HTTP and WebSocket, on the loopback.

mod lifecycle;
mod recordings;
mod support;
