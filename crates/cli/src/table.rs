//! Tables for people: columns wide enough for their longest cell, no lines.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

/// A heading and rows. Never wraps: a cut id cannot be copied.
pub(crate) fn render<const N: usize>(
    heading: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(heading);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Names with their values, the values under each other.
pub(crate) fn fields(rows: impl IntoIterator<Item = (String, String)>) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    let width = |name: &str| console::measure_text_width(name);
    let widest = rows.iter().map(|(name, _)| width(name)).max();
    let line = |(name, value): &(String, String)| {
        let gap = widest.unwrap_or_default() - width(name) + 2;
        format!("{name}{:gap$}{value}", "")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
