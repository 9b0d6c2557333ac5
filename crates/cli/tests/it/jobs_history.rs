//! The history as a whole: pages, words, tags, figures, clean-up, files.

use crate::support::Bench;
use serde_json::{Value, json};

const QUICK: &str = r#"{
    "1": {"class_type": "EmptyImage", "inputs": {"width": 32, "height": 16, "batch_size": 1, "color": 255}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "quick"}}
}"#;

/// Runs it once under each name.
fn bench_with(prefixes: &[&str]) -> Bench {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    for prefix in prefixes {
        let set = format!("2.filename_prefix={prefix}");
        let done = bench.run(&["run", "quick.json", "--set", &set]);
        assert_eq!(done.code, 0, "{done:?}");
    }
    bench
}

fn ids(listed: &Value) -> Vec<String> {
    let jobs = listed["jobs"].as_array().unwrap().iter();
    jobs.map(|job| job["job_id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_list_is_narrowed_and_goes_on_page_by_page() {
    let bench = bench_with(&["red fox", "red hat", "blue fox"]);
    let (_, all) = bench.json(&["jobs", "list"]);
    let all = ids(&all);
    let (_, first) = bench.json(&["jobs", "list", "--limit", "2"]);
    let (_, second) = bench.json(&[
        "jobs",
        "list",
        "--limit",
        "2",
        "--page",
        first["next"].as_str().unwrap(),
    ]);
    assert_eq!([ids(&first), ids(&second)].concat(), all);
    assert_eq!(second["next"], Value::Null);
    let found = |arguments: &[&str]| ids(&bench.json(arguments).1);
    assert_eq!(
        found(&["jobs", "search", "fox"]),
        [all[0].clone(), all[2].clone()]
    );
    assert_eq!(found(&["jobs", "search", "fo*", "red"]), [all[2].clone()]);
    assert_eq!(
        found(&["jobs", "list", "--since", "1h", "--workflow", "quick"]).len(),
        3
    );
    assert_eq!(found(&["jobs", "list", "--until", "1h"]).len(), 0);
    assert_eq!(
        found(&[
            "jobs",
            "list",
            "--status",
            "failed",
            "--status",
            "cancelled"
        ])
        .len(),
        0
    );
    let more = bench.run(&["jobs", "list", "--limit", "1"]);
    assert!(more.stderr.contains("--page "), "{more:?}");
    assert_eq!(bench.run(&["jobs", "list", "--since", "soon"]).code, 2);
}

#[test]
fn tags_come_and_go() {
    let bench = bench_with(&["red fox"]);
    let id = ids(&bench.json(&["jobs", "list"]).1).remove(0);
    let tags = |words: &[&str]| {
        let (_, value) = bench.json(&[&["jobs", "tag", &id], words].concat());
        value["tags"].clone()
    };
    assert_eq!(tags(&["keep", "+best"]), json!(["best", "keep"]));
    assert_eq!(
        ids(&bench.json(&["jobs", "list", "--tag", "best"]).1),
        std::slice::from_ref(&id)
    );
    let done = bench.run(&["jobs", "tag", &id, "--remove", "keep"]);
    assert_eq!((done.code, done.stdout.trim()), (0, "best"), "{done:?}");
}

#[test]
fn figures_outlive_the_jobs() {
    let bench = bench_with(&["red fox", "red hat"]);
    let refused = bench.run(&["jobs", "clear", "--older-than", "0s"]);
    assert_eq!(refused.code, 13, "{refused:?}");
    assert!(
        refused.stderr.contains("2 jobs would be removed") && refused.stderr.contains("--yes"),
        "{refused:?}"
    );
    let none = bench.run(&["jobs", "clear", "--older-than", "1d"]);
    assert_eq!(none.stdout.trim(), "0 jobs removed", "{none:?}");
    let kept = bench.run(&["jobs", "clear", "--status", "failed", "--yes"]);
    assert_eq!(kept.stdout.trim(), "0 jobs removed");
    let (code, cleared) = bench.json(&["jobs", "clear", "--older-than", "0s", "--yes"]);
    assert_eq!(
        (code, cleared),
        (0, json!({ "removed": 2, "files": 0, "bytes": 0 }))
    );
    assert_eq!(bench.run(&["jobs", "list"]).stdout.trim(), "no jobs");
    let (_, all) = bench.json(&["jobs", "stats"]);
    assert_eq!(all["statistics"][0]["completed"], 2);
    assert!(all["statistics"][0]["running"]["median"].is_number());
    for (by, name) in [("workflow", "quick"), ("class", "EmptyImage")] {
        let shown = bench
            .run(&["jobs", "stats", "--by", by, "--since", "1d"])
            .stdout;
        assert!(shown.contains(name), "{shown}");
    }
}

#[test]
fn the_history_goes_into_files_and_comes_back() {
    let bench = bench_with(&["red fox", "red hat"]);
    let (_, listed) = bench.json(&["jobs", "list"]);
    let sound = bench.run(&["jobs", "check"]);
    assert_eq!(
        (sound.code, sound.stdout.trim()),
        (0, "the history is sound")
    );
    let (_, backup) = bench.json(&["jobs", "backup", "copy.db"]);
    let (code, checked) = bench.json(&["jobs", "check", "copy.db"]);
    assert_eq!((code, &checked["backup"]), (0, &backup));
    bench.file("copy.db", "cut off");
    assert_eq!(bench.run(&["jobs", "check", "copy.db"]).code, 15);
    let (_, exported) = bench.json(&["jobs", "export", "jobs.jsonl"]);
    assert_eq!(exported, json!({ "file": "jobs.jsonl", "exported": 2 }));
    bench.run(&["jobs", "clear", "--keep", "0", "--yes"]);
    let import = || bench.json(&["jobs", "import", "jobs.jsonl"]).1;
    assert_eq!(import(), json!({ "added": 2, "skipped": 0 }));
    assert_eq!(import(), json!({ "added": 0, "skipped": 2 }));
    assert_eq!(bench.json(&["jobs", "list"]).1, listed);
    bench.file(
        "job_history.json",
        r#"{"jobs": [{"job_id": "abc", "status": "completed", "created_at": "2025-01-02T03:04:05"}]}"#,
    );
    let (_, old) = bench.json(&["jobs", "import", "job_history.json"]);
    assert_eq!(old["added"], 1);
}
