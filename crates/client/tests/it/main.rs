//! The client against servers: recorded, mocked, simulated.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod http;
mod socket;
mod support;
