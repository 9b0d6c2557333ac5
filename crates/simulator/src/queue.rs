//! Jobs that wait and run, and those that are finished: the truth that clients ask for.
//!
//! Routes put jobs in and take them out, the worker takes them one at a time. Every change is told
//! to all sockets before anyone else may change anything, so that the counts come in order.

use crate::frames;
use crate::history::{Finished, History};
use crate::job::Job;
use crate::ledger::Page;
use crate::priority::{self, Incomparable};
use crate::sockets::Sockets;
use serde_json::{Value, json};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    sockets: Arc<Sockets>,
    page: Page,
}

#[derive(Debug, Default)]
struct State {
    pending: Vec<Arc<Job>>,
    running: Option<Arc<Job>>,
    history: History,
    /// The running job is to be interrupted.
    interrupted: bool,
    free_memory: bool,
    stopped: bool,
}

/// What the worker is to do next.
#[derive(Debug)]
pub(crate) enum Work {
    Run(Arc<Job>),
    /// Forget what nodes gave earlier.
    FreeMemory,
    /// The server is killed.
    Stop,
    /// Python raised while it took the next job: the worker's thread ends, and nothing runs again.
    Die,
}

/// What a wait of the worker ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    TimePassed,
    Interrupted,
}

impl Queue {
    pub(crate) fn new(sockets: Arc<Sockets>, page: Page) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            sockets,
            page,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, job: Job) -> Result<(), Incomparable> {
        let mut state = self.lock();
        if !state.stopped {
            self.page.accepted(&job);
        }
        let pushed = priority::push(&mut state.pending, Arc::new(job));
        // The server has not got to telling anyone when the comparison raised; the job still runs.
        if pushed.is_ok() {
            self.tell(&state);
        }
        self.changed.notify_all();
        pushed
    }

    /// Waits for something to do.
    pub(crate) fn next(&self) -> Work {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return Work::Stop;
            }
            if std::mem::take(&mut state.free_memory) {
                return Work::FreeMemory;
            }
            match priority::pop(&mut state.pending) {
                Err(Incomparable) => return Work::Die,
                Ok(None) => {
                    state = self
                        .changed
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                Ok(Some(job)) => {
                    state.running = Some(Arc::clone(&job));
                    state.interrupted = false;
                    self.page.started(&job.id);
                    self.tell(&state);
                    return Work::Run(job);
                }
            }
        }
    }

    pub(crate) fn finish(&self, finished: Finished) {
        let mut state = self.lock();
        if state.stopped {
            return;
        }
        state.running = None;
        self.page.ended(&finished.job.id, finished.success);
        state.history.insert(finished);
        self.tell(&state);
    }

    fn tell(&self, state: &State) {
        self.sockets
            .broadcast(&frames::status(state.remaining(), None));
    }

    pub(crate) fn remaining(&self) -> usize {
        self.lock().remaining()
    }

    /// Does something that must not fall between a change and its telling, given how many jobs wait
    /// and run. Whoever holds the sockets must not ask for the queue: it holds both in this order.
    pub(crate) fn while_it_stands_still<T>(&self, act: impl FnOnce(usize) -> T) -> T {
        let state = self.lock();
        act(state.remaining())
    }

    pub(crate) fn to_json(&self) -> Value {
        let state = self.lock();
        let items = |jobs: &[Arc<Job>]| jobs.iter().map(|job| job.to_json()).collect::<Vec<_>>();
        json!({
            "queue_running": items(state.running.as_slice()),
            "queue_pending": items(&state.pending),
        })
    }

    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        state.pending.clear();
        self.tell(&state);
    }

    /// Takes a waiting job out; it leaves no trace. Whether there was one.
    pub(crate) fn delete(&self, id: &str) -> bool {
        let mut state = self.lock();
        let Some(index) = state.pending.iter().position(|job| job.id == id) else {
            return false;
        };
        state.pending.remove(index);
        // Python would raise here, with the element already gone.
        let _ = priority::heapify(&mut state.pending);
        self.tell(&state);
        true
    }

    /// Interrupts what runs, or only a certain job. Whether there was such a job.
    pub(crate) fn interrupt(&self, id: Option<&str>) -> bool {
        let mut state = self.lock();
        let wanted = state
            .running
            .as_ref()
            .is_some_and(|job| id.is_none_or(|id| job.id == id));
        state.interrupted |= wanted;
        self.changed.notify_all();
        wanted
    }

    /// Whether the running job is to end; asked between nodes and between steps.
    pub(crate) fn is_interrupted(&self) -> bool {
        let state = self.lock();
        state.interrupted || state.stopped
    }

    /// Lets time pass for the worker, until it is told to end.
    pub(crate) fn wait(&self, time: std::time::Duration) -> Waited {
        let state = self.lock();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, time, |state| !state.interrupted && !state.stopped)
            .unwrap_or_else(PoisonError::into_inner);
        if state.interrupted || state.stopped {
            Waited::Interrupted
        } else {
            Waited::TimePassed
        }
    }

    pub(crate) fn free_memory(&self) {
        self.lock().free_memory = true;
        self.changed.notify_all();
    }

    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        self.page.forget();
        drop(state);
        self.changed.notify_all();
    }

    /// Reads or changes the finished jobs.
    pub(crate) fn with_history<T>(&self, use_it: impl FnOnce(&mut History) -> T) -> T {
        use_it(&mut self.lock().history)
    }

    /// The jobs that run, wait (in the heap's order) and are finished, all at one moment.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let state = self.lock();
        Snapshot {
            running: state.running.clone(),
            pending: state.pending.clone(),
            finished: state.history.all(),
        }
    }
}

impl State {
    fn remaining(&self) -> usize {
        self.pending.len() + usize::from(self.running.is_some())
    }
}

#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) running: Option<Arc<Job>>,
    pub(crate) pending: Vec<Arc<Job>>,
    pub(crate) finished: Vec<Arc<Finished>>,
}
