//! `comfyctl settings`.

use crate::support::{Done, command};
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bench = Self { folder };
        std::fs::write(bench.file(), text).unwrap();
        bench
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("settings.json")
    }

    fn run(&self, arguments: &[&str]) -> Done {
        Done::of(command(self.folder.path()).arg("settings").args(arguments))
    }

    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let done = self.run(&[arguments, &["--json"]].concat());
        (done.code, serde_json::from_str(&done.stdout).unwrap())
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }
}

#[test]
fn what_is_in_effect_is_shown_with_where_it_comes_from() {
    let bench = Bench::with(
        r#"{"default_connection": "a", "mcp": {"auth_token": "s3cret"},
            "connections": {"a": {"url": "http://me:s3cret@host", "labels": ["fast"]}}}"#,
    );
    let done = Done::of(
        command(bench.folder.path())
            .env("COMFYCTL_STORE_URL", "postgres://me:s3cret@db/jobs")
            .args(["settings", "show", "--set"]),
    );
    assert_eq!(done.code, 0);
    insta::assert_snapshot!(done.stdout);
    let (_, shown) = bench.json(&["show"]);
    assert_eq!(
        (
            &shown["settings"]["mcp"]["port"],
            &shown["from"]["mcp.port"]
        ),
        (&json!(8765), &json!("default"))
    );
    assert_eq!(shown["from"]["mcp.auth_token"], "file");
    assert!(!shown.to_string().contains("s3cret"));
}

#[test]
fn one_value_is_printed_as_it_is() {
    let bench = Bench::with(r#"{"connections": {"gpu.lan": {"labels": ["a", "b"], "host": "h"}}}"#);
    let get = |path| bench.run(&["get", path]).stdout;
    assert_eq!(get("mcp.host"), "127.0.0.1\n");
    assert_eq!(get("mcp.port"), "8765\n");
    assert_eq!(get(r#"connections."gpu.lan".labels"#), "[\"a\",\"b\"]\n");
    assert_eq!(get(r#"connections."gpu.lan".max_jobs"#), "16\n");
    let json = bench.json(&["get", r#"connections."gpu.lan""#]);
    let value = json!({"labels": ["a", "b"], "host": "h"});
    assert_eq!(
        json,
        (
            0,
            json!({"path": "connections.\"gpu.lan\"", "value": value})
        )
    );
    let done = bench.run(&["get", "connections.nobody.port"]);
    assert_eq!(done.code, 14, "{done:?}");
}

#[test]
fn a_value_is_set_by_the_type_of_its_setting() {
    let bench = Bench::with("{\"own\": [1],\n\"version\": \"2.0.0\"}");
    for (path, value) in [
        ("default_connection", "1984"),
        ("job_history.auto_cleanup_days", "90"),
        ("connections.a.labels", r#"["x"]"#),
    ] {
        assert_eq!(bench.run(&["set", path, value]).code, 0, "{path}");
    }
    insta::assert_snapshot!(bench.text());
    assert_eq!(bench.json(&["unset", "own"]), (0, json!({"unset": "own"})));
    assert!(!bench.text().contains("own"));
}

#[test]
fn what_running_programs_do_not_take_up_is_told() {
    let bench = Bench::with("{}");
    let later = "take `mcp.port` up when they are started again";
    for arguments in [&["set", "mcp.port", "9000"][..], &["unset", "mcp.port"]] {
        let done = bench.run(arguments);
        assert!(done.stderr.contains(later), "{done:?}");
    }
    let followed = bench.run(&["set", "mcp.auth_token", "secret"]);
    assert_eq!(followed.stderr, "");
}

#[test]
fn what_cannot_be_set_is_told_why() {
    let bench = Bench::with("{}");
    let errors = [
        ["mcp.prot", "1"],
        ["mcp.port", "ninety"],
        ["mcp.port", "0"],
        ["logging.level", "loud"],
        ["connections.a.url", "ho st"],
        ["mcp..port", "1"],
    ];
    let errors = errors.map(|[path, value]| {
        let done = bench.run(&["set", path, value]);
        assert_eq!(
            done.code,
            if path == "mcp..port" { 2 } else { 6 },
            "{done:?}"
        );
        done.stderr
            .replace(&bench.file().display().to_string(), "FILE")
    });
    insta::assert_snapshot!(errors.join("\n"));
    assert_eq!(bench.text(), "{}");
    assert_eq!(bench.run(&["unset", "mcp.port"]).code, 14);
}

#[test]
fn an_environment_variable_that_beats_the_file_is_told() {
    let bench = Bench::with("{}");
    let done = Done::of(
        command(bench.folder.path())
            .env("COMFYCTL_CONNECTION", "other")
            .args(["settings", "set", "default_connection", "gpu"]),
    );
    assert!(
        done.stderr
            .contains("environment variable COMFYCTL_CONNECTION beats"),
        "{done:?}"
    );
}

#[test]
fn a_broken_file_is_told_with_its_place_by_every_command() {
    let bench = Bench::with("{\n  \"mcp\": {\"port\": \"x\"}\n}");
    let connections = Done::of(command(bench.folder.path()).args(["connections", "list"]));
    for done in [bench.run(&["show"]), connections] {
        assert_eq!(done.code, 6);
        assert!(
            done.stderr
                .contains("`mcp.port`: invalid type: string \"x\""),
            "{done:?}"
        );
        assert!(done.stderr.contains("at line 2 column"), "{done:?}");
    }
    assert_eq!(
        bench.run(&["set", "mcp.port", "1"]).code,
        0,
        "and can be repaired"
    );
    assert_eq!(bench.run(&["show"]).code, 0);
}

#[test]
fn a_file_of_version_2_is_taken_over() {
    let old = Bench::with(
        r#"{"version": "2.0.0", "default_connection": "gpu", "workflows_dir": "./workflows",
            "connections": {"gpu": {"host": "gpu.lan", "port": 8188, "use_ssl": false, "client_id": "x"}}}"#,
    );
    let new = Bench::with(r#"{"default_connection": "mine", "connections": {"mine": {}}}"#);
    let done = new.run(&["import", old.file().to_str().unwrap()]);
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (
            0,
            "took `connections.gpu`\nleft `default_connection`: set already\n"
        )
    );
    assert_eq!(
        new.run(&["get", "connections.gpu.host"]).stdout,
        "gpu.lan\n"
    );
    let again = new.json(&["import", old.file().to_str().unwrap()]).1;
    assert_eq!(
        (&again["taken"], again["left"].as_array().unwrap().len()),
        (&json!([]), 2)
    );
    assert_eq!(new.run(&["import", "no-such-file"]).code, 5);
}

#[test]
fn an_export_holds_no_secret() {
    let bench = Bench::with(r#"{"mcp": {"auth_token": "s3cret", "port": 1}, "own": 1}"#);
    let done = bench.run(&["export"]);
    let shared: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(shared, json!({"mcp": {"port": 1}}));
    assert_eq!(done.stderr, "left out 1 secret\n");
}

#[test]
fn the_file_and_its_schema_are_told() {
    let bench = Bench::with("{}");
    assert_eq!(
        bench.run(&["path"]).stdout.trim(),
        bench.file().display().to_string()
    );
    let (_, told) = bench.json(&["path"]);
    assert_eq!(
        (&told["exists"], told["settings_file"].is_string()),
        (&json!(true), true)
    );
    let schema: Value = serde_json::from_str(&bench.run(&["schema"]).stdout).unwrap();
    assert_eq!(
        schema["properties"]["mcp"]["properties"]["port"]["default"],
        8765
    );
}
