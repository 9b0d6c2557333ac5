//! Whether the other end of a socket is still there, and whether it still knows us.
//!
//! Two clocks, both pure: the keeper tells them what it heard and when, and asks what is due.
//! [`Pulse`] notices a half-open socket: pings stay unanswered. [`Watchdog`] notices a deafened
//! one: pings are answered and nothing else comes, because the server dropped the registration of
//! the client id when it noticed the end of an older socket under the same id.

use super::options::ListenerOptions;
use std::time::Duration;
use tokio::time::Instant;

/// The clock of pings.
pub(super) struct Pulse {
    interval: Duration,
    silence: Duration,
    heard: Instant,
    pinged: Option<Pinged>,
}

#[derive(Clone, Copy)]
struct Pinged {
    first: Instant,
    last: Instant,
}

/// What the clock of pings asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Nothing yet.
    Wait,
    /// Send a ping.
    Ping,
    /// Give the socket up.
    Dead,
}

impl Pulse {
    pub(super) fn new(options: &ListenerOptions, now: Instant) -> Self {
        let (interval, silence) = (options.ping_interval, options.silence_timeout);
        Self {
            interval,
            silence,
            heard: now,
            pinged: None,
        }
    }

    /// A frame came, of whatever kind.
    pub(super) fn heard(&mut self, now: Instant) {
        self.heard = now;
        self.pinged = None;
    }

    /// When to call [`check`](Self::check).
    pub(super) fn due(&self) -> Instant {
        match self.pinged {
            None => self.heard + self.interval,
            Some(pinged) => (pinged.first + self.silence).min(pinged.last + self.interval),
        }
    }

    pub(super) fn check(&mut self, now: Instant) -> Beat {
        if now < self.due() {
            return Beat::Wait;
        }
        let first = self.pinged.map_or(now, |pinged| pinged.first);
        if self.pinged.is_some() && now >= first + self.silence {
            return Beat::Dead;
        }
        self.pinged = Some(Pinged { first, last: now });
        Beat::Ping
    }
}

/// The clock of quiet times. Lives longer than one socket.
pub(super) struct Watchdog {
    shortest: Duration,
    longest: Duration,
    patience: Duration,
    since: Instant,
    /// The quiet has lasted long enough, and nothing was heard since.
    is_alert: bool,
}

impl Watchdog {
    pub(super) fn new(options: &ListenerOptions, now: Instant) -> Self {
        let (shortest, longest) = (options.quiet_time, options.longest_quiet_time);
        Self {
            shortest,
            longest,
            patience: shortest,
            since: now,
            is_alert: false,
        }
    }

    /// Something came that only a socket gets which the server knows.
    pub(super) fn heard(&mut self, now: Instant) {
        self.patience = self.shortest;
        self.restart(now);
    }

    /// Counts the quiet from now on, with the same patience.
    pub(super) fn restart(&mut self, now: Instant) {
        self.since = now;
        self.is_alert = false;
    }

    /// When to call [`check`](Self::check).
    pub(super) fn due(&self) -> Instant {
        self.since + self.patience
    }

    /// Whether to ask the queue if a prompt of ours is running.
    pub(super) fn check(&mut self, now: Instant) -> bool {
        if now < self.due() {
            return false;
        }
        self.since = now;
        !std::mem::replace(&mut self.is_alert, true)
    }

    /// No prompt of ours is running: the quiet is as it should be.
    pub(super) fn calm(&mut self) {
        self.is_alert = false;
    }

    /// A prompt of ours is running. Returns how long nothing was told, when that is reason to
    /// replace the socket; the next one is given twice the time.
    pub(super) fn bark(&mut self) -> Option<Duration> {
        if !std::mem::take(&mut self.is_alert) {
            return None;
        }
        let quiet = self.patience;
        self.patience = (quiet * 2).min(self.longest);
        Some(quiet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_socket_is_pinged_when_quiet_and_given_up_when_no_ping_is_answered() {
        let start = Instant::now();
        let mut pulse = Pulse::new(&ListenerOptions::default(), start);
        assert_eq!(pulse.check(start + 9 * SECOND), Beat::Wait);
        assert_eq!(pulse.check(start + 10 * SECOND), Beat::Ping);
        assert_eq!(pulse.check(start + 20 * SECOND), Beat::Ping);
        assert_eq!(pulse.check(start + 29 * SECOND), Beat::Wait);
        assert_eq!(pulse.check(start + 30 * SECOND), Beat::Dead);
    }

    #[test]
    fn an_answer_starts_the_waiting_afresh() {
        let start = Instant::now();
        let mut pulse = Pulse::new(&ListenerOptions::default(), start);
        assert_eq!(pulse.check(start + 10 * SECOND), Beat::Ping);
        pulse.heard(start + 29 * SECOND);
        assert_eq!(pulse.check(start + 30 * SECOND), Beat::Wait);
        assert_eq!(pulse.due(), start + 39 * SECOND);
    }

    #[test]
    fn patience_doubles_with_each_replacement_until_something_is_heard() {
        let mut now = Instant::now();
        let mut watchdog = Watchdog::new(&ListenerOptions::default(), now);
        for seconds in [20, 40, 80, 160, 300, 300] {
            assert_eq!(watchdog.due(), now + seconds * SECOND);
            now = watchdog.due();
            assert!(watchdog.check(now));
            assert_eq!(watchdog.bark(), Some(seconds * SECOND));
        }
        watchdog.heard(now);
        assert_eq!(watchdog.due(), now + 20 * SECOND);
    }

    #[test]
    fn what_is_heard_while_the_queue_is_asked_saves_the_socket() {
        let start = Instant::now();
        let mut watchdog = Watchdog::new(&ListenerOptions::default(), start);
        assert!(watchdog.check(start + 20 * SECOND));
        watchdog.heard(start + 20 * SECOND);
        assert_eq!(watchdog.bark(), None);
    }

    #[test]
    fn the_queue_is_not_asked_twice_at_once() {
        let start = Instant::now();
        let mut watchdog = Watchdog::new(&ListenerOptions::default(), start);
        assert!(watchdog.check(start + 20 * SECOND));
        assert!(!watchdog.check(start + 40 * SECOND));
        watchdog.calm();
        assert!(watchdog.check(start + 60 * SECOND));
    }
}
