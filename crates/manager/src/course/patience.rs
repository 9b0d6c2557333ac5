//! How long the engine waits for what, in one place.

use std::time::Duration;

/// How patient the engine is. The defaults are meant for people who wait.
#[derive(Debug, Clone)]
pub struct Patience {
    /// How long a prompt whose POST got no answer is looked for before it counts as not there:
    /// the request may still be on its way.
    pub doubt: Duration,
    /// How long a server may stay unreachable before we stop watching; `None` for ever. The job
    /// stays open.
    pub outage: Option<Duration>,
    /// Whether a job waits for a server that cannot be reached when it is first sent; otherwise it
    /// fails at once, because the address may be wrong.
    pub waits_for_server: bool,
    /// Time between looks while the socket is up and tells us what happens.
    pub look: Duration,
    /// Time between looks while it does not, or while something is expected any moment.
    pub urgent_look: Duration,
    /// First wait before a refused POST is repeated; doubled each time.
    pub post_backoff: Duration,
    /// How often a POST that the server refused for the moment (503, 429) is sent in all.
    pub posts: u32,
    /// How often a job that a restarted server forgot is given to it again.
    pub resubmissions: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            doubt: Duration::from_secs(10),
            outage: Some(Duration::from_mins(1)),
            waits_for_server: false,
            look: Duration::from_secs(5),
            urgent_look: Duration::from_secs(1),
            post_backoff: Duration::from_millis(250),
            posts: 6,
            resubmissions: 1,
        }
    }
}
