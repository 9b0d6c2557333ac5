//! Whether the other end of a socket is still there, and whether it still knows us.
//!
//! Two clocks, both pure: the keeper tells them what it heard and when, and asks what is due.
//! [`Pulse`] notices a half-open socket: pings stay unanswered although the server answers other
//! requests; while it answers none, it may be too busy for either. [`Watchdog`] notices a deafened
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
    /// When the server answered something else, though none of the pings.
    answered: Option<Instant>,
}

/// What the clock of pings asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Nothing yet.
    Wait,
    /// Send a ping.
    Ping,
    /// Send a ping, and ask the server something beside the socket: the last one is unanswered.
    Doubt,
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

    /// The server answered something else. A pong that was to come has half an interval more.
    pub(super) fn answered(&mut self, now: Instant) {
        if let Some(pinged) = &mut self.pinged
            && pinged.last > pinged.first
        {
            pinged.answered.get_or_insert(now);
        }
    }

    /// For how long the present ping and those before it have been unanswered.
    pub(super) fn silence(&self, now: Instant) -> Duration {
        self.pinged
            .map_or(Duration::ZERO, |pinged| now - pinged.first)
    }

    /// When to call [`check`](Self::check).
    pub(super) fn due(&self) -> Instant {
        match self.pinged {
            None => self.heard + self.interval,
            Some(pinged) => self.end(pinged).min(pinged.last + self.interval),
        }
    }

    /// When to give up on an answer.
    fn end(&self, pinged: Pinged) -> Instant {
        let latest = pinged.first + self.silence;
        match pinged.answered {
            Some(answered) => latest.min(answered + self.interval / 2),
            None => latest,
        }
    }

    pub(super) fn check(&mut self, now: Instant) -> Beat {
        if now < self.due() {
            return Beat::Wait;
        }
        match &mut self.pinged {
            None => {
                self.pinged = Some(Pinged {
                    first: now,
                    last: now,
                    answered: None,
                });
                Beat::Ping
            }
            Some(pinged) => {
                pinged.last = now;
                let pinged = *pinged;
                if now >= self.end(pinged) {
                    Beat::Dead
                } else {
                    Beat::Doubt
                }
            }
        }
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

    fn pulse(now: Instant) -> Pulse {
        let options = ListenerOptions {
            ping_interval: SECOND,
            silence_timeout: 20 * SECOND,
            ..ListenerOptions::default()
        };
        Pulse::new(&options, now)
    }

    #[test]
    fn a_socket_is_given_up_when_only_its_pings_stay_unanswered() {
        let start = Instant::now();
        let mut pulse = pulse(start);
        assert_eq!(pulse.check(start + SECOND / 2), Beat::Wait);
        assert_eq!(pulse.check(start + SECOND), Beat::Ping);
        assert_eq!(pulse.check(start + 2 * SECOND), Beat::Doubt);
        pulse.answered(start + 2 * SECOND);
        assert_eq!(pulse.check(start + 2 * SECOND), Beat::Wait);
        assert_eq!(pulse.check(start + 5 * SECOND / 2), Beat::Dead);
    }

    #[test]
    fn a_server_that_answers_nothing_at_all_may_be_busy_and_is_given_more_time() {
        let start = Instant::now();
        let mut pulse = pulse(start);
        assert_eq!(pulse.check(start + SECOND), Beat::Ping);
        for seconds in 2..21 {
            assert_eq!(pulse.check(start + seconds * SECOND), Beat::Doubt);
        }
        assert_eq!(pulse.check(start + 21 * SECOND), Beat::Dead);
    }

    #[test]
    fn what_the_server_answered_before_there_was_doubt_says_nothing() {
        let start = Instant::now();
        let mut pulse = pulse(start);
        assert_eq!(pulse.check(start + SECOND), Beat::Ping);
        pulse.answered(start + SECOND);
        assert_eq!(pulse.due(), start + 2 * SECOND);
        assert_eq!(pulse.check(start + 2 * SECOND), Beat::Doubt);
        assert_eq!(pulse.due(), start + 3 * SECOND);
    }

    #[test]
    fn an_answer_starts_the_waiting_afresh() {
        let start = Instant::now();
        let mut pulse = pulse(start);
        assert_eq!(pulse.check(start + SECOND), Beat::Ping);
        assert_eq!(pulse.check(start + 2 * SECOND), Beat::Doubt);
        pulse.answered(start + 2 * SECOND);
        pulse.heard(start + 2 * SECOND);
        assert_eq!(pulse.due(), start + 3 * SECOND);
        assert_eq!(pulse.check(start + 3 * SECOND), Beat::Ping);
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
