//! What the manager promises, held against a simulated server that breaks on demand.

#![expect(clippy::unwrap_used, reason = "a test stops at the first error")]

mod connection_report;
mod connections;
mod faults;
mod health;
mod history;
mod keeping;
mod library;
mod library_of_server;
mod line;
mod running;
mod support;
mod threads;
mod workers;
