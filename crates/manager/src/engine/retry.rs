//! Whether a job that failed is sent again, and when: pure.

use crate::code::Code;
use crate::job::JobError;
use crate::placement::Policy;
use std::time::Duration;

/// Wait before the first retry; doubled for each further one.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// A further attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retry {
    /// Time until it may be sent.
    pub(crate) after: Duration,
    /// Whether the server is to give memory free before.
    pub(crate) free_memory: bool,
}

/// A refused workflow stays refused, and what someone stopped stays stopped; other errors may pass.
pub(crate) fn retry(error: &JobError, policy: &Policy, retries: u32) -> Option<Retry> {
    if retries >= policy.retries {
        return None;
    }
    let free_memory = match error.code {
        Code::OutOfMemory => true,
        Code::NodeError
        | Code::ServerLostJob
        | Code::Unreachable
        | Code::Timeout
        | Code::HttpError
        | Code::TlsError => false,
        _ => return None,
    };
    let after = FIRST_WAIT * 2_u32.saturating_pow(retries.min(16));
    Some(Retry {
        after: after.min(LONGEST_WAIT),
        free_memory,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(retries: u32) -> Policy {
        Policy {
            retries,
            ..Policy::default()
        }
    }

    fn after(code: Code, retries: u32) -> Option<u64> {
        let error = JobError::new(code, "it failed");
        retry(&error, &granted(3), retries).map(|retry| retry.after.as_secs())
    }

    #[test]
    fn each_retry_waits_twice_as_long_until_none_is_left() {
        let waits = [0, 1, 2, 3].map(|retries| after(Code::NodeError, retries));
        assert_eq!(waits, [Some(2), Some(4), Some(8), None]);
        let error = JobError::new(Code::NodeError, "it failed");
        assert_eq!(retry(&error, &Policy::default(), 0), None);
    }

    #[test]
    fn what_would_fail_again_is_not_retried() {
        assert_eq!(after(Code::ValidationFailed, 0), None);
        assert_eq!(after(Code::Cancelled, 0), None);
        assert_eq!(after(Code::DeadlineExceeded, 0), None);
    }

    #[test]
    fn memory_is_freed_before_it_is_asked_for_again() {
        let error = JobError::new(Code::OutOfMemory, "out of memory");
        assert!(retry(&error, &granted(1), 0).is_some_and(|retry| retry.free_memory));
    }
}
