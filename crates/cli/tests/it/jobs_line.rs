//! Jobs that wait are held, released and moved; jobs that ended are waited for, run again, compared.

use crate::support::Bench;
use serde_json::{Value, json};

const QUICK: &str = r#"{
    "1": {"class_type": "EmptyImage", "inputs": {"width": 32, "height": 16, "batch_size": 1, "color": 255}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "quick"}}
}"#;

/// Stores so many jobs that nobody sends; gives back their ids in order.
fn waiting(bench: &Bench, count: u32) -> Vec<String> {
    bench.file("quick.json", QUICK);
    let sweep = format!("1.color=1..{count}");
    let (code, group) = bench.json(&["batch", "quick.json", "--sweep", &sweep, "--no-wait"]);
    assert_eq!(code, 0, "{group}");
    let (_, listed) = bench.json(&["jobs", "list"]);
    let jobs = listed["jobs"].as_array().unwrap().iter().rev();
    jobs.map(|job| job["job_id"].as_str().unwrap().to_owned())
        .collect()
}

/// Runs it and gives back the job.
fn ran(bench: &Bench, arguments: &[&str]) -> Value {
    let (code, job) = bench.json(&[&["run", "quick.json"], arguments].concat());
    assert_eq!(code, 0, "{job}");
    job
}

#[test]
fn what_is_held_stays_until_it_is_released() {
    let bench = Bench::new();
    let ids = waiting(&bench, 3);
    let (code, held) = bench.json(&["jobs", "hold", &ids[0], &ids[1]]);
    assert_eq!((code, &held["jobs"][1]["held"]), (0, &json!(true)));
    let open = bench.json(&["jobs", "wait", &ids[0], &ids[2], "--timeout", "0.5"]);
    assert_eq!(open.0, 11, "{}", open.1);
    assert_eq!(open.1["jobs"][0]["status"], "pending");
    let released = bench.run(&["jobs", "release", &ids[0], &ids[1]]);
    assert_eq!(released.code, 0, "{released:?}");
    assert!(
        released.stderr.contains("no worker is alive"),
        "{released:?}"
    );
    let done = bench.run(&["jobs", "wait", &ids[0], &ids[1], &ids[2]]);
    assert_eq!(done.code, 0, "{done:?}");
    let line = |id: &String| format!("{id} completed");
    let mut told: Vec<&str> = done.stdout.lines().collect();
    told.sort_unstable();
    assert_eq!(told, ids.iter().map(line).collect::<Vec<_>>());
    let late = bench.run(&["jobs", "hold", &ids[0]]);
    assert_eq!(late.code, 16, "{late:?}");
    assert!(late.stderr.contains("jobs rerun"), "{late:?}");
}

#[test]
fn jobs_change_their_place_and_keep_their_order() {
    let bench = Bench::new();
    let ids = waiting(&bench, 4);
    let (code, moved) = bench.json(&["jobs", "move", &ids[2], &ids[3], "--first"]);
    assert_eq!((code, &moved["jobs"][0]["job_id"]), (0, &json!(ids[2])));
    let priority = |at: usize| moved["jobs"][at]["priority"].as_i64();
    assert!(
        priority(0) > priority(1) && priority(1) > Some(0),
        "{moved}"
    );
    assert_eq!(bench.run(&["jobs", "move", &ids[0]]).code, 2);
    let nowhere = bench.run(&["jobs", "move", &ids[0], "--to", "gpu"]);
    assert_eq!(nowhere.code, 6, "{nowhere:?}");
    let url = bench.simulator.url();
    let settings = json!({ "connections": { "gpu": { "url": url } } });
    bench.file("settings.json", settings.to_string());
    let (code, moved) = bench.json(&["jobs", "move", &ids[0], "--to", "gpu", "--priority", "-1"]);
    assert_eq!((code, &moved["jobs"][0]["connection"]), (0, &json!("gpu")));
    assert_eq!(bench.run(&["jobs", "wait", &ids[0]]).code, 0);
}

#[test]
fn waiting_ends_with_the_code_of_the_first_job_that_did_not_complete() {
    let bench = Bench::with_faults(&["oom=EmptyImage*1"]);
    bench.file("quick.json", QUICK);
    let (_, failed) = bench.json(&["run", "quick.json"]);
    let cancelled = waiting(&bench, 1).pop().unwrap();
    bench.run(&["jobs", "cancel", &cancelled]);
    let failed = failed["job_id"].as_str().unwrap();
    assert_eq!(bench.run(&["jobs", "wait", failed, &cancelled]).code, 1);
    let done = bench.run(&["jobs", "wait", &cancelled, failed]);
    assert_eq!(done.code, 13, "{done:?}");
    assert!(done.stderr.contains("out of memory"), "{done:?}");
    assert_eq!(bench.run(&["jobs", "wait", "nobody"]).code, 14);
}

#[test]
fn a_job_is_run_again_with_changes_and_compared() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let first = ran(&bench, &["-o", "out"]);
    let id = first["job_id"].as_str().unwrap();
    let (code, again) = bench.json(&["jobs", "rerun", id, "--set", "2.filename_prefix=again"]);
    assert_eq!((code, &again["rerun_of"]), (0, &first["job_id"]));
    let path = again["outputs"][0]["path"].as_str().unwrap();
    assert!(
        path.contains("out") && path.contains("again_00001_"),
        "{path}"
    );
    let other = again["job_id"].as_str().unwrap();
    let (code, compared) = bench.json(&["jobs", "diff", id, other]);
    assert_eq!((code, &compared["prompt"]["equal"]), (0, &json!(false)));
    let input = &compared["prompt"]["changed"][0]["inputs"][0];
    assert_eq!(input["input"], "filename_prefix");
    let shown = bench.run(&["jobs", "diff", id, other]).stdout;
    assert!(
        shown.contains(r#"filename_prefix: "quick" -> "again""#) && shown.contains("waited"),
        "{shown}"
    );
    let same = bench.run(&["jobs", "diff", id, id]).stdout;
    assert!(same.contains("the prompts are the same"), "{same}");
    let wrong = bench.run(&["jobs", "rerun", id, "--set", "1.widht=5"]);
    assert_eq!(wrong.code, 4, "{wrong:?}");
}

#[test]
fn an_id_of_several_jobs_is_refused_with_the_newest_of_them() {
    let bench = Bench::new();
    let ids = waiting(&bench, 2);
    let done = bench.run(&["jobs", "show", "0"]);
    assert_eq!(done.code, 14, "{done:?}");
    let named = format!("{} (pending quick), {} (pending quick)", ids[1], ids[0]);
    assert!(done.stderr.contains(&named), "{done:?}");
}
