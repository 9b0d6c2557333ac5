//! What became of each job, from its record, its story and what the servers executed: pure.

use crate::plan::{Kind, PlannedJob};
use comfyctl_manager::{Change, Code, Job, JobEvent, JobStatus};
use comfyctl_simulator::Execution;
use std::fmt;

/// All that is known of a planned job.
pub(crate) struct Case<'a> {
    pub(crate) planned: &'a PlannedJob,
    /// Its record and its story.
    pub(crate) stored: Option<(Job, Vec<JobEvent>)>,
    /// What the servers accepted of it.
    pub(crate) executions: Vec<Execution>,
}

/// The sum of a run.
#[derive(Debug, Default)]
pub(crate) struct Account {
    jobs: usize,
    completed: usize,
    failed: usize,
    cancelled: usize,
    lost: usize,
    twice: usize,
    /// Prompts that were accepted again after a server had forgotten them.
    again: usize,
    retries: u32,
    adoptions: usize,
    /// What is wrong, for people.
    pub(crate) troubles: Vec<String>,
}

impl Account {
    pub(crate) fn is_good(&self) -> bool {
        self.lost == 0 && self.twice == 0
    }
}

impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} jobs: {} completed, {} failed as planned, {} cancelled, {} lost, {} run twice \
             ({} given again to servers that had forgotten them, {} retries, {} takeovers)",
            self.jobs,
            self.completed,
            self.failed,
            self.cancelled,
            self.lost,
            self.twice,
            self.again,
            self.retries,
            self.adoptions
        )
    }
}

pub(crate) fn judge(cases: &[Case]) -> Account {
    let mut account = Account::default();
    for case in cases {
        account.jobs += 1;
        account.again += lives_lost(&case.executions);
        if runs_twice(&case.executions) {
            account.twice += 1;
            account
                .troubles
                .push(format!("ran twice: {}", described(case)));
        }
        let Some((job, story)) = &case.stored else {
            // It was not taken, because the one before it had ended badly.
            let refused = depends_on_bad(case.planned, cases);
            account.failed += usize::from(refused);
            account.lose(!refused, "never stored", case);
            continue;
        };
        account.retries += job.retries;
        let adopted = |event: &&JobEvent| matches!(event.change, Change::Adopted { .. });
        account.adoptions += story.iter().filter(adopted).count();
        match verdict(case, job, story, cases) {
            Err(reason) => account.lose(true, &reason, case),
            Ok(()) => match job.status {
                JobStatus::Completed => account.completed += 1,
                JobStatus::Cancelled => account.cancelled += 1,
                _ => account.failed += 1,
            },
        }
    }
    account
}

impl Account {
    fn lose(&mut self, lost: bool, reason: &str, case: &Case) {
        if lost {
            self.lost += 1;
            self.troubles
                .push(format!("lost, {reason}: {}", described(case)));
        }
    }
}

/// Whether a second execution began while the first was on a server that still had its memory. A
/// failed one may be tried again under another id.
pub(crate) fn runs_twice(executions: &[Execution]) -> bool {
    let mut started: Vec<_> = executions
        .iter()
        .filter_map(|execution| Some((execution.started?, execution)))
        .collect();
    started.sort_by_key(|(at, _)| *at);
    started.iter().enumerate().any(|(index, (at, second))| {
        started[..index].iter().any(|(_, first)| {
            let forgotten = first.forgotten.is_some_and(|then| then <= *at);
            let failed = first
                .ended
                .is_some_and(|(then, success)| !success && then <= *at);
            !(forgotten || failed && first.prompt_id != second.prompt_id)
        })
    })
}

/// Times that a server forgot the job before it was known to have ended.
fn lives_lost(executions: &[Execution]) -> usize {
    executions.len().saturating_sub(1).min(
        executions
            .iter()
            .filter(|execution| execution.forgotten.is_some())
            .count(),
    )
}

fn verdict(case: &Case, job: &Job, story: &[JobEvent], cases: &[Case]) -> Result<(), String> {
    check_story(story)?;
    let ended = |success| {
        let mut mine = case
            .executions
            .iter()
            .filter(|run| run.prompt_id == job.prompt_id);
        mine.any(|run| run.ended.is_some_and(|(_, good)| good == success))
    };
    let code = job.error.as_ref().map(|error| error.code);
    let right = match (job.status, code) {
        (JobStatus::Completed, _) => ended(true) && case.planned.kind != Kind::Broken,
        (JobStatus::Cancelled, _) => story
            .iter()
            .any(|event| matches!(event.change, Change::CancelRequested { .. })),
        (JobStatus::Failed, Some(Code::NodeError | Code::OutOfMemory)) => ended(false),
        (JobStatus::Failed, Some(Code::DependencyFailed)) => depends_on_bad(case.planned, cases),
        (JobStatus::Failed, Some(Code::ServerLostJob)) => {
            let forgotten = case.executions.iter().filter(|run| run.forgotten.is_some());
            forgotten.count() > case.planned.resubmissions as usize
        }
        _ => false,
    };
    let wrong = if job.status.is_final() {
        "ended wrongly"
    } else {
        "never ended"
    };
    right.then_some(()).ok_or_else(|| wrong.to_owned())
}

/// Numbers without gaps, one end, and nothing after it but its files.
fn check_story(story: &[JobEvent]) -> Result<(), String> {
    let numbers = story.iter().map(|event| event.seq.0);
    if !numbers.eq(1..=story.len() as u64) {
        return Err("a gap in its story".to_owned());
    }
    let end = story.iter().position(|event| event.change.is_end());
    let after = end.map_or(0, |end| {
        let rest = story[end + 1..].iter();
        rest.filter(|event| !matches!(event.change, Change::Saved { .. }))
            .count()
    });
    if after > 0 {
        return Err("its story goes on after its end".to_owned());
    }
    Ok(())
}

fn depends_on_bad(planned: &PlannedJob, cases: &[Case]) -> bool {
    let before = planned.after.and_then(|number| cases.get(number as usize));
    before.is_some_and(|before| match &before.stored {
        Some((job, _)) => matches!(job.status, JobStatus::Failed | JobStatus::Cancelled),
        None => true,
    })
}

fn described(case: &Case) -> String {
    use std::fmt::Write;
    let mut text = format!("{:?}", case.planned);
    if let Some((job, story)) = &case.stored {
        let _ = write!(text, "\n  {} {} {:?}", job.job_id, job.status, job.error);
        for event in story {
            let _ = write!(text, "\n  {} {} {:?}", event.seq.0, event.at, event.change);
        }
    }
    for run in &case.executions {
        let after = |at: std::time::Instant| at.duration_since(run.accepted).as_millis();
        let _ = write!(
            text,
            "\n  accepted {} ms ago as {} in life {}, started +{:?}, ended +{:?}, forgotten +{:?}",
            run.accepted.elapsed().as_millis(),
            run.prompt_id,
            run.life,
            run.started.map(after),
            run.ended.map(|(at, success)| (after(at), success)),
            run.forgotten.map(after)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::time::{Duration, Instant};

    /// Times in milliseconds.
    fn execution(
        id: &str,
        start: u64,
        end: Option<(u64, bool)>,
        forgotten: Option<u64>,
    ) -> Execution {
        let zero = Instant::now();
        let at = |time| {
            EPOCH
                .get_or_init(|| zero)
                .checked_add(Duration::from_millis(time))
                .unwrap()
        };
        Execution {
            prompt_id: id.to_owned(),
            prompt: Value::Null,
            life: 0,
            accepted: at(start),
            started: Some(at(start)),
            ended: end.map(|(time, success)| (at(time), success)),
            forgotten: forgotten.map(at),
        }
    }

    static EPOCH: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();

    #[test]
    fn a_second_execution_is_one_too_many_while_a_server_remembers_the_first() {
        let second = || execution("a", 20, None, None);
        let twice = |first| runs_twice(&[first, second()]);
        assert!(twice(execution("a", 0, None, None)));
        assert!(twice(execution("a", 0, Some((10, true)), None)));
        assert!(twice(execution("a", 0, Some((10, true)), Some(30))));
        assert!(!twice(execution("a", 0, Some((10, true)), Some(15))));
        assert!(!twice(execution("a", 0, None, Some(15))));
    }

    #[test]
    fn a_failed_execution_may_be_followed_by_another_under_another_id() {
        let second = |id| execution(id, 20, None, None);
        let failed = || execution("a", 0, Some((10, false)), None);
        assert!(!runs_twice(&[failed(), second("b")]));
        assert!(runs_twice(&[failed(), second("a")]));
    }
}
