//! How far a running prompt is: node n of m, its class, its step, speed and time left.
//!
//! A pure fold of socket events, fed by [`crate::follow`]; counts never go down.

use comfyctl_client::socket::{Event, NodeState, ProgressState};
use comfyctl_workflow::{NodeId, Prompt};
use indexmap::{IndexMap, IndexSet};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A moment in the life of a running prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Nodes done, of those that have to run.
    pub nodes_done: usize,
    /// Nodes that have to run: all but those whose results were still there.
    pub nodes_total: usize,
    /// Node at work.
    pub node: Option<NodeId>,
    /// Class of that node.
    pub class: Option<String>,
    /// Steps within that node, for nodes that report them.
    pub steps: Option<Steps>,
    /// How much is done, from 0 to 1: never goes down within an attempt, and is 1 only when the job
    /// has ended well.
    #[serde(default)]
    pub fraction: f64,
}

/// What is said of a job that has not ended stays below this.
const ALMOST: f64 = 0.99;

/// How long a node took, or that its result was still there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeTime {
    /// The node.
    pub node: NodeId,
    /// Its class.
    pub class: String,
    /// Seconds that it worked, as far as was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Whether its result was still there from an earlier job.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cached: bool,
}

/// Steps within a node, such as those of a sampler.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// Steps done.
    pub done: f64,
    /// Steps in all.
    pub total: f64,
    /// Speed since the node's first step was seen; `None` until there are two.
    pub per_second: Option<f64>,
    /// Seconds until the node is done, at that speed.
    pub seconds_left: Option<f64>,
}

/// Follows the events of one prompt.
#[derive(Debug)]
pub(crate) struct ProgressTracker {
    /// Class of each node of the prompt.
    classes: IndexMap<NodeId, String>,
    cached: IndexSet<NodeId>,
    done: IndexSet<NodeId>,
    current: Option<Current>,
    started: IndexMap<NodeId, Duration>,
    seconds: IndexMap<NodeId, f64>,
    fraction: f64,
}

#[derive(Debug)]
struct Current {
    node: NodeId,
    /// First step seen: when, and how many were done by then.
    first: Option<(Duration, f64)>,
    steps: Option<Steps>,
}

impl ProgressTracker {
    pub(crate) fn new(prompt: &Prompt) -> Self {
        let classes = prompt
            .nodes()
            .map(|(id, node)| (id.clone(), node.class_type().to_owned()));
        Self {
            classes: classes.collect(),
            cached: IndexSet::new(),
            done: IndexSet::new(),
            current: None,
            started: IndexMap::new(),
            seconds: IndexMap::new(),
            fraction: 0.0,
        }
    }

    /// Goes on where somebody else stopped: what they showed is not taken back.
    pub(crate) fn go_on_from(mut self, progress: &Progress) -> Self {
        self.fraction = progress.fraction.clamp(0.0, ALMOST);
        self
    }

    /// How long each node took, in the order in which they were first seen.
    pub(crate) fn node_times(&self) -> Vec<NodeTime> {
        let class = |node: &NodeId| self.classes.get(node).cloned().unwrap_or_default();
        let cached = self.cached.iter().map(|node| NodeTime {
            node: node.clone(),
            class: class(node),
            seconds: None,
            cached: true,
        });
        let worked = self.started.keys().map(|node| NodeTime {
            node: node.clone(),
            class: class(node),
            seconds: self.seconds.get(node).copied(),
            cached: false,
        });
        cached.chain(worked).collect()
    }

    /// Takes note of an event at a time; says how far the prompt is if that changed anything.
    pub(crate) fn observe(&mut self, event: &Event, now: Duration) -> Option<Progress> {
        match event {
            Event::ExecutionCached(event) => {
                let known = event
                    .nodes
                    .iter()
                    .filter(|node| self.classes.contains_key(*node));
                self.cached.extend(known.cloned().collect::<Vec<_>>());
            }
            Event::Executing(event) => self.enter(event.node.as_ref()?, now),
            Event::ProgressState(state) => self.take_state(state, now),
            Event::Progress(progress) => {
                let node = progress.node.as_ref()?;
                self.step(node, progress.value, progress.max, now);
            }
            _ => return None,
        }
        self.advance();
        Some(self.progress())
    }

    fn take_state(&mut self, state: &ProgressState, now: Duration) {
        let mut running = Vec::new();
        for (id, node) in &state.nodes {
            match node.state {
                NodeState::Finished => self.finish(id, now),
                NodeState::Running => {
                    running.push((node.real_node_id.as_ref().unwrap_or(id), node));
                }
                _ => {}
            }
        }
        // Nodes may overlap: stay with the one that is shown for as long as it runs.
        let shown = self.current.as_ref().map(|current| &current.node);
        if !running.iter().any(|(id, _)| Some(*id) == shown)
            && let Some((id, _)) = running.first()
        {
            self.enter(id, now);
        }
        for (id, node) in running {
            self.step(id, node.value, node.max, now);
        }
    }

    fn enter(&mut self, node: &NodeId, now: Duration) {
        let same = self
            .current
            .as_ref()
            .is_some_and(|current| current.node == *node);
        if !same && self.classes.contains_key(node) && !self.done.contains(node) {
            self.started.entry(node.clone()).or_insert(now);
            self.current = Some(Current {
                node: node.clone(),
                first: None,
                steps: None,
            });
        }
    }

    fn finish(&mut self, node: &NodeId, now: Duration) {
        if !self.classes.contains_key(node) || self.cached.contains(node) {
            return;
        }
        if self.done.insert(node.clone())
            && let Some(started) = self.started.get(node)
        {
            let seconds = now.saturating_sub(*started).as_secs_f64();
            self.seconds.insert(node.clone(), seconds);
        }
    }

    fn step(&mut self, node: &NodeId, done: f64, total: f64, now: Duration) {
        let Some(current) = self
            .current
            .as_mut()
            .filter(|current| current.node == *node)
        else {
            return;
        };
        // A node without steps reports 0 of 1.
        let steps_back = current.steps.is_some_and(|steps| done < steps.done);
        if !(total > 1.0 && done.is_finite() && total.is_finite()) || steps_back {
            return;
        }
        let (since, first) = *current.first.get_or_insert((now, done));
        let seconds = now.saturating_sub(since).as_secs_f64();
        let per_second = (done > first && seconds > 0.0).then(|| (done - first) / seconds);
        let seconds_left = per_second.map(|speed| (total - done).max(0.0) / speed);
        current.steps = Some(Steps {
            done,
            total,
            per_second,
            seconds_left,
        });
    }

    fn advance(&mut self) {
        let total = self.classes.len() - self.cached.len();
        let current = self
            .current
            .as_ref()
            .filter(|at| !self.done.contains(&at.node));
        let steps = current.and_then(|current| current.steps);
        let within = steps.map_or(0.0, |steps| (steps.done / steps.total).clamp(0.0, 1.0));
        #[expect(clippy::cast_precision_loss, reason = "no graph has 2^52 nodes")]
        let fraction = (self.done.len() as f64 + within) / total.max(1) as f64;
        self.fraction = self.fraction.max(fraction.min(ALMOST));
    }

    fn progress(&self) -> Progress {
        let current = self.current.as_ref();
        Progress {
            fraction: self.fraction,
            nodes_done: self.done.len(),
            nodes_total: self.classes.len() - self.cached.len(),
            node: current.map(|current| current.node.clone()),
            class: current.and_then(|current| self.classes.get(&current.node).cloned()),
            steps: current.and_then(|current| current.steps),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn tracker() -> ProgressTracker {
        let prompt = Prompt::from_value(json!({
            "4": {"class_type": "CheckpointLoaderSimple", "inputs": {}},
            "3": {"class_type": "KSampler", "inputs": {"model": ["4", 0]}},
            "9": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}},
        }))
        .unwrap();
        ProgressTracker::new(&prompt)
    }

    fn event(kind: &str, data: Value) -> Event {
        let text = json!({"type": kind, "data": data}).to_string();
        Event::from_text(&text).unwrap()
    }

    fn state(nodes: Value) -> Event {
        event("progress_state", json!({"prompt_id": "p", "nodes": nodes}))
    }

    #[test]
    fn nodes_count_less_those_that_were_cached() {
        let mut tracker = tracker();
        let cached = event(
            "execution_cached",
            json!({"prompt_id": "p", "nodes": ["4"]}),
        );
        assert_eq!(
            tracker
                .observe(&cached, Duration::ZERO)
                .unwrap()
                .nodes_total,
            2
        );
        let running = state(json!({"3": {"value": 0, "max": 1, "state": "running"}}));
        let progress = tracker.observe(&running, Duration::ZERO).unwrap();
        assert_eq!(
            (progress.nodes_done, progress.class.as_deref()),
            (0, Some("KSampler"))
        );
        assert_eq!(progress.steps, None);
    }

    #[test]
    fn speed_and_time_left_come_from_the_steps() {
        let mut tracker = tracker();
        let at = |step: u32| {
            state(json!({
                "4": {"value": 1, "max": 1, "state": "finished"},
                "3": {"value": step, "max": 20, "state": "running"}
            }))
        };
        tracker.observe(&at(0), Duration::from_secs(1));
        let progress = tracker.observe(&at(5), Duration::from_secs(3)).unwrap();
        let steps = progress.steps.unwrap();
        assert_eq!((progress.nodes_done, progress.nodes_total), (1, 3));
        assert_eq!(
            (steps.per_second, steps.seconds_left),
            (Some(2.5), Some(6.0))
        );
        // An older message that comes late changes nothing.
        assert_eq!(
            tracker
                .observe(&at(4), Duration::from_secs(4))
                .unwrap()
                .steps,
            Some(steps)
        );
    }

    #[test]
    fn nodes_inside_an_expanded_node_show_as_the_node_that_people_know() {
        let mut tracker = tracker();
        let inner = state(json!({
            "3.0.0.1": {"value": 2, "max": 4, "state": "running", "real_node_id": "3"},
            "3.0.0.2": {"value": 1, "max": 1, "state": "finished", "real_node_id": "3"}
        }));
        let progress = tracker.observe(&inner, Duration::ZERO).unwrap();
        assert_eq!(
            (progress.nodes_done, progress.node),
            (0, Some(NodeId::from("3")))
        );
        assert_eq!(progress.steps.map(|steps| steps.total), Some(4.0));
    }
}
