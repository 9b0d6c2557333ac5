//! Where a job may run, and what it is granted: data that is stored with it.

use crate::settings::ConnectionChoice;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Where a job may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// On this connection of the settings.
    Connection(String),
    /// On the server at this address, which needs no settings.
    Url(String),
    /// On any connection that carries all of these labels and has what the prompt needs.
    Any {
        /// Required labels.
        labels: Vec<String>,
    },
}

/// What a job is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Attempts after an error that may pass; a refused workflow is never tried again.
    pub retries: u32,
    /// Longest time from submission until it runs.
    #[serde(skip_serializing_if = "Option::is_none", with = "milliseconds")]
    pub queue_timeout: Option<Duration>,
    /// Longest time that it may run.
    #[serde(skip_serializing_if = "Option::is_none", with = "milliseconds")]
    pub run_timeout: Option<Duration>,
    /// Times that it is given again to a server that forgot it.
    pub resubmissions: u32,
    /// Whether it waits for a server that cannot be reached; otherwise it fails at once.
    pub patient: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            retries: 0,
            queue_timeout: None,
            run_timeout: None,
            resubmissions: 1,
            patient: false,
        }
    }
}

/// Another place for a job that no server has yet. What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Move {
    /// Where it may run.
    pub connection: Option<ConnectionChoice>,
    /// When its turn comes.
    pub rank: Option<Rank>,
}

/// When the turn of a job comes, among those of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// After those of higher priority, before those of lower.
    Priority(i32),
    /// Before all that wait now.
    First,
}

impl fmt::Display for Rank {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Priority(priority) => write!(formatter, "to priority {priority}"),
            Self::First => formatter.write_str("to the head of the line"),
        }
    }
}

/// The place of a job in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Id of the group.
    pub group_id: String,
    /// Its number within the group, from 0.
    pub index: u32,
}

/// What a caller may say about a job when it is submitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// What it is granted.
    pub policy: Policy,
    /// Higher ones are sent first; 0 is usual.
    pub priority: i32,
    /// The same key gives the same job, however often it is submitted.
    pub idempotency_key: Option<String>,
    /// Ids of jobs that must complete first.
    pub after: Vec<crate::job::JobId>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Where its files are saved when it ends.
    pub output_folder: Option<PathBuf>,
    /// Whether it is kept from being sent for now.
    pub held: bool,
    /// Its group.
    pub membership: Option<Membership>,
}

mod milliseconds {
    //! A duration as whole milliseconds, or nothing.

    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::time::Duration;

    #[expect(clippy::ref_option, reason = "serde hands fields over by reference")]
    pub(super) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let whole =
            duration.map(|duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
        whole.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}
