//! What the manager promises, held against a simulated server that breaks on demand.

mod faults;
mod history;
mod running;
mod support;
