//! Makes the ids of nodes in subgraphs unique, as the editor does when it loads a file. They show
//! in the prompt.

use super::Graph;
use crate::ui::Key;
use std::collections::HashSet;

/// Gives each inner node whose id is taken the next free one. Outermost ids stay.
///
/// Links go on naming the ids of the file, so the index by id leads from those to the node.
pub(super) fn make_unique(graphs: &mut [Graph<'_>], last_stated: Option<i64>) {
    let Some((outermost, inner)) = graphs.split_first_mut() else {
        return;
    };
    let number = |id: Key<'_>| match id {
        Key::Number(number) => Some(number),
        Key::Text(_) => None,
    };
    let mut used: HashSet<i64> = outermost
        .nodes
        .iter()
        .filter_map(|node| number(node.id))
        .collect();
    let mut last = used.iter().copied().chain(last_stated).max().unwrap_or(0);
    for graph in inner {
        for at in 0..graph.nodes.len() {
            let node = &mut graph.nodes[at];
            let Some(id) = number(node.id) else {
                continue;
            };
            if used.insert(id) {
                last = last.max(id);
                continue;
            }
            last = last.saturating_add(1);
            while !used.insert(last) && last < i64::MAX {
                last += 1;
            }
            let original = node.id;
            node.id = Key::Number(last);
            // Of nodes with the same id in one subgraph, the last one gets the links.
            node.duplicate = false;
            if let Ok(at) = u32::try_from(at) {
                graph.by_id.insert(original, at);
            }
        }
    }
}
