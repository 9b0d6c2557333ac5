//! `comfyctl upload` and `comfyctl download`.

use crate::support::Bench;
use rstest::rstest;
use serde_json::json;

const QUICK: &str = r#"{
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 2, "color": 255}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "sub/quick"}}
}"#;

/// An image of one colour with an alpha channel.
fn png(side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Rgba);
    let pixels = [9, 8, 7, 128].repeat((side * side) as usize);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&pixels)
        .unwrap();
    bytes
}

#[test]
fn an_uploaded_file_comes_back_byte_for_byte() {
    let bench = Bench::new();
    let path = bench.file("b c ä.png", png(8));
    let uploaded = bench.run(&[
        "upload",
        "b c ä.png",
        "--subfolder",
        "deep//er/",
        "--to",
        "output",
    ]);
    assert_eq!(
        (uploaded.code, uploaded.stdout.trim()),
        (0, "deep/er/b c ä.png [output]")
    );
    let fetched = bench.run(&["download", uploaded.stdout.trim()]);
    assert_eq!(
        (fetched.code, fetched.stdout.trim()),
        (0, "b c ä (1).png"),
        "{fetched:?}"
    );
    assert_eq!(
        std::fs::read(path).unwrap(),
        std::fs::read(bench.path("b c ä (1).png")).unwrap()
    );
}

#[test]
fn the_json_of_transfers_is_stable() {
    let bench = Bench::new();
    bench.file("a.png", png(8));
    let (code, uploaded) = bench.json(&["upload", "a.png", "--subfolder", "s", "--name", "b.png"]);
    assert_eq!(code, 0);
    assert_eq!(
        uploaded,
        json!({"files": [
            {"path": "a.png", "name": "b.png", "subfolder": "s", "type": "input", "input_value": "s/b.png"}
        ]})
    );
    let (code, fetched) = bench.json(&["download", "s/b.png [input]", "-o", "new/out"]);
    assert_eq!(code, 0);
    let size = png(8).len();
    assert_eq!(
        fetched,
        json!({"files": [
            {"file": "s/b.png [input]", "path": "new/out/b.png", "size": size}
        ]})
    );
}

#[test]
fn a_taken_name_is_kept_unless_it_may_be_overwritten() {
    let bench = Bench::new();
    bench.file("a.png", "one");
    bench.run(&["upload", "a.png"]);
    bench.file("a.png", "two");
    assert_eq!(bench.run(&["upload", "a.png"]).stdout.trim(), "a (1).png");
    assert_eq!(
        bench.run(&["upload", "a.png", "--overwrite"]).stdout.trim(),
        "a.png"
    );
    bench.run(&["download", "a.png [input]", "-o", "back"]);
    assert_eq!(std::fs::read(bench.path("back/a.png")).unwrap(), b"two");
}

#[test]
fn a_mask_is_laid_onto_an_uploaded_image() {
    let bench = Bench::new();
    bench.file("photo.png", png(8));
    bench.file("mask.png", png(8));
    bench.file("small.png", png(4));
    bench.run(&["upload", "photo.png"]);
    let masked = bench.run(&["upload", "mask.png", "--mask-for", "photo.png"]);
    assert_eq!(
        (masked.code, masked.stdout.trim()),
        (0, "mask.png"),
        "{masked:?}"
    );
    let small = bench.run(&["upload", "small.png", "--mask-for", "photo.png"]);
    assert_eq!(small.code, 8);
    assert!(
        small
            .stderr
            .contains("hint: a mask must be an image of the size"),
        "{small:?}"
    );
    let unknown = bench.run(&["upload", "mask.png", "--mask-for", "nope.png"]);
    assert_eq!(unknown.code, 14);
    assert!(
        unknown.stderr.contains("no file `nope.png [input]`"),
        "{unknown:?}"
    );
}

#[test]
fn nothing_is_sent_when_one_of_the_files_cannot_be_read() {
    let bench = Bench::new();
    bench.file("a.png", png(8));
    let done = bench.run(&["upload", "a.png", "missing.png"]);
    assert_eq!((done.code, done.stdout.as_str()), (5, ""));
    assert!(done.stderr.contains("missing.png"), "{done:?}");
    assert_eq!(
        bench.run(&["download", "a.png [input]", "-o", "out"]).code,
        14
    );
}

#[test]
fn what_was_transferred_before_an_error_is_reported() {
    let bench = Bench::with_faults(&["status=503:POST:/upload/image*1"]);
    bench.file("a.png", png(8));
    let (code, failed) = bench.json(&["upload", "a.png"]);
    assert_eq!(
        (code, &failed["files"], &failed["error"]["code"]),
        (8, &json!([]), &json!("http_error"))
    );
    bench.run(&["upload", "a.png"]);
    let (code, value) = bench.json(&["download", "a.png [input]", "nope.png", "-o", "out"]);
    assert_eq!((code, &value["error"]["code"]), (14, &json!("not_found")));
    assert_eq!(value["files"][0]["path"], "out/a.png");
    let done = bench.run(&["download", "a.png [input]", "nope.png", "-o", "out"]);
    assert_eq!((done.code, done.stdout.trim()), (14, "out/a (1).png"));
    insta::assert_snapshot!(done.stderr.trim(), @"
    error: the server has no file `nope.png`
    hint: a file of another folder is named as `NAME [input]` or `NAME [temp]`
    ");
}

#[test]
fn all_files_of_a_job_are_fetched_by_the_start_of_its_id() {
    let bench = Bench::new();
    bench.file("quick.json", QUICK);
    let (_, job) = bench.json(&["run", "quick.json"]);
    let id = job["job_id"].as_str().unwrap();
    let done = bench.run(&["download", "--job", &id[..20], "-o", "out"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(done.stdout, "out/quick_00001_.png\nout/quick_00002_.png\n");
    let (_, again) = bench.json(&["download", "--job", id, "-o", "out"]);
    assert_eq!(again["files"][1]["file"], "sub/quick_00002_.png");
    assert_eq!(again["files"][1]["path"], "out/quick_00002_ (1).png");
}

/// Each kind of bad input: the arguments, the exit code, and what the message names.
#[rstest]
#[case::folder(&["upload", "."], 5, "`.` is a folder")]
#[case::one_name_for_two(&["upload", "a", "b", "--name", "x"], 2, "--name is for one file only")]
#[case::name_with_folder(&["upload", "a", "--name", "x/y"], 2, "--subfolder")]
#[case::outside(&["upload", "a", "--subfolder", "../x"], 2, "must not leave")]
#[case::unknown_folder(&["upload", "a", "--to", "models"], 2, "neither input nor output")]
#[case::outside_the_server(&["download", "../../etc/passwd"], 14, "`../../etc/passwd`")]
#[case::unknown_job(&["download", "--job", "nope"], 14, "`nope`")]
#[case::folder_is_a_file(&["download", "a", "-o", "a"], 5, "`a`")]
#[case::nothing(&["download"], 2, "<FILE>...")]
#[case::nobody_there(&["download", "a", "--url", "127.0.0.1:1"], 7, "127.0.0.1:1")]
fn bad_input_has_an_exit_code_of_its_own(
    #[case] arguments: &[&str],
    #[case] code: i32,
    #[case] named: &str,
) {
    let bench = Bench::new();
    bench.file("a", "x");
    bench.file("b", "y");
    let done = bench.run(arguments);
    assert_eq!((done.code, done.stdout.as_str()), (code, ""), "{done:?}");
    assert!(
        done.stderr.starts_with("error: ") && done.stderr.contains(named),
        "{done:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_rather_than_waited_for() {
    let bench = Bench::new();
    let path = bench.path("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    let done = bench.run(&["upload", "pipe"]);
    assert_eq!(done.code, 5);
    assert!(
        done.stderr.contains("`pipe` is not a regular file"),
        "{done:?}"
    );
}
