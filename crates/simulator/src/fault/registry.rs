//! The faults that are in force.
//!
//! Shared by all parts of the server, the control route and tests. It outlives a killed server: a
//! fault is a property of the world, not of the process.

use super::{Fault, FaultKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A handle on the faults in force; clones share them.
#[derive(Debug, Clone)]
pub struct Faults {
    active: Arc<Mutex<Vec<Fault>>>,
    changed: Arc<watch::Sender<u64>>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            active: Arc::default(),
            changed: Arc::new(watch::Sender::new(0)),
        }
    }
}

impl Faults {
    /// Puts a fault in force, behind those that already are.
    pub fn add(&self, fault: Fault) {
        self.lock().push(fault);
        self.changed.send_modify(|version| *version += 1);
    }

    /// Ends all faults. Sockets that were frozen or deafened stay so.
    pub fn clear(&self) {
        self.lock().clear();
        self.changed.send_modify(|version| *version += 1);
    }

    /// The faults in force, each with how often it still strikes.
    pub fn list(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// Changes whenever a fault was added or all were cleared.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The first fault that `strikes` answers for; it counts as having struck.
    pub(crate) fn strike<T>(&self, mut strikes: impl FnMut(&FaultKind) -> Option<T>) -> Option<T> {
        let mut active = self.lock();
        let (index, effect) = active
            .iter()
            .enumerate()
            .find_map(|(index, fault)| Some((index, strikes(&fault.kind)?)))?;
        if let Some(times) = &mut active[index].times {
            *times -= 1;
            if *times == 0 {
                active.remove(index);
            }
        }
        Some(effect)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_fault_ends_by_itself() {
        let faults = Faults::default();
        faults.add("lost-post*2".parse().unwrap());
        let lost = || faults.strike(|kind| (*kind == FaultKind::LostPost).then_some(()));
        assert_eq!([lost(), lost(), lost()], [Some(()), Some(()), None]);
        assert!(faults.list().is_empty());
    }
}
