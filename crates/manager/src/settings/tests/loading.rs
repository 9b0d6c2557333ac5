//! Files as version 2.0.0 wrote them, new ones, and broken ones.

use super::*;
use comfyctl_client::{Credentials, SecretReference};
use proptest::prelude::*;
use std::time::Duration;

/// As version 2.0.0 wrote it, all keys.
const OLD_FILE: &str = r#"{
  "version": "2.0.0",
  "mcp": {"enabled": false, "host": "127.0.0.1", "port": 8765, "transport": "streamable-http",
    "require_auth": false, "auth_token": null},
  "logging": {"level": "INFO", "log_to_file": false, "log_file": "comfyui_api_manager.log",
    "max_log_size_mb": 10, "backup_count": 3},
  "job_history": {"enabled": true, "max_jobs": 1000, "auto_cleanup_days": 30,
    "store_outputs": true, "store_images": false},
  "connections": {
    "default": {"host": "127.0.0.1", "port": 8188, "use_ssl": false, "client_id": "3f1c"},
    "gpu": {"host": "gpu.lan", "port": 443, "use_ssl": true, "client_id": "77aa"}
  },
  "default_connection": "gpu",
  "workflows_dir": "./workflows"
}"#;

fn url(settings: &Settings, choice: &ConnectionChoice) -> String {
    settings
        .connection(choice)
        .unwrap()
        .connection
        .url
        .to_string()
}

#[test]
fn a_file_of_version_2_loads_unchanged() {
    let settings = settings(OLD_FILE);
    assert_eq!(
        url(&settings, &ConnectionChoice::Default),
        "https://gpu.lan"
    );
    let named = ConnectionChoice::Named("default".to_owned());
    assert_eq!(url(&settings, &named), "http://127.0.0.1:8188");
    assert_eq!(settings.warnings, [""; 0]);
    assert_eq!(settings.mcp().transport, McpTransport::StreamableHttp);
    assert_eq!(settings.logging().level, Some(LogLevel::Info));
    assert_eq!(settings.job_history().max_jobs, 1000);
    assert_eq!(
        settings.workflows_folder(),
        Path::new("/etc/comfy/workflows")
    );
}

#[test]
fn without_a_file_there_is_comfyui_on_this_machine() {
    let settings = Settings::load(Path::new("/nowhere/settings.json")).unwrap();
    assert_eq!(
        url(&settings, &ConnectionChoice::Default),
        "http://127.0.0.1:8188"
    );
}

#[test]
fn an_address_needs_no_settings_and_names_itself() {
    let choice = ConnectionChoice::Address("http://me:secret@10.0.0.5:8188".to_owned());
    let found = Settings::default().connection(&choice).unwrap();
    assert_eq!((found.name.as_str(), found.max_jobs), ("10.0.0.5:8188", 16));
    assert!(!format!("{found:?}").contains("secret\""));
}

#[test]
fn a_broken_file_is_an_error_that_says_where() {
    let errors = [
        "{\"connections\": {\n  \"gpu\": {\"port\": \"x\"}}}",
        "{\"connections\": {},}",
        r#"{"connections": {"a": {"credentials": {"type": "token"}}}}"#,
        "[]",
        r#"{"connections": {"gpu": []}}"#,
        r#"{"mcp": {"port": 0}}"#,
        r#"{"mcp": {"transport": "carrier-pigeon"}}"#,
        r#"{"jobs": {"run_timeout_seconds": -1}}"#,
        r#"{"connections": {"gpu.lan": {"timeouts": {"connect_seconds": "soon"}}}}"#,
    ];
    let messages = errors.map(|text| settings_in("", text).unwrap_err().to_string());
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_connection_that_cannot_be_is_an_error_when_it_is_used() {
    let settings = settings(
        r#"{"connections": {"good": {}, "bad": {"url": "http://me:s3cret@ho st"},
            "half": {"credentials": {"type": "bearer"}}}}"#,
    );
    let named = |name: &str| settings.connection(&ConnectionChoice::Named(name.to_owned()));
    assert!(named("good").is_ok());
    let messages = ["bad", "half"].map(|name| named(name).unwrap_err().to_string());
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn what_stands_in_the_place_of_a_secret_is_not_told() {
    let errors = [
        r#"{"mcp": {"auth_token": 5317}}"#,
        r#"{"store": {"password": [5317]}}"#,
        r#"{"connections": {"a": {"url": 5317}}}"#,
        r#"{"connections": {"a": {"credentials": {"type": "bearer", "token": 5317}}}}"#,
    ];
    let messages = errors.map(|text| settings_in("", text).unwrap_err().to_string());
    assert!(!messages.concat().contains("5317"), "{messages:?}");
    assert_eq!(
        messages[0],
        "the settings file `settings.json` is wrong: `mcp.auth_token`: it is not text at line 1 column 27"
    );
}

#[test]
fn unknown_keys_are_warnings_with_the_nearest_known_one() {
    let settings = settings(
        r#"{"mpc": {}, "version": "4.1.0", "connections": {"gpu": {"hots": "x", "colour": 1,
            "credentials": {"type": "bearer", "tokn": "env:T", "token": "env:T"}}}}"#,
    );
    assert_eq!(
        settings.warnings,
        [
            "`mpc` is not a setting, did you mean `mcp`?",
            "`connections.gpu.hots` is not a setting, did you mean `host`?",
            "`connections.gpu.colour` is not a setting",
            "`connections.gpu.credentials.tokn` is not a setting, did you mean `token`?",
            "the settings were written by version 4.1.0; what it added has no effect here",
        ]
    );
}

#[test]
fn relative_paths_start_at_the_folder_of_the_file() {
    let settings = settings_in(
        "/etc/comfy",
        r#"{"logging": {"log_file": "x.log"}, "mcp": {"allowed_folders": ["in", "/srv"]},
            "connections": {"gpu": {"url": "https://gpu/comfy", "ca_file": "ca.pem",
            "credentials": {"type": "bearer", "token": "file:token.txt"},
            "timeouts": {"connect_seconds": 2.5}}}}"#,
    )
    .unwrap();
    let connection = settings
        .connection(&ConnectionChoice::Default)
        .unwrap()
        .connection;
    assert_eq!(connection.ca_file.unwrap(), Path::new("/etc/comfy/ca.pem"));
    let Some(Credentials::Bearer(SecretReference::File(path))) = connection.credentials else {
        panic!("no bearer credentials")
    };
    assert_eq!(path, Path::new("/etc/comfy/token.txt"));
    assert_eq!(connection.timeouts.connect, Duration::from_millis(2500));
    assert_eq!(settings.logging().log_file, Path::new("/etc/comfy/x.log"));
    let folders = settings.mcp().allowed_folders.clone().unwrap();
    assert_eq!(folders, [Path::new("/etc/comfy/in"), Path::new("/srv")]);
}

#[test]
fn no_secret_is_shown_for_debugging() {
    let text = r#"{"mcp": {"auth_token": "s3cret"}, "store": {"url": "postgres://me:s3cret@db/x"},
        "connections": {"a": {"url": "http://me:s3cret@host",
        "credentials": {"type": "header", "name": "X", "value": "s3cret"}}}}"#;
    let shown = format!("{:?}", settings(text));
    assert!(!shown.contains("s3cret"), "{shown}");
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[\\[{}\\]\",:a-z0-9 ]{0,60}") {
        let _ = settings_in("", &text);
    }

    #[test]
    fn no_value_makes_the_reader_panic(
        section in "(mcp|connections|store|version|jobs)", value in "(1|null|\"x\"|\\[\\]|\\{\"a\":\\[1\\]\\})",
    ) {
        let _ = settings_in("", &format!(r#"{{"{section}": {value}}}"#));
    }
}
