//! `comfyctl completions`.

use crate::support::{Done, command};
use rstest::rstest;
use serde_json::Value;

#[rstest]
fn every_shell_gets_a_script_that_knows_the_commands(
    #[values("bash", "zsh", "fish", "powershell", "elvish")] shell: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let done = Done::of(command(folder.path()).args(["completions", shell]));
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    assert!(done.stdout.contains("interrupt"), "{}", done.stdout);
    let json = Done::of(command(folder.path()).args(["completions", shell, "--json"]));
    let value: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (value["shell"].as_str(), value["script"].as_str()),
        (Some(shell), Some(done.stdout.trim_end()))
    );
}

#[cfg(unix)]
#[test]
fn bash_accepts_its_script() {
    let folder = tempfile::tempdir().unwrap();
    let script = Done::of(command(folder.path()).args(["completions", "bash"])).stdout;
    let path = folder.path().join("comfyctl.bash");
    std::fs::write(&path, script).unwrap();
    let checked = std::process::Command::new("bash")
        .arg("-n")
        .arg(path)
        .output()
        .unwrap();
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn an_unknown_shell_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let done = Done::of(command(folder.path()).args(["completions", "csh"]));
    assert_eq!((done.code, done.stdout.as_str()), (2, ""));
}
