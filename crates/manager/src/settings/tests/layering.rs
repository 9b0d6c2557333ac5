//! Defaults below the file below the environment below flags.

use super::*;
use serde_json::json;

fn environment(variables: &[(&str, &str)]) -> Result<UpperLayers, Error> {
    UpperLayers::from_variables(|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    std::fs::write(&file, text).unwrap();
    (folder, file)
}

#[test]
fn a_higher_layer_beats_a_lower_one() {
    let (_folder, file) = written(r#"{"default_connection": "a", "mcp": {"port": 9000}}"#);
    let variables = [
        ("COMFYCTL_CONNECTION", "b"),
        ("COMFYCTL_MCP_AUTH_TOKEN", "env:T"),
    ];
    let layers = environment(&variables).unwrap();
    let layers = layers
        .with_flag(path("mcp.tools"), json!("compact"))
        .unwrap();
    let settings = Settings::load_with(&file, layers.clone()).unwrap();
    assert_eq!(settings.default_connection_name(), "b");
    assert_eq!(
        (settings.mcp().port.get(), settings.mcp().host.as_str()),
        (9000, "127.0.0.1")
    );
    let effective = EffectiveSettings::load(&file, &layers).unwrap();
    let told = effective
        .origins
        .iter()
        .map(|setting| format!("{} = {} ({})", setting.path, setting.value, setting.origin));
    let told: Vec<_> = told.filter(|line| !line.ends_with("(default)")).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_variable_that_is_empty_sets_nothing() {
    let layers = environment(&[("COMFYCTL_CONNECTION", "")]).unwrap();
    assert_eq!(layers.origin(&path("default_connection")), None);
}

#[test]
fn paths_of_the_environment_start_at_the_working_folder() {
    let (_folder, file) = written("{}");
    let layers = environment(&[("COMFYCTL_WORKFLOWS_DIR", "mine")]).unwrap();
    let settings = Settings::load_with(&file, layers).unwrap();
    assert_eq!(
        settings.workflows_folder(),
        std::env::current_dir().unwrap().join("mine")
    );
}

#[test]
fn a_wrong_flag_names_itself() {
    let flag = UpperLayers::default().with_flag(path("mcp.port"), json!(70_000));
    assert_eq!(
        flag.unwrap_err().to_string(),
        "flag is wrong: `mcp.port`: invalid value: integer `70000`, expected a whole number from 1 to 65535"
    );
}

#[test]
fn every_variable_that_sets_something_sets_a_setting() {
    for variable in ENVIRONMENT {
        let known = variable
            .setting
            .map(|setting| schema::find(&path(setting)).is_ok());
        assert_ne!(known, Some(false), "{}", variable.name);
    }
}
