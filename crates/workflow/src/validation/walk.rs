//! The walk over a prompt from its outputs: each node is judged once, after the nodes it links to.
//!
//! Called by [`super::validate_prompt`]. The server recurses along links; a path of our own stands
//! for its stack, because a row of nodes may be longer than ours is deep.

use super::links::{self, fits, linked_node, slot_type};
use super::report::Raised;
use super::signature::{Declared, declared_inputs};
use super::{Classes, KnownClasses, Reason, class_of, literal, reason};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::mem;
use std::vec;

/// Nodes in a row that a server can follow: each takes a level of Python's recursion, of which there
/// are 1,000 (0.28.1).
const MOST_LEVELS: usize = 982;

pub(super) struct Walk<'v> {
    nodes: &'v mut Map<String, Value>,
    known: &'v KnownClasses,
    classes: &'v dyn Classes,
    /// Verdict per node: `None` for good, else its own faults (none of its own when only a node
    /// upstream is bad).
    verdicts: IndexMap<String, Option<Vec<Reason>>>,
    /// The nodes from the output down to the one that is looked at.
    visiting: Vec<String>,
}

/// A node whose inputs are being looked at.
struct Visit<'v> {
    class: String,
    /// Taken out of the prompt meanwhile: who comes back to the node over links has found a cycle.
    inputs: Map<String, Value>,
    ahead: vec::IntoIter<Declared<'v>>,
    /// The linked input that waits for the verdict on its source.
    waiting: Option<Declared<'v>>,
    faults: Vec<Reason>,
    upstream_is_good: bool,
}

impl<'v> Walk<'v> {
    pub(super) fn new(
        nodes: &'v mut Map<String, Value>,
        known: &'v KnownClasses,
        classes: &'v dyn Classes,
    ) -> Self {
        Self {
            nodes,
            known,
            classes,
            verdicts: IndexMap::new(),
            visiting: Vec::new(),
        }
    }

    /// The faults of an output node itself, or `None` when it may run.
    pub(super) fn validate_output(&mut self, id: &str) -> Option<Vec<Reason>> {
        match self.validate(id) {
            Ok(()) => self.verdicts.get(id).cloned().flatten(),
            Err(raised) => {
                let faults = vec![raised.on_output()];
                self.verdicts.insert(id.to_owned(), Some(faults.clone()));
                Some(faults)
            }
        }
    }

    /// The number of nodes whose verdict is known by now.
    pub(super) fn judged(&self) -> usize {
        self.verdicts.len()
    }

    /// All faults by node. Each output that failed comes with the number of nodes that had been judged
    /// by then: the server holds it to depend on every node that was found faulty before.
    pub(super) fn faults(&self, failed: &[(String, usize)]) -> Map<String, Value> {
        let mut by_node = Map::new();
        let mut begin = 0;
        for (at, (_, end)) in failed.iter().enumerate() {
            let outputs: Vec<&str> = failed[at..].iter().map(|(id, _)| id.as_str()).collect();
            for (id, verdict) in self.verdicts.iter().take(*end).skip(begin) {
                if let Some(faults) = verdict.as_ref().filter(|faults| !faults.is_empty()) {
                    let class = self.nodes.get(id).and_then(class_of);
                    let entry = json!({"errors": faults, "dependent_outputs": outputs, "class_type": class});
                    by_node.insert(id.clone(), entry);
                }
            }
            begin = *end;
        }
        by_node
    }

    /// Finds the verdict on a node, and before it those on the nodes that feed it.
    fn validate(&mut self, id: &str) -> Result<(), Raised> {
        let mut path = Vec::new();
        let mut entered = self.enter(id);
        loop {
            let answer = match entered {
                Ok(Some(visit)) => {
                    path.push(visit);
                    None
                }
                Ok(None) => Some(Ok(())),
                Err(raised) => Some(Err(raised)),
            };
            let Some(mut visit) = path.pop() else {
                return answer.unwrap_or(Ok(()));
            };
            if let Some(answer) = answer {
                self.take_answer(&mut visit, answer);
            }
            entered = match self.advance(&mut visit) {
                Ok(Some(source)) => {
                    path.push(visit);
                    self.enter(&source)
                }
                end => self.leave(visit, end.map(drop)).map(|()| None),
            };
        }
    }

    /// Begins to look at a node; `None` where its verdict is known, which it is for a cycle.
    fn enter(&mut self, id: &str) -> Result<Option<Visit<'v>>, Raised> {
        if self.verdicts.contains_key(id) {
            return Ok(None);
        }
        if let Some(start) = self.visiting.iter().position(|visited| visited == id) {
            self.report_cycle(start);
            return Ok(None);
        }
        if self.visiting.len() == MOST_LEVELS {
            return Err(Raised::too_deep());
        }
        let node = &mut self.nodes[id];
        let class = class_of(node).unwrap_or_default().to_owned();
        let definition = self.known.get(&class);
        let definition = definition.ok_or_else(|| Raised::key(&class.as_str().into()))?;
        let inputs = match node.get_mut("inputs") {
            Some(Value::Object(inputs)) => mem::take(inputs),
            _ => return Err(Raised::key(&"inputs".into())),
        };
        self.visiting.push(id.to_owned());
        Ok(Some(Visit {
            ahead: declared_inputs(definition, &inputs).into_iter(),
            class,
            inputs,
            waiting: None,
            faults: Vec::new(),
            upstream_is_good: true,
        }))
    }

    /// Looks at inputs up to the first whose source has to be judged before; gives that source.
    fn advance(&self, visit: &mut Visit<'v>) -> Result<Option<String>, Raised> {
        for declared in visit.ahead.by_ref() {
            match visit.inputs.get_mut(&*declared.name) {
                None if declared.required => visit.faults.push(missing(&declared.name)),
                None => {}
                Some(Value::Array(link)) => match self.source(&declared, link)? {
                    Ok(source) => {
                        let source = source.to_owned();
                        visit.waiting = Some(declared);
                        return Ok(Some(source));
                    }
                    Err(fault) => visit.faults.push(fault),
                },
                Some(value) => {
                    let fault = literal::judge(&visit.class, &declared, value, self.classes);
                    visit.faults.extend(fault);
                }
            }
        }
        Ok(None)
    }

    /// The node that a link comes from, or what is wrong with the link itself.
    fn source<'l>(
        &'l self,
        declared: &Declared<'_>,
        link: &[Value],
    ) -> Result<Result<&'l str, Reason>, Raised> {
        let [source, slot] = link else {
            return Ok(Err(links::malformed(declared, link)));
        };
        let (source, node) = linked_node(self.nodes, source)?;
        let definition = class_of(node)
            .and_then(|class| self.known.get(class))
            .ok_or_else(|| Raised::key(&"class_type".into()))?;
        let received = slot_type(definition, slot)?;
        if !fits(received, &declared.spec) {
            return Ok(Err(links::mismatch(declared, received, link)));
        }
        Ok(Ok(source))
    }

    /// Goes on where a visit waits for the verdict on the source of a link.
    fn take_answer(&mut self, visit: &mut Visit<'v>, answer: Result<(), Raised>) {
        let Some(declared) = visit.waiting.take() else {
            return;
        };
        let link = &visit.inputs[&*declared.name];
        let source = link[0].as_str().unwrap_or_default();
        if let Err(raised) = answer {
            let fault = raised.on_linked_node(&declared.name, &declared.config(), link);
            self.verdicts.insert(source.to_owned(), Some(vec![fault]));
        }
        visit.upstream_is_good &= matches!(self.verdicts.get(source), Some(None));
    }

    /// Puts the inputs back and files the verdict.
    fn leave(&mut self, visit: Visit<'v>, end: Result<(), Raised>) -> Result<(), Raised> {
        let id = self.visiting.pop().unwrap_or_default();
        self.nodes[&id]["inputs"] = Value::Object(visit.inputs);
        end?;
        let good = visit.faults.is_empty() && visit.upstream_is_good;
        // A cycle that was found on the way has already been filed under this node.
        self.verdicts
            .entry(id)
            .or_insert((!good).then_some(visit.faults));
        Ok(())
    }

    fn report_cycle(&mut self, start: usize) {
        let cycle = self.visiting[start..].to_vec();
        let named = |id: &String| {
            let class = self.nodes.get(id).and_then(class_of).unwrap_or_default();
            format!("{id} ({class})")
        };
        let path: Vec<String> = cycle.iter().chain(cycle.first()).map(named).collect();
        for id in &cycle {
            let fault = reason(
                "dependency_cycle",
                "Dependency cycle detected",
                &path.join(" -> "),
                json!({"node_id": id, "cycle_nodes": cycle}),
            );
            self.verdicts.insert(id.clone(), Some(vec![fault]));
        }
    }
}

fn missing(name: &str) -> Reason {
    let short = name.rsplit('.').next().unwrap_or(name);
    reason(
        "required_input_missing",
        "Required input is missing",
        short,
        json!({"input_name": name}),
    )
}
