//! `comfyctl jobs list`, `search` and `stats`: which jobs are meant.

use super::time::parse_moment;
use clap::{Args, ValueEnum};
use comfyctl_manager::{Cursor, JobFilter, JobStatus, StatisticsBy, StatisticsRange};
use jiff::Timestamp;

/// List jobs, newest first
#[derive(Debug, Args)]
#[command(after_help = "\
All that is asked for must be true of a job; several --status are alternatives. A time is a date, a
time, or how long ago: 2026-11-22, 2026-11-22T18:30:00Z, 2h, 3d. --connection lists the jobs of one.

Examples:
  comfyctl jobs list
  comfyctl jobs list --status failed --status cancelled --since 2h
  comfyctl jobs list --workflow portrait --words 'red fox'
  comfyctl jobs list --json | jq -r '.jobs[].job_id'

JSON: {\"jobs\": [...], \"next\"}, where next is what --page takes for the next page, or null.")]
pub(crate) struct ListJobs {
    /// Words of the prompt or of the workflow's name; `fox*` is the beginning of one
    #[arg(long, value_name = "WORDS")]
    words: Option<String>,

    #[command(flatten)]
    narrowing: Narrowing,
}

/// Find jobs by words of their prompt or of their workflow's name
#[derive(Debug, Args)]
#[command(after_help = "\
All words must be there, in any order. Names of models and files count too.

Examples:
  comfyctl jobs search red fox
  comfyctl jobs search sd_xl* --status completed --since 7d

JSON: as of `jobs list`.")]
pub(crate) struct SearchJobs {
    /// What to look for; `fox*` is the beginning of a word
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<String>,

    #[command(flatten)]
    narrowing: Narrowing,
}

#[derive(Debug, Args)]
struct Narrowing {
    /// Only jobs in this status; repeat for more
    #[arg(long, value_name = "STATUS")]
    status: Vec<JobStatus>,

    /// Only jobs of this workflow
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,

    /// Only jobs with this tag
    #[arg(long, value_name = "WORD")]
    tag: Option<String>,

    /// Only jobs of this batch, by its id
    #[arg(long, value_name = "ID")]
    group: Option<String>,

    /// Only jobs that came this way: cli, mcp, python, ...
    #[arg(long, value_name = "FACE")]
    source: Option<String>,

    /// Only jobs submitted then or later
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    since: Option<Timestamp>,

    /// Only jobs submitted before
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    until: Option<Timestamp>,

    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,

    /// Go on where the page before ended
    #[arg(long, value_name = "CURSOR")]
    page: Option<Cursor>,
}

impl ListJobs {
    pub(crate) fn filter(self, connection: Option<&str>) -> JobFilter {
        self.narrowing.filter(self.words, connection)
    }
}

impl SearchJobs {
    pub(crate) fn filter(self, connection: Option<&str>) -> JobFilter {
        self.narrowing
            .filter(Some(self.words.join(" ")), connection)
    }
}

impl Narrowing {
    fn filter(self, words: Option<String>, connection: Option<&str>) -> JobFilter {
        JobFilter {
            statuses: self.status,
            workflow: self.workflow,
            connection: connection.map(str::to_owned),
            source: self.source,
            tag: self.tag,
            group: self.group,
            since: self.since,
            until: self.until,
            words,
            after: self.page,
            limit: self.limit,
        }
    }
}

/// Count jobs that ended: how many, how well, how long they waited and ran
#[derive(Debug, Args)]
#[command(after_help = "\
Times are the median and what 95 of 100 stay below, at most 2 % off. The figures are kept by day (UTC)
and outlive the jobs. By class, executions of nodes are counted, not jobs.

Examples:
  comfyctl jobs stats
  comfyctl jobs stats --by workflow --since 7d
  comfyctl jobs stats --by class --json

JSON: {\"statistics\": [{\"name\", \"completed\", \"failed\", \"cancelled\", \"success_rate\", \"waiting\":
{\"median\", \"p95\"}, \"running\": {\"median\", \"p95\"}}]}, times in seconds; of classes also \"cached\".")]
pub(crate) struct JobStatistics {
    /// What to count by; without it, all jobs together
    #[arg(long, value_name = "WHAT")]
    by: Option<By>,

    /// From the day of this time
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    since: Option<Timestamp>,

    /// To the day of this time
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Each workflow that has a name
    Workflow,
    /// Each connection
    Connection,
    /// Each class of nodes
    Class,
    /// Each day, by UTC
    Day,
}

impl JobStatistics {
    pub(crate) fn by(&self) -> StatisticsBy {
        match self.by {
            None => StatisticsBy::All,
            Some(By::Workflow) => StatisticsBy::Workflow,
            Some(By::Connection) => StatisticsBy::Connection,
            Some(By::Class) => StatisticsBy::Class,
            Some(By::Day) => StatisticsBy::Day,
        }
    }

    pub(crate) fn range(&self) -> StatisticsRange {
        StatisticsRange {
            since: self.since,
            until: self.until,
        }
    }
}
