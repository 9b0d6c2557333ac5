//! One job, from its first message to its entry in the history.
//!
//! Called by the worker. The order of messages, what is cached and how failures are told are those
//! of ComfyUI 0.28.1.

mod cache;
mod events;
mod plan;
mod progress;
mod signature;

pub(crate) use events::Events;
pub(crate) use progress::Progress;

use crate::data::Data;
use crate::fault::FaultKind;
use crate::history::Finished;
use crate::job::Job;
use crate::nodes::{self, Context, Failure, Inputs, Produced};
use crate::save_path::Counters;
use crate::server::Server;
use cache::Cache;
use indexmap::IndexSet;
use plan::{Graph, Plan};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// How the execution of a job ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// With success, an error or an interruption: it goes to the history.
    Finished(Finished),
    /// With an exception that a real server's worker thread does not survive.
    ThreadDied,
    /// With the server.
    Killed,
}

/// What lasts from one job to the next.
#[derive(Debug, Default)]
pub(crate) struct Executor {
    cache: Cache,
    counters: Counters,
}

/// Why a job ends early.
enum Stop {
    /// A message says it; the status is an error.
    Failed,
    /// A cycle that shows at run time: a message says it, but the status is success.
    FailedUnnoticed,
    ThreadDied,
    Killed,
}

impl Executor {
    /// Drops all results of earlier jobs.
    pub(crate) fn forget(&mut self) {
        self.cache.clear();
    }

    pub(crate) fn execute(&mut self, server: &Server, job: &Arc<Job>) -> Outcome {
        let events = Events::new(server, job);
        server.show(|showing| {
            showing.client = events.client().map(str::to_owned);
            showing.node = None;
        });
        let mut run = Run {
            executor: self,
            server,
            job,
            prompt: job.prompt.clone(),
            signatures: HashMap::new(),
            progress: Progress::new(&job.id),
            executed: IndexSet::new(),
            outputs: Map::new(),
            meta: Map::new(),
            events,
        };
        let stop = run.execute();
        let success = !matches!(stop, Err(Stop::Failed));
        match stop {
            Err(Stop::ThreadDied) => Outcome::ThreadDied,
            Err(Stop::Killed) => Outcome::Killed,
            _ => Outcome::Finished(Finished {
                job: Arc::clone(job),
                outputs: run.outputs,
                success,
                messages: run.events.into_messages(),
                meta: run.meta,
            }),
        }
    }
}

struct Run<'run> {
    executor: &'run mut Executor,
    server: &'run Server,
    job: &'run Job,
    /// As nodes see it: with `is_changed` where a class looks for changes.
    prompt: Value,
    signatures: HashMap<String, u64>,
    progress: Progress,
    /// Nodes that ran, in order.
    executed: IndexSet<String>,
    outputs: Map<String, Value>,
    meta: Map<String, Value>,
    events: Events<'run>,
}

impl Run<'_> {
    fn execute(&mut self) -> Result<(), Stop> {
        self.events.message("execution_start", json!({}));
        let signatures = signature::all(&mut self.prompt, &self.server.classes);
        self.signatures = signatures.map_err(|_| Stop::ThreadDied)?;
        let ids = self.signatures_in_order();
        let cached: Vec<&String> = ids.iter().filter(|id| self.is_cached(id)).collect();
        let cached = json!({"nodes": cached});
        self.events.message("execution_cached", cached);
        let mut plan = Plan::default();
        for output in &self.job.outputs {
            plan.add(output, self).map_err(|_| Stop::ThreadDied)?;
        }
        loop {
            match plan.next(self) {
                Ok(None) => break,
                Ok(Some(id)) => {
                    self.run_node(&id)?;
                    plan.complete(&id);
                }
                Err(cycle) => {
                    self.report_cycle(&cycle.first);
                    return Err(Stop::FailedUnnoticed);
                }
            }
        }
        self.events.message("execution_success", json!({}));
        Ok(())
    }

    fn signatures_in_order(&self) -> Vec<String> {
        let nodes = self.prompt.as_object();
        nodes.into_iter().flat_map(Map::keys).cloned().collect()
    }

    fn class(&self, id: &str) -> &str {
        self.prompt[id]["class_type"].as_str().unwrap_or_default()
    }

    fn run_node(&mut self, id: &str) -> Result<(), Stop> {
        let signature = self.signatures.get(id).copied().unwrap_or_default();
        if let Some(known) = self.executor.cache.get(signature) {
            let ui = known.ui.clone();
            if let Some(ui) = ui {
                self.show_output(id, &ui);
            }
            self.progress.finish(id);
            self.events.progress_state(&self.progress);
            return Ok(());
        }
        self.server
            .show(|showing| showing.node = Some(id.to_owned()));
        self.progress.start(id);
        self.events.progress_state(&self.progress);
        self.events.executing(id);
        let shown_inputs = match self.inputs(id) {
            Ok(inputs) => match self.produce(id, inputs.clone()) {
                Ok(produced) => {
                    self.keep(id, signature, produced);
                    return Ok(());
                }
                Err(failure) => (self.shown(id, &inputs), failure),
            },
            Err(failure) => (Value::Object(Map::new()), failure),
        };
        let (inputs, failure) = shown_inputs;
        Err(self.report_failure(id, inputs, failure))
    }

    /// Runs the node itself, or lets a fault run.
    fn produce(&mut self, id: &str, inputs: Inputs) -> Result<Produced, Failure> {
        let class = self.class(id).to_owned();
        if self.server.queue.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        let killed = self.server.faults.strike(|kind| match kind {
            FaultKind::KillAt(name) if *name == class => Some(()),
            _ => None,
        });
        if killed.is_some() {
            self.server.die(None);
            return Err(Failure::Killed);
        }
        let mut context = Context {
            server: self.server,
            job: self.job,
            prompt: &self.prompt,
            node: id,
            class: &class,
            inputs,
            counters: &self.executor.counters,
            progress: &mut self.progress,
            events: &self.events,
        };
        nodes::run(&mut context)
    }

    fn inputs(&self, id: &str) -> Result<Inputs, Failure> {
        let definition = self.server.classes.parsed(self.class(id));
        let sent = self.prompt[id]["inputs"].as_object();
        let mut inputs = Inputs::default();
        for (name, value) in sent.into_iter().flatten() {
            let known = definition.as_ref().is_some_and(|definition| {
                definition.input.get(name).is_some() || name.contains('.')
            });
            match signature::link(value) {
                Some((source, slot)) => {
                    let data = self.linked(&source, slot)?;
                    inputs.insert(name, data);
                }
                None if known => inputs.insert(name, Data::Literal(value.clone())),
                None => {}
            }
        }
        Ok(inputs)
    }

    /// The inputs as an error shows them, with those that the server fills in.
    fn shown(&self, id: &str, inputs: &Inputs) -> Value {
        let mut shown = inputs.shown();
        let definition = self.server.classes.parsed(self.class(id));
        let hidden = definition.map(|definition| definition.input.hidden.clone());
        for (name, kind) in hidden.iter().filter_map(Value::as_object).flatten() {
            let value = match kind.as_str().or_else(|| kind.get(0)?.as_str()) {
                Some("PROMPT") => Data::Literal(self.prompt.clone()),
                Some("UNIQUE_ID") => Data::Literal(id.into()),
                Some("EXTRA_PNGINFO") => {
                    let info = self.job.extra_data.get("extra_pnginfo");
                    Data::Literal(info.cloned().unwrap_or_default())
                }
                _ => continue,
            };
            shown.insert(name.clone(), json!([value.shown()]));
        }
        Value::Object(shown)
    }

    fn linked(&self, source: &str, slot: i64) -> Result<Data, Failure> {
        let signature = self.signatures.get(source).copied().unwrap_or_default();
        let outputs = self
            .executor
            .cache
            .get(signature)
            .map(|known| &known.outputs);
        let outputs = outputs.ok_or_else(|| Failure::raised("KeyError", source))?;
        let count = i64::try_from(outputs.len()).unwrap_or(i64::MAX);
        let index = if slot < 0 { slot + count } else { slot };
        usize::try_from(index)
            .ok()
            .and_then(|index| outputs.get(index).cloned())
            .ok_or_else(|| Failure::raised("IndexError", "list index out of range"))
    }

    fn keep(&mut self, id: &str, signature: u64, produced: Produced) {
        if self.executed.is_empty() {
            // From its first result on, a job keeps no results but those that it can use.
            let mine: std::collections::HashSet<u64> = self.signatures.values().copied().collect();
            self.executor.cache.retain(&mine);
        }
        if let Some(ui) = &produced.ui {
            self.show_output(id, ui);
        }
        self.executed.insert(id.to_owned());
        self.executor.cache.insert(signature, produced);
        self.progress.finish(id);
        self.events.progress_state(&self.progress);
    }

    fn show_output(&mut self, id: &str, ui: &Value) {
        self.events.executed(id, ui);
        self.outputs.insert(id.to_owned(), ui.clone());
        let meta = json!({
            "node_id": id,
            "display_node": id,
            "parent_node": null,
            "real_node_id": id,
        });
        self.meta.insert(id.to_owned(), meta);
    }

    fn report_failure(&mut self, id: &str, inputs: Value, failure: Failure) -> Stop {
        if matches!(failure, Failure::Killed) || self.server.end.is_cancelled() {
            return Stop::Killed;
        }
        let class = self.class(id).to_owned();
        match failure {
            Failure::Killed => return Stop::Killed,
            Failure::Interrupted => self.events.interrupted(json!({
                "node_id": id,
                "node_type": class,
                "executed": self.executed,
            })),
            Failure::Raised { kind, message } => {
                let error = self.error(id, &class, &format!("{message}\n"), &kind, inputs);
                self.events.message("execution_error", error);
            }
        }
        Stop::Failed
    }

    fn report_cycle(&mut self, id: &str) {
        let class = self.class(id).to_owned();
        let (message, kind) = ("Dependency cycle detected", "graph.DependencyCycleError");
        let mut error = self.error(id, &class, message, kind, json!([]));
        error["traceback"] = json!([]);
        self.events.message("execution_error", error);
    }

    fn error(&self, id: &str, class: &str, message: &str, kind: &str, inputs: Value) -> Value {
        json!({
            "node_id": id,
            "node_type": class,
            "executed": self.executed,
            "exception_message": message,
            "exception_type": kind,
            "traceback": ["  File \"simulator\", in execute\n"],
            "current_inputs": inputs,
            "current_outputs": self.signatures_in_order(),
        })
    }
}

impl Graph for Run<'_> {
    fn links(&self, id: &str) -> Option<Vec<String>> {
        let inputs = self.prompt.get(id)?.get("inputs")?.as_object()?;
        Some(
            inputs
                .values()
                .filter_map(|value| Some(signature::link(value)?.0))
                .collect(),
        )
    }

    fn is_cached(&self, id: &str) -> bool {
        let signature = self.signatures.get(id);
        signature.is_some_and(|signature| self.executor.cache.get(*signature).is_some())
    }

    fn is_eager(&self, id: &str) -> bool {
        self.is_output(id) || nodes::is_async(self.class(id))
    }

    fn is_output(&self, id: &str) -> bool {
        let definition = self.server.classes.parsed(self.class(id));
        definition.is_some_and(|definition| definition.output_node)
    }
}
