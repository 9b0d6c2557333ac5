//! How fast the history is, on both databases: durable submissions, and a million jobs.
//!
//! Run by `make bench`; prints tables for `docs/benchmarks.md`. A test that is left out of the others,
//! because the store is no part of this crate's public face.

mod million;
mod version_2;

use super::tests::fixture::{Place, job};
use super::tests::postgres::Server;
use crate::store::{JobFilter, NewJob, StatisticsBy, StatisticsRange, Store, words_of};
use million::{JOBS, fill};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long submissions are counted.
const COUNTED: Duration = Duration::from_secs(4);
/// How often each question is asked.
const TIMES: usize = 200;

#[test]
#[ignore = "takes minutes and gigabytes"]
fn history_benchmark() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    println!("SQLite in {}", folder.path().display());
    runtime.block_on(all("SQLite", &Place::sqlite(&folder)));
    drop(folder);
    if let Some(server) = Server::start() {
        runtime.block_on(async { all("PostgreSQL", &server.place().await).await });
    }
    version_2::print();
}

async fn all(database: &str, place: &Place) {
    let store = place.open().await;
    println!(
        "\n| durable submissions on {database} | jobs/s | median | slowest |\n|---|---|---|---|"
    );
    for callers in [1, 16, 64] {
        submissions(&store, callers).await;
    }
    let started = Instant::now();
    fill(place).await;
    println!("\n{JOBS} jobs made in {:.0?}", started.elapsed());
    println!("\n| {database}, {JOBS} jobs | median | 95 of 100 |\n|---|---|---|");
    lists(&store).await;
    statistics(&store).await;
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let started = Instant::now();
        store.submit(vec![typical()]).await.unwrap();
        times.push(started.elapsed());
    }
    print("insert, one after the other", times);
    store.close().await;
}

/// A job as people submit them.
fn typical() -> NewJob {
    let node = |class: &str, inputs| json!({ "class_type": class, "inputs": inputs });
    let prompt = json!({
        "3": node("KSampler", json!({ "seed": 156_680_208_700_286_u64, "steps": 20, "cfg": 8.0,
            "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0, "model": ["4", 0],
            "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0] })),
        "4": node("CheckpointLoaderSimple", json!({ "ckpt_name": "sd_xl_base_1.0.safetensors" })),
        "5": node("EmptyLatentImage", json!({ "width": 1024, "height": 1024, "batch_size": 1 })),
        "6": node("CLIPTextEncode", json!({ "clip": ["4", 1],
            "text": "portrait of an old fisherman at dawn, soft light, film grain" })),
        "7": node("CLIPTextEncode", json!({ "clip": ["4", 1], "text": "blurry, watermark" })),
        "8": node("VAEDecode", json!({ "samples": ["3", 0], "vae": ["4", 2] })),
        "9": node("SaveImage", json!({ "filename_prefix": "fisherman", "images": ["8", 0] })),
    });
    let mut new = job();
    new.prompt = prompt.to_string();
    new.words = words_of(Some("portrait"), &new.prompt);
    new
}

async fn submissions(store: &Store, callers: usize) {
    let stop = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    let callers_at_work: Vec<_> = (0..callers)
        .map(|_| {
            let (store, stop) = (store.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut times = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let started = Instant::now();
                    store.submit(vec![typical()]).await.unwrap();
                    times.push(started.elapsed());
                }
                times
            })
        })
        .collect();
    tokio::time::sleep(COUNTED).await;
    stop.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for caller in callers_at_work {
        times.extend(caller.await.unwrap());
    }
    let count = u32::try_from(times.len()).unwrap();
    let per_second = f64::from(count) / started.elapsed().as_secs_f64();
    times.sort_unstable();
    println!(
        "| {callers} at once | {per_second:.0} | {:.2?} | {:.1?} |",
        times[times.len() / 2],
        times[times.len() - 1]
    );
}

async fn lists(store: &Store) {
    let page = JobFilter {
        limit: 50,
        ..JobFilter::default()
    };
    let given = |text: &str| Some(text.to_owned());
    let half_way = million::time_of(JOBS / 2);
    for (what, change) in [
        ("page", None::<fn(&mut JobFilter)>),
        (
            "page, by status (5 % of the jobs)",
            Some(|filter| filter.statuses = million::FAILED.to_vec()),
        ),
        (
            "page, by three statuses (few)",
            Some(|filter| filter.statuses = million::OPEN.to_vec()),
        ),
        (
            "page, by workflow (8 %)",
            Some(|filter| filter.workflow = Some("workflow 3".to_owned())),
        ),
        (
            "page, by connection (25 %) and status (5 %)",
            Some(|filter| {
                filter.connection = Some("connection 1".to_owned());
                filter.statuses = million::FAILED.to_vec();
            }),
        ),
        (
            "page, by workflow (8 %) and status (5 %)",
            Some(|filter| {
                filter.workflow = Some("workflow 3".to_owned());
                filter.statuses = million::FAILED.to_vec();
            }),
        ),
        (
            "page, by connection (25 %)",
            Some(|filter| filter.connection = Some("connection 1".to_owned())),
        ),
        (
            "page, by tag (1 %)",
            Some(|filter| filter.tag = Some("draft".to_owned())),
        ),
        (
            "search for a word (1 %)",
            Some(|filter| filter.words = Some("ginger".to_owned())),
        ),
        (
            "search for two words (1 % and 10 %)",
            Some(|filter| filter.words = Some("ginger tea".to_owned())),
        ),
        (
            "search for the beginning of a word (1 %)",
            Some(|filter| filter.words = Some("ging*".to_owned())),
        ),
        (
            "search for a word (1 %) among failed jobs",
            Some(|filter| {
                filter.words = Some("ginger".to_owned());
                filter.statuses = million::FAILED.to_vec();
            }),
        ),
        (
            "search for a word in all jobs",
            Some(|filter| filter.words = Some("portrait".to_owned())),
        ),
    ] {
        let mut filter = page.clone();
        if let Some(change) = change {
            change(&mut filter);
        }
        ask(store, what, &filter).await;
    }
    let deep = JobFilter {
        until: Some(half_way),
        ..page.clone()
    };
    ask(store, "page, half a million jobs back", &deep).await;
    let none = JobFilter {
        words: given("nowhere"),
        ..page
    };
    ask(store, "search for a word that is nowhere", &none).await;
}

async fn ask(store: &Store, what: &str, filter: &JobFilter) {
    let mut times = Vec::new();
    let mut found = 0;
    for _ in 0..TIMES {
        let started = Instant::now();
        found = store.jobs(filter).await.unwrap().jobs.len();
        times.push(started.elapsed());
    }
    print(&format!("{what}: {found}"), times);
}

async fn statistics(store: &Store) {
    let everything = StatisticsRange::default();
    let month = StatisticsRange {
        since: Some(million::time_of(JOBS * 2 / 3)),
        until: None,
    };
    for (what, by, range) in [
        ("statistics, all", StatisticsBy::All, everything),
        ("statistics, by day", StatisticsBy::Day, everything),
        (
            "statistics, by workflow",
            StatisticsBy::Workflow,
            everything,
        ),
        (
            "statistics, by workflow, last month",
            StatisticsBy::Workflow,
            month,
        ),
        (
            "statistics, by connection",
            StatisticsBy::Connection,
            everything,
        ),
        ("statistics, by node class", StatisticsBy::Class, everything),
    ] {
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..TIMES {
            let started = Instant::now();
            found = store.statistics(by, range).await.unwrap().len();
            times.push(started.elapsed());
        }
        print(&format!("{what}: {found}"), times);
    }
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let (median, late) = (times[times.len() / 2], times[times.len() * 95 / 100]);
    println!("| {what} | {median:.2?} | {late:.2?} |");
}
