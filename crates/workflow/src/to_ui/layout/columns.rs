//! The column of each box.

use super::flow::Flow;

/// Columns by the longest way from a source. Sources themselves stand right before what they feed.
pub(super) fn assign(flow: &Flow) -> Vec<usize> {
    let mut columns = vec![0; flow.order.len()];
    for &node in &flow.order {
        let after = flow.sources[node]
            .iter()
            .map(|source| columns[source.node] + 1);
        columns[node] = after.max().unwrap_or(0);
    }
    let sources = flow
        .order
        .iter()
        .filter(|node| flow.sources[**node].is_empty());
    for &node in sources {
        let nearest = flow.targets[node]
            .iter()
            .map(|target| columns[target.node])
            .min();
        columns[node] = nearest.map_or(0, |column| column - 1);
    }
    columns
}

/// The boxes of a part by column.
pub(super) fn of_part(part: &[usize], columns: &[usize]) -> Vec<Vec<usize>> {
    let count = part
        .iter()
        .map(|node| columns[*node] + 1)
        .max()
        .unwrap_or(0);
    let mut by_column = vec![Vec::new(); count];
    for &node in part {
        by_column[columns[node]].push(node);
    }
    by_column
}
