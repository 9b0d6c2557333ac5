//! The progress of a batch on stderr: how many are done, have failed, run and wait, how fast it goes
//! and how long it will take. A bar on a terminal; otherwise nothing. Never with `--json`.

use crate::context::Context;
use crate::job_view::duration;
use comfyctl_manager::GroupCounts;
use indicatif::{ProgressBar as Bar, ProgressStyle};
use std::fmt::Write;
use std::time::{Duration, Instant};

pub(crate) struct BatchBar {
    bar: Bar,
    started: Instant,
    /// Jobs that had ended before we looked.
    before: u64,
}

impl BatchBar {
    pub(crate) fn new(counts: GroupCounts, context: &Context) -> Self {
        let bar = if context.printer.is_json() {
            Bar::hidden()
        } else {
            Bar::new(counts.total())
        };
        let style = ProgressStyle::with_template("{spinner} {bar:24} {wide_msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("━╸─"));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self {
            bar,
            started: Instant::now(),
            before: counts.ended(),
        }
    }

    pub(crate) fn show(&self, counts: GroupCounts) {
        self.bar.set_length(counts.total());
        self.bar.set_position(counts.ended());
        let since = self.started.elapsed();
        self.bar.set_message(message(counts, self.before, since));
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn message(counts: GroupCounts, before: u64, since: Duration) -> String {
    let mut text = format!("{}/{} done", counts.completed, counts.total());
    let others = [
        (counts.failed, "failed"),
        (counts.cancelled, "cancelled"),
        (counts.running, "running"),
        (counts.queued + counts.pending, "waiting"),
    ];
    for (count, word) in others.into_iter().filter(|(count, _)| *count > 0) {
        let _ = write!(text, ", {count} {word}");
    }
    #[expect(clippy::cast_precision_loss, reason = "no batch has 2^52 jobs")]
    let (ended, open) = (
        counts.ended().saturating_sub(before) as f64,
        (counts.total() - counts.ended()) as f64,
    );
    let rate = ended / since.as_secs_f64();
    if ended > 0.0 && rate.is_finite() {
        let left = duration(open / rate);
        let _ = if rate >= 1.0 {
            write!(text, "  {rate:.1} jobs/s  {left} left")
        } else {
            write!(text, "  {} each  {left} left", duration(1.0 / rate))
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_tells_how_it_stands_how_fast_it_goes_and_how_long_it_takes() {
        let counts = GroupCounts {
            completed: 30,
            failed: 2,
            running: 1,
            pending: 17,
            ..GroupCounts::default()
        };
        let shown = message(counts, 12, Duration::from_secs(10));
        assert_eq!(
            shown,
            "30/50 done, 2 failed, 1 running, 17 waiting  2.0 jobs/s  9.00 s left"
        );
        let resumed = message(counts, 32, Duration::from_secs(10));
        assert_eq!(resumed, "30/50 done, 2 failed, 1 running, 17 waiting");
    }
}
