//! The schema and the reference in `docs/` are those of the code.
//!
//! `REGENERATE=1 cargo test -p comfyctl-manager fresh` writes them anew.

use super::*;
use serde_json::Value;
use std::fmt::Write as _;

/// Everything that version 2.0.0 had; all else came with 3.0.0.
const OLD_KEYS: [&str; 22] = [
    "version",
    "mcp.enabled",
    "mcp.host",
    "mcp.port",
    "mcp.transport",
    "mcp.require_auth",
    "mcp.auth_token",
    "logging.level",
    "logging.log_to_file",
    "logging.log_file",
    "logging.max_log_size_mb",
    "logging.backup_count",
    "job_history.enabled",
    "job_history.max_jobs",
    "job_history.auto_cleanup_days",
    "job_history.store_outputs",
    "job_history.store_images",
    "connections.NAME.host",
    "connections.NAME.port",
    "connections.NAME.use_ssl",
    "connections.NAME.client_id",
    "default_connection",
];

const BEGIN: &str = "<!-- Made from the code: begin -->\n";
const END: &str = "<!-- Made from the code: end -->\n";

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name)
}

fn assert_fresh(name: &str, wanted: &str) {
    let file = docs(name);
    if std::env::var_os("REGENERATE").is_some() {
        std::fs::write(&file, wanted).unwrap();
    }
    let found = std::fs::read_to_string(&file)
        .unwrap()
        .replace("\r\n", "\n");
    assert!(
        found == wanted,
        "docs/{name} is outdated: see the head of this file"
    );
}

#[test]
fn the_schema_in_docs_is_fresh() {
    let schema = serde_json::to_string_pretty(json_schema()).unwrap();
    assert_fresh("settings.schema.json", &format!("{schema}\n"));
}

#[test]
fn the_reference_in_docs_is_fresh() {
    let text = std::fs::read_to_string(docs("settings.md"))
        .unwrap()
        .replace("\r\n", "\n");
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let reference = format!("{}\n{}", settings_table(), variables_table());
    assert_fresh(
        "settings.md",
        &format!("{before}{BEGIN}\n{reference}\n{END}{after}"),
    );
}

#[test]
fn every_key_of_version_2_is_a_setting() {
    let keys = OLD_KEYS.iter().chain(&["workflows_dir"]);
    for key in keys {
        assert!(schema::find(&path(key)).is_ok(), "{key}");
    }
}

fn settings_table() -> String {
    let mut table =
        "| key | type | default | what it does | since |\n|---|---|---|---|---|\n".to_owned();
    add_rows(json_schema(), "", &mut table);
    table
}

fn variables_table() -> String {
    let mut table = "| variable | setting | what it is |\n|---|---|---|\n".to_owned();
    for variable in ENVIRONMENT {
        let setting = variable
            .setting
            .map(|path| format!("`{path}`"))
            .unwrap_or_default();
        writeln!(
            table,
            "| `{}` | {setting} | {} |",
            variable.name, variable.meaning
        )
        .unwrap();
    }
    table
}

fn add_rows(node: &Value, prefix: &str, table: &mut String) {
    for (key, field) in node["properties"].as_object().into_iter().flatten() {
        let key = format!("{prefix}{key}");
        let inside = alternatives(field).find(|inside| inside.get("properties").is_some());
        match (inside, field.get("additionalProperties")) {
            (Some(section), _) => add_rows(section, &format!("{key}."), table),
            (None, Some(entry)) if entry["type"] == "object" => {
                add_rows(entry, &format!("{key}.NAME."), table);
            }
            (None, Some(entry)) => add_row(entry, &format!("{key}.NAME"), table),
            (None, None) => add_row(field, &key, table),
        }
    }
}

fn add_row(field: &Value, key: &str, table: &mut String) {
    let since = if OLD_KEYS.contains(&key) || key == "workflows_dir" {
        "2.0.0"
    } else {
        "3.0.0"
    };
    let mut meaning = field["description"]
        .as_str()
        .unwrap()
        .replace('\n', " ")
        .replace('|', "\\|");
    if field.get("x-read-at-start").is_some() {
        meaning.push_str(" Read when a program starts.");
    }
    let default = field.get("default").filter(|value| !value.is_null());
    let default = default
        .map(|value| format!("`{value}`"))
        .unwrap_or_default();
    let kind = kind(field);
    writeln!(
        table,
        "| `{key}` | {kind} | {default} | {meaning} | {since} |"
    )
    .unwrap();
}

fn alternatives(field: &Value) -> impl Iterator<Item = &Value> {
    let choices = field["anyOf"].as_array();
    let itself = choices.is_none().then_some(field);
    choices.into_iter().flatten().chain(itself)
}

fn kind(field: &Value) -> String {
    let format = match field["format"].as_str() {
        Some("path") => Some("path"),
        Some("secret") => Some("secret"),
        Some("server-address") => Some("address"),
        Some("store-url") => Some("URL"),
        _ => None,
    };
    let field = alternatives(field).next().unwrap();
    let list = field["type"] == "array" || field["type"][0] == "array";
    match (format, choices(field)) {
        (Some(format), _) if list => format!("list of {format}s"),
        (Some(format), _) => format.to_owned(),
        (None, Some(choices)) => choices,
        (None, None) => match field["type"].as_str().or_else(|| field["type"][0].as_str()) {
            Some("array") => "list of text".to_owned(),
            Some("string") => "text".to_owned(),
            Some("integer") => "whole number".to_owned(),
            Some(kind) => kind.to_owned(),
            None => panic!("no type: {field}"),
        },
    }
}

fn choices(field: &Value) -> Option<String> {
    let choices = field["oneOf"].as_array()?;
    let names = choices.iter().filter_map(|choice| choice["const"].as_str());
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    Some(names.join(", "))
}
