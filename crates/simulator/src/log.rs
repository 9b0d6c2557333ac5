//! The server's own log, which clients can read and follow.

use crate::clock::Clock;
use crate::frames;
use crate::sockets::Sockets;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lines that are kept.
const LONGEST: usize = 300;

#[derive(Debug)]
pub(crate) struct Log {
    clock: Arc<dyn Clock>,
    sockets: Arc<Sockets>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<Value>,
    followers: BTreeSet<String>,
    /// Whether the size of the terminal has been told, which happens once.
    size_told: bool,
}

impl Log {
    pub(crate) fn new(clock: Arc<dyn Clock>, sockets: Arc<Sockets>) -> Self {
        let log = Self {
            clock,
            sockets,
            state: Mutex::default(),
        };
        log.write("comfyctl simulator of ComfyUI 0.28.1 is listening");
        log
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self, line: &str) {
        let now = i64::try_from(self.clock.now_ms()).unwrap_or(i64::MAX);
        let time = Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX);
        let entry = json!({
            "t": time.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string(),
            "m": format!("\u{1b}[32m[INFO]\u{1b}[0m {line}\n"),
        });
        let mut state = self.lock();
        if state.lines.len() >= LONGEST {
            state.lines.pop_front();
        }
        if !state.followers.is_empty() {
            let size = (!state.size_told).then(terminal_size);
            state.size_told = true;
            let frame = frames::event("logs", &json!({"entries": [entry], "size": size}));
            for follower in &state.followers {
                self.sockets.send(follower, &frame);
            }
        }
        state.lines.push_back(entry);
    }

    pub(crate) fn follow(&self, client: &str, enabled: bool) {
        let mut state = self.lock();
        if enabled {
            state.followers.insert(client.to_owned());
        } else {
            state.followers.remove(client);
        }
    }

    pub(crate) fn as_text(&self) -> Value {
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let lines = self.lock();
        let lines = lines.lines.iter();
        let lines = lines.map(|entry| format!("{} - {}", text(entry, "t"), text(entry, "m")));
        Value::String(lines.collect())
    }

    pub(crate) fn raw(&self) -> Value {
        json!({"entries": self.lock().lines, "size": terminal_size()})
    }
}

fn terminal_size() -> Value {
    json!({"cols": 80, "rows": 24})
}
