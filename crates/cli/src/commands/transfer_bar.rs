//! How far a transfer is, on stderr when that is a terminal. Never with `--json`.

use crate::context::Context;
use comfyctl_client::DownloadProgress;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// One file at a time. Leaves nothing behind when dropped.
pub(crate) struct TransferBar(ProgressBar);

const UNSIZED: &str = "{spinner} {wide_msg}";
const SIZED: &str = "{spinner} {msg}  {bar:24} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";

impl TransferBar {
    pub(crate) fn new(context: &Context, message: String) -> Self {
        let bar = if context.printer.is_json() {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner()
        };
        bar.set_style(style(UNSIZED));
        bar.set_message(message);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    pub(crate) fn show(&self, progress: DownloadProgress) {
        if let Some(total) = progress.total
            && self.0.length() != Some(total)
        {
            self.0.set_style(style(SIZED));
            self.0.set_length(total);
        }
        self.0.set_position(progress.received);
    }
}

impl Drop for TransferBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    style
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}
