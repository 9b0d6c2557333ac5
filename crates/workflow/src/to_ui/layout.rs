//! Places boxes that are joined by links from left to right, so that a person can read them.
//!
//! Called by `write`; knows boxes and edges only. Each box stands right of all that feed it, in the
//! column that its longest way from a source says. The order in the columns keeps crossings few,
//! and the heights keep links level. Parts that no link joins are placed beside each other.
//!
//! Never random, never recursive, and in time linear in boxes and edges but for sorting.

mod arrange;
mod columns;
mod flow;
mod level;
mod shelves;
#[cfg(test)]
mod tests;

use flow::Flow;

/// Width and height of a box in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A link between two boxes, given by their places in the list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    /// The box that feeds.
    pub(super) from: End,
    /// The box that is fed.
    pub(super) to: End,
}

/// One end of an edge.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    /// The box.
    pub(super) node: usize,
    /// How far below the upper side of the box the edge meets it.
    pub(super) depth: f64,
}

/// Where a box stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    /// Left side in pixels.
    pub(super) x: f64,
    /// Upper side in pixels, below the title.
    pub(super) y: f64,
    /// Its place in an order in which every box comes after those that feed it.
    pub(super) order: usize,
}

/// Between columns, for the links to be seen.
const COLUMN_GAP: f64 = 90.0;
/// Between boxes of a column, and the title of the lower one.
const ROW_GAP: f64 = 70.0;
/// Between parts that no link joins.
const PART_GAP: f64 = 140.0;

/// Places all boxes. Cycles are survived.
pub(super) fn lay_out(sizes: &[Size], edges: &[Edge]) -> Vec<Placed> {
    let flow = Flow::new(sizes.len(), edges);
    let columns = columns::assign(&flow);
    let mut placed = vec![
        Placed {
            x: 0.0,
            y: 0.0,
            order: 0
        };
        sizes.len()
    ];
    let mut extents = Vec::new();
    let parts = flow.parts();
    for part in &parts {
        let columns = columns::of_part(part, &columns);
        arrange::place(&columns, &flow, sizes, &mut placed);
        extents.push(extent(part, sizes, &placed));
    }
    for (part, (left, top)) in parts.iter().zip(shelves::pack(&extents)) {
        for &at in part {
            placed[at].x = rounded(placed[at].x + left);
            placed[at].y = rounded(placed[at].y + top);
        }
    }
    for (order, &at) in flow.order.iter().enumerate() {
        placed[at].order = order;
    }
    placed
}

/// The room that a part takes, which starts at 0.
fn extent(part: &[usize], sizes: &[Size], placed: &[Placed]) -> Size {
    let right = |&at: &usize| placed[at].x + sizes[at].width;
    let bottom = |&at: &usize| placed[at].y + sizes[at].height;
    Size {
        width: part.iter().map(right).fold(0.0, f64::max),
        height: part.iter().map(bottom).fold(0.0, f64::max),
    }
}

/// On the editor's grid. The gaps are wider than what this moves.
fn rounded(pixels: f64) -> f64 {
    const GRID: f64 = 10.0;
    (pixels / GRID).round() * GRID
}
