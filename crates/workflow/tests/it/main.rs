//! Promises of the crate that take whole workflows to check.

mod compare;
mod conversion;
mod corpus;
