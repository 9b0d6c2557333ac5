//! Connections of a settings file, changed as the commands change them.

use comfyctl_client::Credentials;
use comfyctl_manager::settings::{ConnectionChange, CredentialsChange, SettingsDocument};
use comfyctl_manager::{ConnectionChoice, Error, Settings};
use std::path::PathBuf;
use tempfile::TempDir;

struct Bench {
    _folder: TempDir,
    file: PathBuf,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    Bench {
        _folder: folder,
        file,
    }
}

impl Bench {
    fn edit<T>(
        &self,
        change: impl FnOnce(&mut SettingsDocument) -> Result<T, Error>,
    ) -> Result<T, Error> {
        SettingsDocument::edit(&self.file, change)
    }

    fn add(&self, name: &str, address: &str) -> Result<(), Error> {
        self.edit(|document| document.add_connection(name, &at(address)))
    }

    fn is_paused(&self, name: &str) -> bool {
        let named = ConnectionChoice::Named(name.to_owned());
        let settings = Settings::load(&self.file).unwrap();
        settings.connection(&named).unwrap().paused
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.file).unwrap()
    }
}

fn at(address: &str) -> ConnectionChange {
    ConnectionChange {
        address: Some(address.to_owned()),
        ..ConnectionChange::default()
    }
}

#[test]
fn what_is_added_is_written_as_a_url_with_its_credentials_apart() {
    let bench = bench();
    bench.add("gpu", "gpu:8188").unwrap();
    bench.add("cloud", "https://me:s3cret@host/comfy/").unwrap();
    let token = CredentialsChange::Set(Credentials::Bearer("env:TOKEN".into()));
    let change = ConnectionChange {
        credentials: token,
        labels: Some(vec!["fast".to_owned()]),
        max_jobs: Some(2),
        ..ConnectionChange::default()
    };
    bench
        .edit(|document| document.update_connection("gpu", &change))
        .unwrap();
    insta::assert_snapshot!(bench.text());
}

#[test]
fn a_new_address_replaces_host_and_port() {
    let bench = bench();
    std::fs::write(
        &bench.file,
        r#"{"connections": {"a": {"host": "h", "port": 1, "client_id": "x"}}}"#,
    )
    .unwrap();
    bench
        .edit(|document| document.update_connection("a", &at("other")))
        .unwrap();
    insta::assert_snapshot!(bench.text());
}

#[test]
fn a_connection_keeps_its_place_and_its_rank_under_another_name() {
    let bench = bench();
    for name in ["a", "b", "c"] {
        bench.add(name, name).unwrap();
    }
    bench
        .edit(|document| document.set_default_connection("b"))
        .unwrap();
    bench
        .edit(|document| document.rename_connection("b", "gpu.lan"))
        .unwrap();
    let settings = Settings::load(&bench.file).unwrap();
    assert_eq!(settings.connection_names(), ["a", "gpu.lan", "c"]);
    assert_eq!(settings.default_connection_name(), "gpu.lan");
    bench
        .edit(|document| document.remove_connection("gpu.lan"))
        .unwrap();
    assert_eq!(
        Settings::load(&bench.file)
            .unwrap()
            .default_connection_name(),
        "a"
    );
}

#[test]
fn names_that_are_taken_reserved_or_unknown_are_refused() {
    let bench = bench();
    bench.add("gpu", "gpu").unwrap();
    let before = bench.text();
    let errors = [
        bench.add("gpu", "other"),
        bench.add("any", "other"),
        bench.add(" ", "other"),
        bench.add("bad", "ho st"),
        bench.edit(|document| document.rename_connection("gpu", "any")),
        bench.edit(|document| document.remove_connection("gpo")),
        bench.edit(|document| document.set_default_connection("default")),
    ];
    let errors = errors.map(|error| {
        let error = error.unwrap_err();
        format!("{error} / {}", error.hint().unwrap_or_default())
    });
    insta::assert_snapshot!(errors.join("\n"));
    assert_eq!(bench.text(), before);
}

#[test]
fn the_built_in_connection_is_written_down_when_it_changes() {
    let bench = bench();
    bench
        .edit(|document| document.pause_connection("default", true))
        .unwrap();
    assert!(bench.is_paused("default"));
    bench
        .edit(|document| document.pause_connection("default", false))
        .unwrap();
    assert!(!bench.is_paused("default"));
}
