//! The times and bounds of a listener, in one place.
//!
//! The defaults suit a real ComfyUI; tests set their own.

use std::time::Duration;

/// The times and bounds of a [`Listener`](super::Listener).
#[derive(Debug, Clone)]
pub struct ListenerOptions {
    /// How long to wait for the server to accept the socket. Default 10 s.
    pub handshake_timeout: Duration,
    /// How long the socket may be without a frame before we ping. When the first ping is still
    /// unanswered after as long again, the server is asked something beside the socket; if it
    /// answers that, and no ping within half as long, the socket is half-open and is replaced.
    /// Default 1 s.
    pub ping_interval: Duration,
    /// How long pings may stay unanswered by a server that answers nothing else either. Default
    /// 20 s: one that loads a large model may not get to answer for several seconds.
    pub silence_timeout: Duration,
    /// How long to wait for the server's part of the closing handshake. Default 2 s.
    pub close_timeout: Duration,
    /// How long nothing may be told before the queue is asked whether a prompt of ours is running;
    /// if one is, the server may have forgotten the socket, and it is replaced. Default 20 s.
    pub quiet_time: Duration,
    /// The quiet time doubles with each such replacement, up to this, until the server tells
    /// something again: a node may work for minutes without a word. Default 5 min.
    pub longest_quiet_time: Duration,
    /// The upper bound of the first random delay before a reconnect. Doubles with each failed
    /// attempt. Default 250 ms.
    pub shortest_delay: Duration,
    /// The upper bound of all such delays, and the time that a socket has to live for the next
    /// delay to be a first one again. Default 15 s.
    pub longest_delay: Duration,
    /// How many signals wait for a slow subscriber before it is told that it
    /// [lags](super::Signal::Lagged). Default 256.
    pub capacity: usize,
    /// Makes the random delays the same in each run. Default: they are not.
    pub seed: Option<u64>,
}

impl Default for ListenerOptions {
    fn default() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(1),
            silence_timeout: Duration::from_secs(20),
            close_timeout: Duration::from_secs(2),
            quiet_time: Duration::from_secs(20),
            longest_quiet_time: Duration::from_mins(5),
            shortest_delay: Duration::from_millis(250),
            longest_delay: Duration::from_secs(15),
            capacity: 256,
            seed: None,
        }
    }
}
