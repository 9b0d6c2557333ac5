//! Results of nodes that need not run again.

use crate::data::Data;
use crate::nodes::Produced;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Results by signature.
#[derive(Debug, Default)]
pub(super) struct Cache(HashMap<u64, Known>);

#[derive(Debug)]
pub(super) struct Known {
    pub(super) outputs: Vec<Data>,
    /// What an output node showed; it is shown again.
    pub(super) ui: Option<Value>,
}

impl Cache {
    pub(super) fn get(&self, signature: u64) -> Option<&Known> {
        self.0.get(&signature)
    }

    pub(super) fn insert(&mut self, signature: u64, produced: Produced) {
        let Produced { outputs, ui } = produced;
        self.0.insert(signature, Known { outputs, ui });
    }

    pub(super) fn retain(&mut self, signatures: &HashSet<u64>) {
        self.0.retain(|signature, _| signatures.contains(signature));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
