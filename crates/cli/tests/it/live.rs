//! The same against a real ComfyUI, when `COMFYUI_URL` says where one is.

use crate::support::{Done, command, example};
use serde_json::Value;

#[test]
fn a_real_server_runs_the_example_that_needs_no_model() {
    let Ok(url) = std::env::var("COMFYUI_URL") else {
        eprintln!("skipped: COMFYUI_URL is not set");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut run = command(folder.path());
    let workflow = example("empty_image.json");
    run.args([
        "--url",
        &url,
        "run",
        &workflow,
        "--set",
        "1.width=96",
        "-o",
        "out",
        "--json",
    ]);
    let done = Done::of(&mut run);
    assert_eq!(done.code, 0, "{done:?}");
    let job: Value = serde_json::from_str(&done.stdout).unwrap();
    let path = folder
        .path()
        .join(job["outputs"][0]["path"].as_str().unwrap());
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let reader = png::Decoder::new(file).read_info().unwrap();
    assert_eq!(reader.info().size(), (96, 256));
}
