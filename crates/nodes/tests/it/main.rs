//! Nodes against HTTP servers of this process.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod credentials;
mod refusals;
mod requests;
mod support;
mod transfers;
