//! What a reader of the picture relies on, for graphs of any form.

use super::{Edge, End, Placed, Size};
use proptest::prelude::*;

fn boxes(count: usize) -> Vec<Size> {
    let size = |at: usize| Size {
        width: 140.0 + f64::from(u8::try_from(at % 5).unwrap()) * 100.0,
        height: 50.0 + f64::from(u8::try_from(at % 7).unwrap()) * 60.0,
    };
    (0..count).map(size).collect()
}

/// All edges meet their boxes at the same depth.
fn lay_out(sizes: &[Size], edges: &[(usize, usize)]) -> Vec<Placed> {
    let end = |node| End { node, depth: 10.0 };
    let edge = |&(from, to): &(usize, usize)| Edge {
        from: end(from),
        to: end(to),
    };
    super::lay_out(sizes, &edges.iter().map(edge).collect::<Vec<_>>())
}

/// Whether any two boxes come closer than a title.
fn overlap(sizes: &[Size], placed: &[Placed]) -> bool {
    let meet = |one: usize, other: usize| {
        let (a, b) = (placed[one], placed[other]);
        a.x < b.x + sizes[other].width
            && b.x < a.x + sizes[one].width
            && a.y - 30.0 < b.y + sizes[other].height
            && b.y - 30.0 < a.y + sizes[one].height
    };
    (0..placed.len()).any(|one| (0..one).any(|other| meet(one, other)))
}

/// Edges from lower to higher numbers.
fn any_flow() -> impl Strategy<Value = (usize, Vec<(usize, usize)>)> {
    (1..40_usize).prop_flat_map(|count| {
        let edge = (0..count, 0..count).prop_filter_map("a loop", |(one, other)| {
            (one != other).then(|| (one.min(other), one.max(other)))
        });
        let edges = if count == 1 {
            Just(Vec::new()).boxed()
        } else {
            proptest::collection::vec(edge, 0..80).boxed()
        };
        (Just(count), edges)
    })
}

proptest! {
    #[test]
    fn values_flow_to_the_right_and_nothing_overlaps((count, edges) in any_flow()) {
        let sizes = boxes(count);
        let placed = lay_out(&sizes, &edges);
        for (from, to) in &edges {
            prop_assert!(placed[*from].x + sizes[*from].width < placed[*to].x);
            prop_assert!(placed[*from].order < placed[*to].order);
        }
        prop_assert!(!overlap(&sizes, &placed));
        prop_assert_eq!(placed, lay_out(&sizes, &edges));
    }

    #[test]
    fn cycles_are_survived(edges in proptest::collection::vec((0..12_usize, 0..12_usize), 0..40)) {
        let sizes = boxes(12);
        prop_assert!(!overlap(&sizes, &lay_out(&sizes, &edges)));
    }
}

#[test]
fn links_that_need_not_cross_do_not() {
    // Two ways from one source, whose middle boxes are given in the wrong order.
    let edges = [
        (0, 1),
        (0, 2),
        (2, 3),
        (1, 4),
        (3, 5),
        (4, 6),
        (6, 7),
        (5, 8),
    ];
    let placed = lay_out(&boxes(9), &edges);
    let above = |one: usize, other: usize| placed[one].y < placed[other].y;
    assert!(
        [above(2, 1), above(3, 4), above(5, 6), above(8, 7)]
            .windows(2)
            .all(|pair| pair[0] == pair[1])
    );
}

#[test]
fn a_chain_is_level() {
    let edges: Vec<(usize, usize)> = (1..6).map(|at| (at - 1, at)).collect();
    let placed = lay_out(&boxes(6), &edges);
    assert!(placed.iter().all(|node| node.y.abs() < 1.0));
}

#[test]
fn a_source_stands_beside_what_it_feeds() {
    let sizes = vec![
        Size {
            width: 200.0,
            height: 100.0
        };
        5
    ];
    let placed = lay_out(&sizes, &[(0, 1), (1, 2), (2, 3), (4, 3)]);
    assert!((placed[4].x - placed[2].x).abs() < 1.0);
}

#[test]
fn graphs_of_any_size_are_laid_out() {
    let count = 20_000;
    let chain: Vec<(usize, usize)> = (1..count).map(|at| (at - 1, at)).collect();
    let fan: Vec<(usize, usize)> = (1..count).map(|at| (0, at)).collect();
    for edges in [chain, fan, Vec::new()] {
        assert_eq!(lay_out(&boxes(count), &edges).len(), count);
    }
}
