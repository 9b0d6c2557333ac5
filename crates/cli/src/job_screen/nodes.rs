//! What each node took: those that took longest, and those whose results were still there.

use super::{Frame, Shown, under};
use crate::job_view::duration;
use comfyctl_manager::NodeTime;
use console::Style;

/// Nodes that are listed; the others are summed up.
const LISTED: usize = 8;
/// Columns of a bar that stands for all the time, at most and at least.
const BAR: usize = 24;
const SHORTEST_BAR: usize = 8;

/// `None` where nothing is known of them.
pub(super) fn section(shown: &Shown<'_>, frame: &Frame) -> Option<String> {
    let (cached, mut worked): (Vec<_>, Vec<_>) =
        shown.report.nodes.iter().partition(|node| node.cached);
    if cached.is_empty() && worked.is_empty() {
        return None;
    }
    let seconds = |node: &NodeTime| node.seconds.unwrap_or_default();
    worked.sort_by(|one, other| seconds(other).total_cmp(&seconds(one)));
    let seen: f64 = worked.iter().map(|node| seconds(node)).sum();
    let all = shown.report.times.running.unwrap_or(seen).max(seen);
    let (listed, others) = worked.split_at(worked.len().min(LISTED));
    let mut lines = rows(listed, all, shown, frame);
    if !others.is_empty() {
        let took = others.iter().map(|node| seconds(node)).sum();
        lines.push(format!("and {} more in {}", others.len(), duration(took)));
    }
    if !cached.is_empty() {
        let names = cached
            .iter()
            .map(|node| format!("{} {}", node.node, node.class));
        let names = names.collect::<Vec<_>>().join(", ");
        lines.push(frame.cut(&format!("cached: {names}"), 2).into_owned());
    }
    let heading = match (worked.len(), cached.len()) {
        (worked, 0) => format!("nodes: {worked}"),
        (worked, cached) => format!("nodes: {worked} ran, {cached} cached"),
    };
    Some(under(&heading, &lines.join("\n"), frame))
}

fn rows(nodes: &[&NodeTime], all: f64, shown: &Shown<'_>, frame: &Frame) -> Vec<String> {
    let width = |text: &str| console::measure_text_width(text);
    let ids = nodes.iter().map(|node| width(node.node.as_str())).max();
    let classes = nodes.iter().map(|node| width(&node.class)).max();
    let (ids, classes) = (ids.unwrap_or_default(), classes.unwrap_or_default());
    // Without indent, gaps, time and share.
    let columns = frame.width.saturating_sub(ids + 2 + 2 + 2 + 12 + 2 + 5 + 2);
    let classes = classes.min(columns.saturating_sub(SHORTEST_BAR).max(10));
    let room = columns.saturating_sub(classes);
    let error = shown.job.error.as_ref();
    let failed = error.and_then(|error| error.node.as_deref());
    let row = |node: &&NodeTime| {
        let class = console::truncate_str(&node.class, classes, "…");
        let class = console::pad_str(&class, classes, console::Alignment::Left, None);
        let start = format!("{:ids$}  {class}", node.node.as_str());
        if failed == Some(node.node.as_str()) {
            let failed = frame.paint(&Style::new().red(), "failed");
            return format!("{start}  {failed:>12}");
        }
        let took = node.seconds.map(duration).unwrap_or_default();
        let share = node.seconds.unwrap_or_default() / all.max(f64::MIN_POSITIVE);
        let line = format!("{start}  {took:>12}  {:>3.0} %", 100.0 * share);
        match &*bar(share, room.min(BAR)) {
            "" => line,
            bar => format!("{line}  {}", frame.paint(&Style::new().cyan(), bar)),
        }
    };
    nodes.iter().map(row).collect()
}

/// As long as the share says, of so many columns.
fn bar(share: f64, columns: usize) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a few columns"
    )]
    let long = (share.clamp(0.0, 1.0) * columns as f64).round() as usize;
    "━".repeat(long)
}
