//! HTTP for nodes: every request under the network policy, bounded in time and size.
//!
//! A workflow may come from anyone, and the machine that runs it stands inside a network. So nothing
//! here speaks to an address before `policy` has agreed to it, and the address that was checked is
//! the one that is connected to: names are resolved by `resolver`, which hands on checked addresses
//! only. Proxies are not used, since a proxy would resolve names behind the policy's back.

mod address;
mod http;
mod policy;
mod reading;
mod resolver;
mod sending;
mod target;

pub use http::Http;
pub use policy::{Policy, Refusal};
pub use resolver::{Lookup, system_lookup};
pub use sending::{Answer, Body, Exchange, Part};
pub use target::Target;
