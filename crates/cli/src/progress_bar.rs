//! The progress of a job on stderr: node n of m, its class, its step, speed and time left.
//!
//! A bar on a terminal; otherwise nothing, or with `-v` a line for each node. Never with `--json`.

use crate::context::Context;
use crate::job_view::duration;
use crate::printer::Printer;
use comfyctl_manager::{Notice, Progress};
use comfyctl_workflow::NodeId;
use indicatif::{ProgressBar as Bar, ProgressStyle};
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub(crate) struct ProgressBar {
    bar: Bar,
    printer: Printer,
    /// Say in lines what the bar cannot show.
    lines: bool,
    last_node: Mutex<Option<NodeId>>,
}

/// The bar comes first so that it does not jump; the message is cut where the terminal ends.
const STYLE: &str = "{spinner} {bar:24} {wide_msg}";

impl ProgressBar {
    pub(crate) fn new(context: &Context) -> Self {
        let printer = context.printer;
        let bar = if printer.is_json() {
            Bar::hidden()
        } else {
            Bar::new(1000)
        };
        let style =
            ProgressStyle::with_template(STYLE).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("━╸─"));
        bar.set_prefix("sending");
        bar.set_message("sending");
        bar.enable_steady_tick(Duration::from_millis(100));
        let lines = bar.is_hidden() && context.is_verbose() && !printer.is_json();
        Self {
            bar,
            printer,
            lines,
            last_node: Mutex::new(None),
        }
    }

    pub(crate) fn show(&self, notice: Notice) {
        match notice {
            Notice::Odd(finding) => self.aside(|| self.printer.finding(&finding)),
            Notice::Converted(warning) => {
                self.aside(|| self.printer.warning(&warning.to_string()));
            }
            Notice::Queued { ahead } => {
                self.bar.set_prefix(format!("queued, {ahead} ahead"));
                self.say("");
            }
            Notice::Progress(progress) => self.progress(&progress),
            Notice::Partial { reasons } => {
                for reason in reasons {
                    self.aside(|| {
                        self.printer
                            .warning(&format!("an output is left out: {reason}"));
                    });
                }
            }
            Notice::Trouble { reason } => self.say(&format!("{reason}; trying again")),
            Notice::Recovered => self.say(""),
            Notice::Waiting { reason } => {
                self.bar.set_prefix(format!("waiting {reason}"));
                self.say("");
            }
            Notice::Resubmitted { attempt, reason } => self.aside(|| {
                let text = format!("{reason}; sending the job again (attempt {attempt})");
                self.printer.warning(&text);
            }),
            Notice::Retrying { error, ready_at } => self.aside(|| {
                let text = format!("{}; trying again at {ready_at}", error.message);
                self.printer.warning(&text);
            }),
            _ => {}
        }
    }

    fn progress(&self, progress: &Progress) {
        let number = (progress.nodes_done + 1).min(progress.nodes_total);
        let class = progress.class.as_deref().unwrap_or_default();
        let place = format!("{number}/{}", progress.nodes_total);
        self.bar.set_prefix(format!("{place} {class}"));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share between 0 and 1"
        )]
        self.bar.set_position((1000.0 * progress.fraction) as u64);
        self.say(&steps(progress));
        if self.lines && self.is_new_node(progress.node.as_ref()) {
            self.printer.note(format_args!("{place} {class}"));
        }
    }

    /// Shows the prefix and this. Both are the message: only that is cut where the terminal ends.
    fn say(&self, detail: &str) {
        self.bar
            .set_message(format!("{}  {detail}", self.bar.prefix()));
    }

    fn is_new_node(&self, node: Option<&NodeId>) -> bool {
        let mut last = self
            .last_node
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_new = node.is_some() && last.as_ref() != node;
        *last = node.cloned();
        is_new
    }

    /// Prints a line above the bar.
    fn aside(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn steps(progress: &Progress) -> String {
    let Some(steps) = progress.steps else {
        return String::new();
    };
    let mut text = format!("step {:.0}/{:.0}", steps.done, steps.total);
    if let Some(speed) = steps.per_second {
        let _ = if speed >= 1.0 {
            write!(text, "  {speed:.1} steps/s")
        } else {
            write!(text, "  {:.1} s/step", 1.0 / speed)
        };
    }
    if let Some(seconds) = steps.seconds_left {
        let _ = write!(text, "  {} left", duration(seconds));
    }
    text
}
