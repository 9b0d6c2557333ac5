//! The HTTP clients of all nodes: one for hosts of the settings, one for all others.
//!
//! Made once for a policy and shared, so that connections are kept open between the runs of a node. A
//! connection belongs to one of the two, and so was checked when it was opened.

use super::policy::{Policy, Trust};
use super::resolver::{Guard, Lookup};
use crate::error::Error;
use crate::request::TokenCache;
use std::sync::Arc;
use std::time::Duration;

/// For a name, TCP and TLS together.
const CONNECT: Duration = Duration::from_secs(10);
/// Connections are kept for the next image of a batch, not for ever.
const IDLE: Duration = Duration::from_secs(30);

/// What all nodes speak through.
#[derive(Debug)]
pub struct Http {
    policy: Policy,
    strangers: reqwest::Client,
    listed: reqwest::Client,
    pub(crate) tokens: TokenCache,
}

impl Http {
    /// Clients under a policy, with names looked up by `lookup`.
    pub fn new(policy: Policy, lookup: &Lookup) -> Result<Self, Error> {
        Ok(Self {
            policy,
            strangers: client(Trust::Stranger, lookup)?,
            listed: client(Trust::Listed, lookup)?,
            tokens: TokenCache::default(),
        })
    }

    /// The policy that every request is held to.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(super) fn client(&self, trust: Trust) -> &reqwest::Client {
        match trust {
            Trust::Stranger => &self.strangers,
            Trust::Listed => &self.listed,
        }
    }
}

fn client(trust: Trust, lookup: &Lookup) -> Result<reqwest::Client, Error> {
    let setup = |problem: String| Error::Setup(problem);
    let tls = comfyctl_client::tls_config(None).map_err(|error| setup(error.to_string()))?;
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(Arc::new(Guard {
            trust,
            lookup: Arc::clone(lookup),
        }))
        // A proxy would connect to addresses that nobody checked, and redirects are followed by
        // `sending`, which checks each.
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("comfyui-api-manager/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true)
        .build()
        .map_err(|error| setup(error.to_string()))
}
