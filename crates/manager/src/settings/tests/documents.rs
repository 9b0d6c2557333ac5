//! Files that are changed in one place and stay the same in all others.

use super::*;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

struct Bench {
    folder: TempDir,
    file: PathBuf,
}

fn bench(text: &str) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    fs::write(&file, text).unwrap();
    Bench { folder, file }
}

impl Bench {
    fn set(&self, at: &str, value: Value) -> Result<(), Error> {
        SettingsDocument::edit(&self.file, |document| document.set(&path(at), value))
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.file).unwrap()
    }
}

#[test]
fn all_else_stays_in_its_place() {
    let bench = bench(
        r#"{"zebra": 0.1, "mcp": {"port": 1, "own": {"b": 1, "a": [2e3]}}, "version": "2.0.0"}"#,
    );
    bench.set("mcp.host", json!("0.0.0.0")).unwrap();
    bench
        .set(r#"connections."gpu.lan".port"#, json!(8189))
        .unwrap();
    SettingsDocument::edit(&bench.file, |document| document.unset(&path("mcp.port"))).unwrap();
    insta::assert_snapshot!(bench.text());
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let bench = bench("{ }");
    let errors = [
        bench.set("mcp.port", json!("x")),
        bench.set("mcp.prot", json!(1)),
        bench.set("connections.gpu.url", json!("ho st")),
        bench.set("connections.gpu.credentials", json!({"type": "bearer"})),
        bench.set("mcp", json!([])),
    ];
    let errors = errors.map(|error| {
        let error = error.unwrap_err();
        let text = format!("{error} / {}", error.hint().unwrap_or_default());
        text.replace(&bench.file.display().to_string(), "FILE")
    });
    insta::assert_snapshot!(errors.join("\n"));
    assert_eq!(bench.text(), "{ }");
}

#[test]
fn a_value_that_is_wrong_can_be_repaired() {
    let bench =
        bench(r#"{"connections": {"gpu": {"port": "x", "url": "ho st"}, "b": {"url": ":"}}}"#);
    bench.set("connections.gpu.port", json!(1)).unwrap_err();
    SettingsDocument::edit(&bench.file, |document| {
        document.set(&path("connections.gpu.url"), json!("host"))?;
        document.set(&path("connections.gpu.port"), json!(1))
    })
    .unwrap();
    assert!(Settings::load(&bench.file).is_ok());
}

#[test]
fn text_that_is_no_json_stays_untouched() {
    let bench = bench("{ \"mcp\": }");
    let error = bench.set("mcp.port", json!(1)).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("expected value at line 1 column 10"),
        "{error}"
    );
    assert_eq!(bench.text(), "{ \"mcp\": }");
}

#[test]
fn writers_wait_for_each_other() {
    let bench = bench("{}");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let bench = &bench;
            scope.spawn(move || {
                for round in 0..4 {
                    let name = format!("connections.c{thread}-{round}.port");
                    bench.set(&name, json!(1)).unwrap();
                }
            });
        }
    });
    assert_eq!(
        Settings::load(&bench.file)
            .unwrap()
            .connection_names()
            .len(),
        32
    );
}

#[test]
fn a_missing_file_and_its_folder_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new/settings.json");
    SettingsDocument::edit(&file, |document| {
        document.set(&path("version"), json!("3.0.0"))
    })
    .unwrap();
    assert_eq!(
        fs::read_to_string(file).unwrap(),
        "{\n  \"version\": \"3.0.0\"\n}\n"
    );
}

#[cfg(unix)]
#[test]
fn a_file_with_secrets_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let bench = bench(r#"{"mcp": {"auth_token": "s3cret"}}"#);
    let mode = || fs::metadata(&bench.file).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(&bench.file, fs::Permissions::from_mode(0o640)).unwrap();
    let settings = Settings::load(&bench.file).unwrap();
    assert!(
        settings.warnings[0].ends_with("`chmod 600` ends that"),
        "{:?}",
        settings.warnings
    );
    bench.set("mcp.auth_token", json!("env:TOKEN")).unwrap();
    assert_eq!(
        mode(),
        0o640,
        "others keep their right to read what is no secret"
    );
    bench
        .set("connections.a.url", json!("http://me:s3cret@host"))
        .unwrap();
    assert_eq!(mode(), 0o600);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let bench = bench("{}");
    let link = bench.folder.path().join("link.json");
    std::os::unix::fs::symlink("settings.json", &link).unwrap();
    SettingsDocument::edit(&link, |document| document.set(&path("mcp.port"), json!(1))).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(Settings::load(&bench.file).unwrap().mcp().port.get(), 1);
}

#[test]
fn an_import_takes_what_is_not_there_yet() {
    let old = bench(
        r#"{"version": "2.0.0", "workflows_dir": "mine", "logging": {"level": "INFO", "log_to_file": false},
            "mcp": {"port": 9000, "auth_token": null, "host": "0.0.0.0"}, "extra": 1,
            "connections": {"gpu": {"host": "other", "port": 1}, "cpu": {"host": "cpu.lan", "client_id": "x"},
                "same": {"host": "same"}}}"#,
    );
    let new = bench(
        r#"{"mcp": {"port": 1}, "connections": {"gpu": {"host": "gpu"}, "same": {"host": "same"}}}"#,
    );
    let imported = SettingsDocument::edit(&new.file, |document| import(document, &old.file));
    insta::assert_json_snapshot!(imported.unwrap());
    let folder = old.folder.path().display().to_string();
    insta::assert_snapshot!(new.text().replace(&folder, "FOLDER"));
}

#[test]
fn what_is_shared_holds_neither_secrets_nor_unknown_keys() {
    let ours = bench(
        r#"{"mcp": {"auth_token": "s3cret", "auth_tokn": "s3cret"}, "store": {"password": "env:P"},
            "connections": {"a": {"url": "http://me:s3cret@host",
            "credentials": {"type": "basic", "username": "me", "password": "s3cret"}}}}"#,
    );
    let (shared, secrets) = SettingsDocument::read(&ours.file)
        .unwrap()
        .without_secrets();
    assert_eq!(secrets, 3);
    assert_eq!(
        shared,
        json!({"mcp": {}, "store": {"password": "env:P"}, "connections": {"a": {"url": "http://host"}}})
    );
    let theirs = bench("{}");
    std::fs::write(&ours.file, shared.to_string()).unwrap();
    SettingsDocument::edit(&theirs.file, |document| import(document, &ours.file)).unwrap();
}
