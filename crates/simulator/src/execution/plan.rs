//! Which node runs next: the order of ComfyUI, worked out on names alone.
//!
//! Used by the executor; pure. Nodes are added from the outputs upstream, the last input first; a
//! node is ready when nothing that it waits for is left. Among the ready ones, outputs come first,
//! then nodes that lead to an output in one or two links.

use indexmap::{IndexMap, IndexSet};

/// What the plan needs to know of the prompt.
pub(crate) trait Graph {
    /// Nodes that this one's inputs link to, in the order of the inputs; `None` when there is no
    /// such node.
    fn links(&self, id: &str) -> Option<Vec<String>>;
    /// Whether its results are known already.
    fn is_cached(&self, id: &str) -> bool;
    /// Whether it should run as soon as it can: outputs and nodes that only wait.
    fn is_eager(&self, id: &str) -> bool;
    /// Whether its class is an output.
    fn is_output(&self, id: &str) -> bool;
}

/// A link leads to a node that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeNotFound;

/// No node is ready, though some are left; `first` is blamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cycle {
    pub(crate) first: String,
}

/// Nodes that are still to run.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// How many nodes each node waits for, in the order in which the nodes were added.
    pending: IndexMap<String, usize>,
    /// Nodes that wait for each node.
    blocking: IndexMap<String, IndexSet<String>>,
}

impl Plan {
    /// Adds an output and everything upstream of it that has to run.
    pub(crate) fn add(&mut self, output: &str, graph: &impl Graph) -> Result<(), NodeNotFound> {
        let mut to_visit = vec![output.to_owned()];
        let mut links = Vec::new();
        while let Some(id) = to_visit.pop() {
            if self.pending.contains_key(&id) {
                continue;
            }
            let sources = graph.links(&id).ok_or(NodeNotFound)?;
            self.pending.insert(id.clone(), 0);
            for source in sources {
                if !graph.is_cached(&source) {
                    to_visit.push(source.clone());
                    links.push((source, id.clone()));
                }
            }
        }
        for (source, target) in links {
            let blocked = self.blocking.entry(source).or_default();
            if blocked.insert(target.clone())
                && let Some(count) = self.pending.get_mut(&target)
            {
                *count += 1;
            }
        }
        Ok(())
    }

    /// The node to run next; `None` when all have run.
    pub(crate) fn next(&self, graph: &impl Graph) -> Result<Option<String>, Cycle> {
        let Some((first_left, _)) = self.pending.first() else {
            return Ok(None);
        };
        let ready: Vec<&str> = self
            .pending
            .iter()
            .filter(|(_, waits_for)| **waits_for == 0)
            .map(|(id, _)| id.as_str())
            .collect();
        let Some(first) = ready.first() else {
            return Err(Cycle {
                first: first_left.clone(),
            });
        };
        let leads_to_output = |id: &&&str| self.blocked(id).any(|next| graph.is_output(next));
        let leads_there_in_two = |id: &&&str| {
            self.blocked(id)
                .any(|next| self.blocked(next).any(|last| graph.is_output(last)))
        };
        let chosen = ready
            .iter()
            .find(|id| graph.is_eager(id))
            .or_else(|| ready.iter().find(leads_to_output))
            .or_else(|| ready.iter().find(leads_there_in_two))
            .unwrap_or(first);
        Ok(Some((*chosen).to_owned()))
    }

    /// Takes a node out that has run.
    pub(crate) fn complete(&mut self, id: &str) {
        self.pending.shift_remove(id);
        for blocked in self.blocking.shift_remove(id).into_iter().flatten() {
            if let Some(count) = self.pending.get_mut(&blocked) {
                *count -= 1;
            }
        }
    }

    fn blocked(&self, id: &str) -> impl Iterator<Item = &str> {
        self.blocking
            .get(id)
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Story(&'static [(&'static str, &'static [&'static str])]);

    impl Graph for Story {
        fn links(&self, id: &str) -> Option<Vec<String>> {
            let (_, links) = self.0.iter().find(|(node, _)| *node == id)?;
            Some(links.iter().map(|&link| link.to_owned()).collect())
        }
        fn is_cached(&self, _id: &str) -> bool {
            false
        }
        fn is_eager(&self, id: &str) -> bool {
            self.is_output(id)
        }
        fn is_output(&self, id: &str) -> bool {
            id.starts_with("out")
        }
    }

    fn order(graph: &Story, outputs: &[&str]) -> Vec<String> {
        let mut plan = Plan::default();
        for output in outputs {
            plan.add(output, graph).unwrap();
        }
        let mut order = Vec::new();
        while let Some(id) = plan.next(graph).unwrap() {
            plan.complete(&id);
            order.push(id);
        }
        order
    }

    #[test]
    fn a_sampler_runs_in_the_recorded_order() {
        let graph = Story(&[
            ("4", &[]),
            ("5", &[]),
            ("6", &["4"]),
            ("7", &["4"]),
            ("3", &["4", "6", "7", "5"]),
            ("8", &["3", "4"]),
            ("out", &["8"]),
        ]);
        assert_eq!(
            order(&graph, &["out"]),
            ["4", "5", "7", "6", "3", "8", "out"]
        );
    }

    #[test]
    fn an_output_runs_before_other_ready_nodes() {
        let graph = Story(&[
            ("1", &[]),
            ("2", &["1"]),
            ("out3", &["2"]),
            ("out4", &["1"]),
        ]);
        assert_eq!(order(&graph, &["out3", "out4"]), ["1", "out4", "2", "out3"]);
    }

    #[test]
    fn a_cycle_blames_its_first_node_and_a_dangling_link_is_noticed() {
        let graph = Story(&[("1", &["out"]), ("out", &["1"]), ("lost", &["404"])]);
        let mut plan = Plan::default();
        plan.add("out", &graph).unwrap();
        assert_eq!(plan.next(&graph).unwrap_err().first, "out");
        assert_eq!(plan.add("lost", &graph), Err(NodeNotFound));
    }
}
