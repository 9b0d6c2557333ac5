//! Orders the boxes of each column so that few links cross, and gives all boxes their places.

use super::flow::{Flow, Neighbour};
use super::level::level;
use super::{COLUMN_GAP, Placed, ROW_GAP, Size};

/// How often the columns are gone through in each direction. More changes little.
const SWEEPS: usize = 6;

/// Places the boxes of one part, from 0 on to the right and downwards.
pub(super) fn place(columns: &[Vec<usize>], flow: &Flow, sizes: &[Size], placed: &mut [Placed]) {
    let mut columns = columns.to_vec();
    for column in &columns {
        stack(column, sizes, placed);
    }
    for _ in 0..SWEEPS {
        for column in &mut columns {
            reorder(column, &flow.sources, sizes, placed);
        }
        for column in columns.iter_mut().rev() {
            reorder(column, &flow.targets, sizes, placed);
        }
    }
    for _ in 0..SWEEPS {
        for column in columns.iter().rev() {
            straighten(column, &flow.targets, sizes, placed);
        }
        for column in &columns {
            straighten(column, &flow.sources, sizes, placed);
        }
    }
    set_left_sides(&columns, sizes, placed);
    start_at_zero(&columns, placed);
}

/// Puts a column together, its middle at height 0.
fn stack(column: &[usize], sizes: &[Size], placed: &mut [Placed]) {
    let total: f64 = column
        .iter()
        .map(|node| sizes[*node].height + ROW_GAP)
        .sum();
    let mut top = -total / 2.0;
    for &node in column {
        placed[node].y = top;
        top += sizes[node].height + ROW_GAP;
    }
}

/// Sorts a column by where each box's neighbours want it. A box without any stays where it is.
fn reorder(
    column: &mut [usize],
    neighbours: &[Vec<Neighbour>],
    sizes: &[Size],
    placed: &mut [Placed],
) {
    if column.len() < 2 {
        return;
    }
    let wanted = column
        .iter()
        .map(|node| (wanted(*node, neighbours, placed), *node));
    let mut wanted: Vec<(f64, usize)> = wanted.collect();
    wanted.sort_by(|one, other| one.0.total_cmp(&other.0));
    for (place, (_, node)) in column.iter_mut().zip(wanted) {
        *place = node;
    }
    stack(column, sizes, placed);
}

/// Moves the boxes of a column to where their neighbours want them, as near as their order allows.
fn straighten(
    column: &[usize],
    neighbours: &[Vec<Neighbour>],
    sizes: &[Size],
    placed: &mut [Placed],
) {
    let wanted = column.iter().map(|node| wanted(*node, neighbours, placed));
    let wanted: Vec<f64> = wanted.collect();
    let heights: Vec<f64> = column
        .iter()
        .map(|node| sizes[*node].height + ROW_GAP)
        .collect();
    for (&node, top) in column.iter().zip(level(&wanted, &heights)) {
        placed[node].y = top;
    }
}

/// The height at which the edges of a box are level on average.
#[expect(clippy::cast_precision_loss, reason = "a number of neighbours")]
fn wanted(node: usize, neighbours: &[Vec<Neighbour>], placed: &[Placed]) -> f64 {
    let tops = neighbours[node]
        .iter()
        .map(|neighbour| placed[neighbour.node].y + neighbour.drop);
    let sum: f64 = tops.sum();
    match neighbours[node].len() {
        0 => placed[node].y,
        count => sum / count as f64,
    }
}

fn set_left_sides(columns: &[Vec<usize>], sizes: &[Size], placed: &mut [Placed]) {
    let mut left = 0.0;
    for column in columns {
        let mut widest: f64 = 0.0;
        for &node in column {
            placed[node].x = left;
            widest = widest.max(sizes[node].width);
        }
        left += widest + COLUMN_GAP;
    }
}

fn start_at_zero(columns: &[Vec<usize>], placed: &mut [Placed]) {
    let tops = columns.iter().flatten().map(|node| placed[*node].y);
    let highest = tops.fold(f64::INFINITY, f64::min);
    for &node in columns.iter().flatten() {
        placed[node].y -= highest;
    }
}
