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
