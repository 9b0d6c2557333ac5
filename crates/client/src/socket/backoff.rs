//! Delays between attempts to connect: random between zero and a bound that doubles.
//!
//! Many clients of a server that comes back would otherwise all knock at the same moments.

use super::options::ListenerOptions;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::time::Duration;

/// The delays of one listener.
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    bound: Duration,
    random: SmallRng,
}

impl Backoff {
    pub(super) fn new(options: &ListenerOptions) -> Self {
        Self {
            first: options.shortest_delay,
            longest: options.longest_delay,
            bound: options.shortest_delay,
            random: options
                .seed
                .map_or_else(SmallRng::from_os_rng, SmallRng::seed_from_u64),
        }
    }

    /// The delay before the next attempt.
    pub(super) fn next_delay(&mut self) -> Duration {
        let delay = self.random.random_range(Duration::ZERO..=self.bound);
        self.bound = (self.bound * 2).min(self.longest);
        delay
    }

    /// Takes note of how long a socket lived: one that dies young counts as a failed attempt, so
    /// that a server that accepts and drops is not hammered.
    pub(super) fn lived(&mut self, time: Duration) {
        if time >= self.longest {
            self.bound = self.first;
        }
    }

    /// Takes note of a refusal that trying again will hardly change.
    pub(super) fn refused(&mut self) {
        self.bound = self.longest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff() -> Backoff {
        Backoff::new(&ListenerOptions {
            seed: Some(7),
            ..ListenerOptions::default()
        })
    }

    #[test]
    fn delays_stay_below_a_bound_that_doubles_up_to_the_longest() {
        let mut backoff = backoff();
        let mut bound = Duration::from_millis(250);
        for _ in 0..12 {
            assert!(backoff.next_delay() <= bound);
            bound = (bound * 2).min(Duration::from_secs(15));
            assert_eq!(backoff.bound, bound);
        }
    }

    #[test]
    fn only_a_socket_that_lived_long_brings_back_short_delays() {
        let mut backoff = backoff();
        backoff.next_delay();
        backoff.lived(Duration::from_secs(1));
        assert_eq!(backoff.bound, Duration::from_millis(500));
        backoff.lived(Duration::from_secs(15));
        assert_eq!(backoff.bound, Duration::from_millis(250));
    }

    #[test]
    fn the_same_seed_gives_the_same_delays() {
        let (mut one, mut other) = (backoff(), backoff());
        assert!((0..8).all(|_| one.next_delay() == other.next_delay()));
    }
}
