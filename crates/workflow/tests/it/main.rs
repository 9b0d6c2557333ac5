//! Promises of the crate that take whole workflows to check.

#![expect(clippy::unwrap_used, reason = "a test stops at the first error")]

mod analysis;
mod better;
mod check;
mod compare;
mod conversion;
mod corpus;
mod damage;
mod mode;
mod survival;
mod to_ui;
mod versions;
mod write_back;
