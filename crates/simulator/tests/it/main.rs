//! Promises of the simulator as its users see them: over HTTP and WebSocket, on the loopback.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests fail like tests, and say what is left out"
)]

mod faults;
mod frontend;
mod lifecycle;
mod nodes;
mod queue;
mod recordings;
mod replacements;
mod sockets;
mod support;
