//! Ids of nodes in the workflow: those of the prompt where they are whole numbers, else new ones.

use super::warning::{Code, Warning};
use crate::node::NodeId;
use crate::prompt::Prompt;
use crate::ui::Key;
use indexmap::IndexMap;

/// The highest id that is kept. Browsers count to 2^53, so there is room for new ids above.
const HIGHEST: i64 = 1 << 52;

/// Gives each node its id, in the order of the prompt.
pub(super) fn assign(prompt: &Prompt, warnings: &mut Vec<Warning>) -> IndexMap<NodeId, i64> {
    let mut last = prompt.nodes().filter_map(|(id, _)| kept(id)).max();
    let assigned = prompt.nodes().map(|(id, _)| {
        let number = kept(id).unwrap_or_else(|| {
            let next = last.map_or(1, |last| last + 1);
            last = Some(next);
            let message =
                format!("the editor's ids are whole numbers, so it is node {next} in the workflow");
            warnings.push(Warning::of_node(Code::NodeRenumbered, id, message));
            next
        });
        (id.clone(), number)
    });
    assigned.collect()
}

/// The number that an id is. Negative ones stand for the boundary of a subgraph and the like.
fn kept(id: &NodeId) -> Option<i64> {
    match Key::from_text(id.as_str()) {
        Key::Number(number) => Some(number).filter(|number| (0..=HIGHEST).contains(number)),
        Key::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn whole_numbers_are_kept_and_all_else_is_numbered_behind_them() {
        let node = json!({"class_type": "A", "inputs": {}});
        let ids = ["57:8", "3", "007", "-1", "0", "4503599627370497", "x"];
        let nodes: Value = ids.iter().map(|id| (*id, node.clone())).collect();
        let mut warnings = Vec::new();
        let assigned = assign(&Prompt::from_value(nodes).unwrap(), &mut warnings);
        let numbers: Vec<i64> = assigned.values().copied().collect();
        assert_eq!(numbers, [4, 3, 5, 6, 0, 7, 8]);
        let named: Vec<_> = warnings
            .iter()
            .filter_map(|warning| warning.node.as_ref())
            .collect();
        assert_eq!(
            named,
            ["57:8", "007", "-1", "4503599627370497", "x"]
                .map(NodeId::from)
                .iter()
                .collect::<Vec<_>>()
        );
    }
}
