//! When a request is sent again: where that may help, can do no harm, and there is time.

use crate::error::Error;
use crate::network::{Answer, Exchange, Http};
use rand::Rng;
use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The pause before the second attempt; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How a request may be repeated.
pub(super) struct Retries {
    count: u32,
    /// Whether it may be sent although the first may have arrived.
    is_repeatable: bool,
    deadline: Instant,
}

impl Retries {
    pub(super) fn new(count: u32, is_repeatable: bool, within: Duration) -> Self {
        Self {
            count,
            is_repeatable,
            deadline: Instant::now() + within,
        }
    }

    /// Sends it until it is answered well, or not worth another attempt. What came last is the result:
    /// its status and its body are told, not the number of attempts.
    pub(super) async fn send(&self, http: &Http, exchange: &Exchange) -> Result<Answer, Error> {
        let mut attempt = 0;
        loop {
            let outcome = http.send(exchange.clone()).await;
            let Some(pause) = self.pause(attempt, &outcome) else {
                return outcome;
            };
            attempt += 1;
            sleep(pause).await;
        }
    }

    /// How long to wait before the next attempt; `None` if there is none. An attempt that could not
    /// begin in time is not waited for.
    fn pause(&self, attempt: u32, outcome: &Result<Answer, Error>) -> Option<Duration> {
        let is_worth_it = match outcome {
            Ok(answer) => self.is_repeatable && may_pass(answer.status),
            Err(Error::Unreachable { unsent, .. }) => *unsent || self.is_repeatable,
            Err(_) => false,
        };
        if attempt >= self.count || !is_worth_it {
            return None;
        }
        let asked = outcome.as_ref().ok().and_then(retry_after);
        let pause = asked.unwrap_or_else(|| backoff(attempt));
        (Instant::now() + pause < self.deadline).then_some(pause)
    }
}

fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504)
}

/// Half of it is chance, so that the nodes of many machines do not come back at the same moment.
fn backoff(attempt: u32) -> Duration {
    let full = FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(attempt))
        .min(LONGEST_PAUSE);
    full.mul_f64(rand::rng().random_range(0.5..=1.0))
}

/// Seconds, or a date.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let text = answer.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let left = date.duration_since(jiff::Timestamp::now());
    Some(Duration::try_from(left).unwrap_or_default())
}
