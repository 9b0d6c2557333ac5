//! A diff as text: `+` for what is new, `-` for what is gone, `~` for what changed.

use super::{Diff, InputChange, InputState, NodeChange, NodeSummary};
use std::fmt;

impl fmt::Display for Diff {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for node in &self.removed {
            writeln!(formatter, "- {node}")?;
        }
        for node in &self.added {
            writeln!(formatter, "+ {node}")?;
        }
        self.changed
            .iter()
            .try_for_each(|change| write!(formatter, "{change}"))
    }
}

impl fmt::Display for NodeSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.node, self.what())
    }
}

impl NodeSummary {
    fn what(&self) -> String {
        match &self.title {
            Some(title) => format!("({}, \"{}\")", self.class, title.escape_debug()),
            None => format!("({})", self.class),
        }
    }
}

impl fmt::Display for NodeChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (older, newer) = (&self.older, &self.newer);
        write!(formatter, "~ {}", older.node)?;
        if older.node != newer.node {
            write!(formatter, " -> {}", newer.node)?;
        }
        write!(formatter, " {}", older.what())?;
        if older.what() != newer.what() {
            write!(formatter, " -> {}", newer.what())?;
        }
        writeln!(formatter)?;
        self.inputs
            .iter()
            .try_for_each(|input| writeln!(formatter, "    {input}"))
    }
}

impl fmt::Display for InputChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let input = &self.input;
        match (&self.older, &self.newer) {
            (Some(older), Some(newer)) => write!(formatter, "{input}: {older} -> {newer}"),
            (None, Some(newer)) => write!(formatter, "+ {input}: {newer}"),
            (Some(older), None) => write!(formatter, "- {input}: {older}"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Display for InputState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(formatter, "{value}"),
            Self::Link { node, slot } => match slot {
                Some(slot) => write!(formatter, "[{node}, {slot}]"),
                None => write!(formatter, "[{node}, ?]"),
            },
        }
    }
}
