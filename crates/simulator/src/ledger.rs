//! What was accepted and executed, over all lives of a simulated server.
//!
//! Written by the queue of each life, read by tests that count executions. It outlives a kill as
//! the world outlives a process; no client can see it, and no part of a server may act on it.

use crate::job::Job;
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A prompt that one life of a server accepted, and what became of it there.
#[derive(Debug, Clone)]
pub struct Execution {
    /// Id of the prompt.
    pub prompt_id: String,
    /// The graph, as it was accepted.
    pub prompt: Value,
    /// Which life of the server it was, from 0.
    pub life: usize,
    /// When it was accepted.
    pub accepted: Instant,
    /// When its execution began.
    pub started: Option<Instant>,
    /// When its execution came to be in the history, and whether as a success.
    pub ended: Option<(Instant, bool)>,
    /// When that life ended, and with it the memory of the prompt.
    pub forgotten: Option<Instant>,
}

/// Notes of all lives. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    notes: Arc<Mutex<Notes>>,
}

#[derive(Debug, Default)]
struct Notes {
    lives: usize,
    executions: Vec<Execution>,
}

impl Ledger {
    /// The page of a life that begins.
    pub(crate) fn begin(&self) -> Page {
        let mut notes = self.lock();
        let life = notes.lives;
        notes.lives += 1;
        Page {
            ledger: self.clone(),
            life,
        }
    }

    /// Everything so far, in the order in which it was accepted.
    pub(crate) fn executions(&self) -> Vec<Execution> {
        self.lock().executions.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where one life writes.
#[derive(Debug)]
pub(crate) struct Page {
    ledger: Ledger,
    life: usize,
}

impl Page {
    pub(crate) fn accepted(&self, job: &Job) {
        self.ledger.lock().executions.push(Execution {
            prompt_id: job.id.clone(),
            prompt: job.prompt.clone(),
            life: self.life,
            accepted: Instant::now(),
            started: None,
            ended: None,
            forgotten: None,
        });
    }

    /// Of a prompt that was accepted twice, the first that was not yet executed is meant.
    pub(crate) fn started(&self, id: &str) {
        self.note(|execution| {
            let next = execution.prompt_id == id && execution.started.is_none();
            if next {
                execution.started = Some(Instant::now());
            }
            next
        });
    }

    pub(crate) fn ended(&self, id: &str, success: bool) {
        self.note(|execution| {
            let runs = execution.started.is_some() && execution.ended.is_none();
            let it = runs && execution.prompt_id == id;
            if it {
                execution.ended = Some((Instant::now(), success));
            }
            it
        });
    }

    /// The life ends.
    pub(crate) fn forget(&self) {
        let now = Instant::now();
        self.note(|execution| {
            execution.forgotten.get_or_insert(now);
            false
        });
    }

    /// Goes through what this life accepted until the function says that it found what it looked
    /// for.
    fn note(&self, mut found: impl FnMut(&mut Execution) -> bool) {
        let mut notes = self.ledger.lock();
        for execution in &mut notes.executions {
            if execution.life == self.life && found(execution) {
                return;
            }
        }
    }
}
