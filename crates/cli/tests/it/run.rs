//! `comfyctl run` as a user meets it.

use crate::support::{Bench, Done, command, example};
use rstest::rstest;
use serde_json::{Value, json};
use std::fs::File;
use std::io::BufReader;

const QUICK: &str = r#"{
    "1": {"class_type": "EmptyImage", "inputs": {"width": 32, "height": 16, "batch_size": 1, "color": 255}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "quick"}}
}"#;

#[test]
fn the_example_becomes_a_png_of_the_asked_size_that_holds_its_prompt() {
    let bench = Bench::new();
    let (code, job) = bench.json(&["run", &example("text_to_image.json"), "-o", "out"]);
    assert_eq!((code, &job["status"]), (0, &json!("completed")));
    let path = bench.path(job["outputs"][0]["path"].as_str().unwrap());
    let decoder = png::Decoder::new(BufReader::new(File::open(path).unwrap()));
    let reader = decoder.read_info().unwrap();
    assert_eq!(reader.info().size(), (512, 512));
    let chunks = &reader.info().uncompressed_latin1_text;
    let prompt = chunks
        .iter()
        .find(|chunk| chunk.keyword == "prompt")
        .unwrap();
    let prompt: Value = serde_json::from_str(&prompt.text).unwrap();
    assert_eq!(prompt["3"]["class_type"], "KSampler");
}

#[test]
fn the_json_of_a_job_is_stable() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let (_, job) = bench.json(&["run", "quick.json", "-o", "out"]);
    assert_eq!(job["job_id"], job["prompt_id"]);
    insta::assert_json_snapshot!(job, {
        ".job_id" => "[id]", ".prompt_id" => "[id]", ".connection" => "[host]",
        ".server_url" => "[url]", ".created_at" => "[time]", ".started_at" => "[time]", ".finished_at" => "[time]",
        ".duration_seconds" => "[seconds]",
        ".outputs[].size" => "[bytes]", ".outputs[].blake3" => "[hash]", ".outputs[].path" => "[path]",
    });
    let (_, shown) = bench.json(&["jobs", "show", job["job_id"].as_str().unwrap()]);
    let told = job.as_object().unwrap().iter();
    for (name, value) in told {
        assert_eq!(&shown[name], value, "{name}");
    }
    let (_, listed) = bench.json(&["jobs", "list"]);
    assert_eq!(listed["jobs"], json!([job]));
}

#[test]
fn paths_go_to_stdout_and_the_rest_to_stderr() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let done = bench.run(&["run", "quick.json", "-o", "out"]);
    assert_eq!((done.code, done.stdout.trim()), (0, "out/quick_00001_.png"));
    assert!(
        done.stderr.starts_with("job ") && done.stderr.contains(" completed in "),
        "{done:?}"
    );
    let listed = bench.run(&["jobs", "list"]).stdout;
    assert!(
        listed.contains("completed") && listed.contains("quick"),
        "{listed}"
    );
}

#[test]
fn texts_are_printed() {
    let bench = Bench::new();
    bench.file(
        "text.json",
        r#"{"1": {"class_type": "PreviewAny", "inputs": {"source": "hello"}}}"#,
    );
    let done = bench.run(&["run", "text.json"]);
    assert_eq!((done.code, done.stdout.trim()), (0, "hello"));
}

#[test]
fn a_workflow_comes_from_standard_input_and_from_an_image() {
    let bench = Bench::new();
    let done = Done::of(
        bench
            .command()
            .args(["run", "-", "-o", "out"])
            .write_stdin(QUICK),
    );
    assert_eq!(done.code, 0, "{done:?}");
    let again = bench.run(&[
        "run",
        "out/quick_00001_.png",
        "--set",
        "2.filename_prefix=again",
    ]);
    assert_eq!(
        (again.code, again.stdout.trim()),
        (0, "again_00001_.png"),
        "{again:?}"
    );
}

#[test]
fn a_random_seed_is_told_and_used() {
    let bench = Bench::new();
    let (_, job) = bench.json(&[
        "run",
        &example("text_to_image.json"),
        "--seed",
        "random",
        "-o",
        "out",
    ]);
    let seed = job["seed"].as_u64().unwrap();
    let path = bench.path(job["outputs"][0]["path"].as_str().unwrap());
    let bytes = std::fs::read(path).unwrap();
    let needle = format!(r#""seed": {seed}"#);
    assert!(
        bytes
            .windows(needle.len())
            .any(|window| window == needle.as_bytes())
    );
}

/// Each kind of bad input: the arguments, the exit code, and what the message names.
#[rstest]
#[case::not_json(&["run", "text.txt"], 3, "`text.txt`")]
#[case::of_notes_only(&["run", "ui.json"], 3, "has no node that would run")]
#[case::cycle(&["run", "cycle.json"], 3, "circle: `2` -> `1` -> `2`")]
#[case::dangling(&["run", "dangling.json"], 3, "linked to node `7`")]
#[case::missing(&["run", "missing.json"], 5, "missing.json")]
#[case::folder(&["run", "."], 5, "`.` is a folder")]
#[case::unwritable(&["run", "quick.json", "-o", "text.txt/out"], 5, "text.txt/out")]
#[case::nothing_selected(&["run", "quick.json", "--set", "SaveImag.filename_prefix=x"], 4, "`SaveImag`")]
#[case::two_selected(&["run", "two.json", "--set", "SaveImage.filename_prefix=x"], 4, "names 2 nodes")]
#[case::no_such_input(&["run", "quick.json", "--set", "1.widht=5"], 4, "did you mean `width`?")]
#[case::no_seed(&["run", "quick.json", "--seed", "5"], 4, "no seed")]
#[case::malformed_selector(&["run", "quick.json", "--set", "text"], 2, "`text` is not a selector")]
#[case::missing_image(&["run", "quick.json", "--image", "1.color=none.png"], 5, "none.png")]
#[case::refused(&["run", "quick.json", "--set", "1.width=0"], 10, "node `1` (EmptyImage)")]
#[case::unknown_connection(&["run", "quick.json", "--connection", "gpu"], 6, "`gpu`")]
#[case::bad_address(&["run", "quick.json", "--url", "ftp://x"], 6, "ftp://x")]
#[case::nobody_there(&["run", "quick.json", "--url", "127.0.0.1:1"], 7, "127.0.0.1:1")]
#[case::unknown_job(&["jobs", "show", "nope"], 14, "`nope`")]
fn bad_input_is_an_error_that_names_the_thing_with_an_exit_code_of_its_own(
    #[case] arguments: &[&str],
    #[case] code: i32,
    #[case] named: &str,
) {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    bench.file("text.txt", "hello");
    bench.file("ui.json", r#"{"nodes": [], "links": []}"#);
    bench.file("cycle.json", r#"{"1": {"class_type": "A", "inputs": {"x": ["2", 0]}}, "2": {"class_type": "B", "inputs": {"x": ["1", 0]}}}"#);
    bench.file(
        "dangling.json",
        r#"{"1": {"class_type": "A", "inputs": {"x": ["7", 0]}}}"#,
    );
    bench.file("two.json", r#"{"1": {"class_type": "SaveImage", "inputs": {}}, "2": {"class_type": "SaveImage", "inputs": {}}}"#);
    let done = bench.run(arguments);
    assert_eq!(done.code, code, "{done:?}");
    assert!(
        done.stderr.contains("error: ") && done.stderr.contains(named),
        "{done:?}"
    );
    assert_eq!(done.stdout, "");
    if code != 2 {
        let (code, value) = bench.json(arguments);
        assert_eq!(code, done.code);
        assert!(
            value["error"]["code"].is_string() && value["error"]["message"].is_string(),
            "{value}"
        );
    }
}

#[test]
fn a_file_too_large_for_a_workflow_is_not_read() {
    let bench = Bench::new();
    File::create(bench.path("big.json"))
        .unwrap()
        .set_len(200_000_000)
        .unwrap();
    let done = bench.run(&["run", "big.json"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(
        done.stderr.contains("`big.json` is larger than"),
        "{done:?}"
    );
}

#[test]
fn a_server_that_is_no_comfyui_is_an_error_that_says_so() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>";
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = std::io::Read::read(&mut stream, &mut request);
            let _ = std::io::Write::write_all(&mut stream, page.as_bytes());
        }
    });
    let done = bench.run(&["run", "quick.json", "--url", &address]);
    assert_eq!(done.code, 8, "{done:?}");
    assert!(
        done.stderr.contains("ComfyUI") && done.stderr.contains("hint:"),
        "{done:?}"
    );
}

#[rstest]
#[case::out_of_memory("oom=EmptyImage", "out_of_memory")]
#[case::full_disk("full-disk", "node_error")]
fn a_job_that_fails_says_where_and_why(#[case] fault: &str, #[case] expected: &str) {
    let bench = Bench::with_faults(&[fault]);
    bench.file("quick.json", QUICK);
    let (code, job) = bench.json(&["run", "quick.json"]);
    assert_eq!((code, job["error"]["code"].as_str()), (1, Some(expected)));
    assert!(job["error"]["node"].is_string());
}

#[test]
fn a_wait_that_ends_first_has_its_own_code_and_names_the_way_back() {
    let bench = Bench::with_faults(&["slow-node=KSampler:10ms"]);
    let workflow = example("text_to_image.json");
    let done = bench.run(&["run", &workflow, "--timeout", "0", "-o", "out"]);
    assert_eq!(done.code, 11, "{done:?}");
    let (_, way_back) = done.stderr.split_once("`comfyctl jobs watch ").unwrap();
    let id = way_back.split('`').next().unwrap();
    let (code, shown) = bench.json(&["jobs", "watch", id]);
    assert_eq!((code, shown["status"].as_str()), (0, Some("completed")));
    assert!(
        bench
            .path(shown["outputs"][0]["path"].as_str().unwrap())
            .exists()
    );
}

#[rstest]
#[case::value(&["run", "quick.json", "--set", "bad"], "`bad` is not a selector")]
#[case::missing(&["run"], "<WORKFLOW>")]
#[case::command(&["bogus"], "'bogus'")]
#[case::what_clap_cannot_check(&["upload", "a", "b", "--name", "c"], "--name")]
fn a_wrong_command_line_is_json_too(#[case] arguments: &[&str], #[case] expected: &str) {
    let (code, value) = Bench::new().json(arguments);
    assert_eq!((code, &value["error"]["code"]), (2, &json!("usage")));
    let message = value["error"]["message"].as_str().unwrap();
    assert!(message.contains(expected), "{message}");
    assert!(!message.contains("Usage:"), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut listing = std::process::Command::new(assert_cmd::cargo::cargo_bin!("comfyctl"));
    let listing = listing
        .args(["jobs", "list", "--json"])
        .env("COMFYCTL_DATA", folder.path())
        .env("COMFYCTL_CONFIG", folder.path().join("settings.json"))
        .stdout(full);
    let output = listing.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{stderr}");
    assert!(stderr.contains("standard output"), "{stderr}");
}

#[test]
fn an_open_job_is_shown_with_the_reason_why_nothing_newer_is_known() {
    let bench = Bench::with_faults(&["slow-node=EmptyImage:60s"]);
    bench.file("quick.json", QUICK);
    let (_, job) = bench.json(&["run", "quick.json", "--no-wait"]);
    let show = || {
        let (code, shown) = bench.json(&["jobs", "show", job["job_id"].as_str().unwrap()]);
        let is_open = ["queued", "running"].contains(&shown["status"].as_str().unwrap());
        (code, is_open, shown["error"]["code"].clone())
    };
    assert_eq!(show(), (0, true, Value::Null));
    bench.kill();
    assert_eq!(show(), (0, true, json!("unreachable")));
    bench.restart();
    assert_eq!(show(), (0, true, json!("server_lost_job")));
}

#[test]
fn without_waiting_the_job_is_queued() {
    let bench = Bench::with_faults(&["slow-node=EmptyImage:60s"]);
    bench.file("quick.json", QUICK);
    let (code, job) = bench.json(&["run", "quick.json", "--no-wait"]);
    assert_eq!(code, 0);
    assert!(
        ["queued", "running"].contains(&job["status"].as_str().unwrap()),
        "{job}"
    );
}

/// Secrets planted in every place that takes one are in no output, log or record.
#[test]
fn credentials_are_never_printed() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let token = bench.file("token", "planted-in-file\n");
    let address = bench
        .simulator
        .url()
        .replace("http://", "http://me:planted-in-url@");
    let settings = json!({"connections": {
        "file": {"url": bench.simulator.url(), "credentials": {"type": "bearer", "token": format!("file:{}", token.display())}},
        "literal": {"url": bench.simulator.url(), "credentials": {"type": "header", "name": "X-Key", "value": "planted-literally"}},
        "env": {"url": "http://127.0.0.1:1", "credentials": {"type": "basic", "username": "me", "password": "env:PLANTED"}},
    }});
    bench.file("settings.json", settings.to_string());
    let mut shown = String::new();
    for server in [
        ["--connection", "file"],
        ["--connection", "literal"],
        ["--connection", "env"],
        ["--url", &address],
    ] {
        for more in [&["-vvv"][..], &["-vvv", "--json"]] {
            let mut command = bench.command();
            command
                .env("PLANTED", "planted-in-environment")
                .args(["run", "quick.json"])
                .args(server)
                .args(more);
            let done = Done::of(&mut command);
            shown.push_str(&(done.stdout + &done.stderr));
        }
    }
    shown += &bench.run(&["jobs", "list", "--json"]).stdout;
    assert!(shown.contains("completed") && shown.contains("unreachable"));
    assert!(!shown.contains("planted"), "{shown}");
    let history = std::fs::read(bench.path("data/jobs.db")).unwrap();
    assert!(!history.windows(7).any(|window| window == b"planted"));
}

#[test]
fn the_version_needs_neither_settings_nor_home() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    let done = Done::of(command.env_clear().arg("--version"));
    assert_eq!(
        (done.code, done.stdout.trim()),
        (0, concat!("comfyctl ", env!("CARGO_PKG_VERSION")))
    );
}

#[cfg(unix)]
mod ctrl_c {
    use super::*;
    use std::io::{BufRead, Read};
    use std::process::{Child, Stdio};

    /// Starts a job that samples for long, and returns when it does.
    fn sampling(bench: &Bench) -> Child {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("comfyctl"));
        command
            .args([
                "run",
                &example("text_to_image.json"),
                "--set",
                "3.steps=5000",
                "-v",
            ])
            .env("COMFYCTL_URL", bench.simulator.url())
            .env("COMFYCTL_DATA", bench.path("data"))
            .env("COMFYCTL_CONFIG", bench.path("settings.json"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        wait_for(&mut child, "KSampler");
        child
    }

    fn wait_for(child: &mut Child, text: &str) {
        let mut stderr = std::io::BufReader::with_capacity(1, child.stderr.as_mut().unwrap());
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(
                stderr.read_line(&mut line).unwrap(),
                0,
                "ended before `{text}`"
            );
        }
    }

    fn press(child: &Child) {
        let status = std::process::Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(status.unwrap().success());
    }

    #[test]
    fn once_cancels_the_job_on_the_server() {
        let bench = Bench::with_faults(&["slow-node=KSampler:10ms"]);
        let mut child = sampling(&bench);
        press(&child);
        assert_eq!(child.wait().unwrap().code(), Some(13));
        let (_, listed) = bench.json(&["jobs", "list"]);
        assert_eq!(listed["jobs"][0]["status"], "cancelled");
    }

    #[test]
    fn twice_leaves_the_job_running_and_names_the_way_back() {
        // The cancelling is not carried out while the node is busy for long.
        let bench = Bench::with_faults(&["slow-node=KSampler:10ms", "status=503:POST:/jobs/"]);
        let mut child = sampling(&bench);
        press(&child);
        wait_for(&mut child, "again to leave it running");
        press(&child);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let mut rest = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut rest)
            .unwrap();
        assert!(rest.contains("comfyctl jobs watch "), "{rest}");
    }
}
