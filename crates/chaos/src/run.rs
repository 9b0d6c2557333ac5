//! One run: everything is started, broken as planned, given time to come to rest, and judged.

use crate::crew::Crew;
use crate::database::Database;
use crate::fleet::Fleet;
use crate::judge::{Account, Case, judge};
use crate::plan::{Fault, Plan, number_of};
use crate::process::{self, LEASE};
use clap::{Args, ValueEnum};
use comfyctl_manager::{JobFilter, Manager, Seq};
use serde_json::json;
use std::collections::HashMap;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Time between two looks at the processes.
const TEND: Duration = Duration::from_millis(50);
/// Time that everything gets to come to rest after the last fault.
const REST: Duration = Duration::from_mins(1);
/// How much longer than a lease a worker stands still.
const BEYOND: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many jobs
    #[arg(long, default_value_t = 1000)]
    jobs: u32,
    /// What decides the plan; drawn if it is not given
    #[arg(long)]
    seed: Option<u64>,
    /// Where the history is
    #[arg(long, value_enum, default_value = "both")]
    store: StoreChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StoreChoice {
    Sqlite,
    Postgres,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreKind {
    Sqlite,
    Postgres,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let seed = options
        .seed
        .unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let kinds: &[StoreKind] = match options.store {
        StoreChoice::Sqlite => &[StoreKind::Sqlite],
        StoreChoice::Postgres => &[StoreKind::Postgres],
        StoreChoice::Both => &[StoreKind::Sqlite, StoreKind::Postgres],
    };
    let mut good = true;
    for kind in kinds {
        let name = match kind {
            StoreKind::Sqlite => "sqlite",
            StoreKind::Postgres => "postgres",
        };
        say(&format!(
            "make chaos JOBS={} SEED={seed} STORE={name}",
            options.jobs
        ))?;
        good &= run_on(*kind, seed, options.jobs).await?;
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn run_on(kind: StoreKind, seed: u64, jobs: u32) -> anyhow::Result<bool> {
    let started = Instant::now();
    let folder = tempfile::tempdir()?;
    let plan = Plan::new(seed, jobs);
    let mut database = Database::start(kind, folder.path()).await?;
    let fleet = Fleet::start(seed).await?;
    // All jobs are counted at the end.
    let settings = json!({"connections": fleet.connections(), "store": database.settings(),
        "job_history": {"max_jobs": 0}});
    fs_err::write(folder.path().join("settings.json"), settings.to_string())?;
    let mut crew = Crew::start(folder.path(), seed, jobs, kind == StoreKind::Sqlite)?;
    break_things(&plan, &fleet, &mut crew, &mut database).await?;
    fleet.heal();
    let manager = process::manager(folder.path(), &process::clock(0))?;
    rest(&manager, &mut crew).await?;
    let kills = crew.kills;
    crew.dismiss().await?;
    let account = account(&manager, &plan, &fleet).await?;
    manager.close().await;
    for trouble in &account.troubles {
        say(trouble)?;
    }
    say(&account.to_string())?;
    let seconds = started.elapsed().as_secs();
    say(&format!(
        "{} faults, {kills} processes killed, {seconds} s",
        plan.faults.len()
    ))?;
    if !account.is_good() {
        let kept = folder.keep();
        say(&format!("logs and history are in {}", kept.display()))?;
    }
    Ok(account.is_good())
}

/// Carries out the plan of faults.
async fn break_things(
    plan: &Plan,
    fleet: &Fleet,
    crew: &mut Crew,
    database: &mut Database,
) -> anyhow::Result<()> {
    let began = Instant::now();
    for planned in &plan.faults {
        while began.elapsed() < planned.at {
            crew.tend()?;
            sleep(TEND).await;
        }
        match &planned.fault {
            Fault::KillWorker(index) => crew.kill_worker(*index)?,
            Fault::EndWorker(index) => crew.end_worker(*index),
            Fault::FreezeWorker(index) => crew.freeze_worker(*index, LEASE + BEYOND)?,
            Fault::KillClient => crew.kill_client()?,
            Fault::KillServer(index) => fleet.kill(*index).await,
            Fault::Server(index, fault) => fleet.strike(*index, fault)?,
            Fault::TurnClock(index, by_ms) => crew.turn_clock(*index, *by_ms),
            Fault::DatabaseBusy(time) => tending(crew, database.be_busy(*time)).await?,
            Fault::DatabaseAway(time) => tending(crew, database.be_away(*time)).await?,
        }
    }
    Ok(())
}

/// Tends the crew while something takes its time.
async fn tending<T>(
    crew: &mut Crew,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = sleep(TEND) => crew.tend()?,
        }
    }
}

/// Waits until all jobs have ended, but not for ever.
async fn rest(manager: &Manager, crew: &mut Crew) -> anyhow::Result<()> {
    let mut deadline = Instant::now() + REST;
    let open = JobFilter {
        statuses: ["pending", "queued", "running"]
            .into_iter()
            .filter_map(|status| status.parse().ok())
            .collect(),
        limit: 1,
        ..JobFilter::default()
    };
    while Instant::now() < deadline {
        crew.tend()?;
        if !crew.is_submitted() {
            deadline = deadline.max(Instant::now() + REST / 2);
        } else if manager.jobs(&open).await?.jobs.is_empty() {
            return Ok(());
        }
        sleep(TEND * 4).await;
    }
    Ok(())
}

/// Brings together what the history and the servers say.
async fn account(manager: &Manager, plan: &Plan, fleet: &Fleet) -> anyhow::Result<Account> {
    let mut executions: HashMap<u32, Vec<_>> = HashMap::new();
    for execution in fleet.executions() {
        if let Some(number) = number_of(&execution.prompt) {
            executions.entry(number).or_default().push(execution);
        }
    }
    let mut jobs = HashMap::new();
    let mut filter = JobFilter::default();
    loop {
        let page = manager.jobs(&filter).await?;
        for job in page.jobs {
            let story = manager.events(job.job_id, Seq(0)).await?;
            jobs.insert(job.idempotency_key.clone(), (job, story));
        }
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    let mut cases: Vec<Case> = Vec::new();
    for planned in &plan.jobs {
        let key = crate::plan::key_of(planned.number);
        cases.push(Case {
            planned,
            stored: jobs.remove(&Some(key)),
            executions: executions.remove(&planned.number).unwrap_or_default(),
        });
    }
    Ok(judge(&cases))
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
