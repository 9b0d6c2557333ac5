//! Files as version 2.0.0 wrote them, new ones, and broken ones.

use super::*;

/// As version 2.0.0 wrote it.
const OLD_FILE: &str = r#"{
    "version": "2.0.0",
    "mcp": {"enabled": false, "host": "127.0.0.1", "port": 8765},
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
    let settings = Settings::parse(OLD_FILE).unwrap();
    assert_eq!(
        url(&settings, &ConnectionChoice::Default),
        "https://gpu.lan"
    );
    let named = ConnectionChoice::Named("default".to_owned());
    assert_eq!(url(&settings, &named), "http://127.0.0.1:8188");
    assert_eq!(settings.warnings, [""; 0]);
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
    assert_eq!(found.name, "10.0.0.5:8188");
    assert!(!format!("{found:?}").contains("secret\""));
}

#[test]
fn a_misspelt_name_is_an_error_with_the_nearest() {
    let settings = Settings::parse(OLD_FILE).unwrap();
    let error = settings
        .connection(&ConnectionChoice::Named("gpo".to_owned()))
        .unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.hint().unwrap()));
}

#[test]
fn a_broken_file_is_an_error_that_says_where() {
    let errors = [
        "{\"connections\": {\n  \"gpu\": {\"port\": \"x\"}}}",
        "{\"connections\": {},}",
        r#"{"connections": {"a": {"credentials": {"type": "token"}}}}"#,
        "[]",
        r#"{"connections": {"gpu": []}}"#,
    ];
    let messages = errors.map(|text| Settings::parse(text).unwrap_err());
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn unknown_keys_are_warnings_with_the_nearest_known_one() {
    let settings =
        Settings::parse(r#"{"connections": {"gpu": {"hots": "x", "colour": 1}}}"#).unwrap();
    assert_eq!(
        settings.warnings,
        [
            "`connections.gpu.hots` is not a setting, did you mean `host`?",
            "`connections.gpu.colour` is not a setting"
        ]
    );
}

#[test]
fn credentials_and_certificates_lie_beside_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("api_manager_settings.json");
    let text = r#"{"connections": {"gpu": {"url": "https://gpu/comfy", "ca_file": "ca.pem",
        "credentials": {"type": "bearer", "token": "file:token.txt"},
        "timeouts": {"connect_seconds": 2.5}}}}"#;
    std::fs::write(&file, text).unwrap();
    let settings = Settings::load(&file).unwrap();
    let connection = settings
        .connection(&ConnectionChoice::Default)
        .unwrap()
        .connection;
    assert_eq!(connection.ca_file, Some(folder.path().join("ca.pem")));
    let Some(Credentials::Bearer(SecretReference::File(path))) = connection.credentials else {
        panic!("no bearer credentials")
    };
    assert_eq!(path, folder.path().join("token.txt"));
    assert_eq!(connection.timeouts.connect, Duration::from_millis(2500));
}
