//! From what people type to the value of a setting: JSON or text, as the setting's type wants it.

use super::error::SettingsError;
use super::path::SettingPath;
use super::schema;
use serde_json::Value;

/// Reads the text given for a setting. Whether the value can be is found out when it is set.
pub fn parse(path: &SettingPath, text: &str) -> Result<Value, SettingsError> {
    let node = schema::find(path)?;
    let json = serde_json::from_str::<Value>(text);
    if !node.admits("string") {
        return json.map_err(|_| SettingsError::InvalidValue {
            origin: format!("the value for `{path}`"),
            message: format!("it takes {}", node.wanted()),
        });
    }
    Ok(match json {
        // Text that happens to be JSON stays text, unless it is quoted or empties the setting.
        Ok(Value::String(text)) => text.into(),
        Ok(Value::Null) if node.admits("null") => Value::Null,
        _ => text.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("default_connection", "gpu", json!("gpu"))]
    #[case("default_connection", "1984", json!("1984"))]
    #[case("default_connection", "\"gpu\"", json!("gpu"))]
    #[case("default_connection", "null", json!(null))]
    #[case("workflows_dir", "null", json!("null"))]
    #[case("mcp.port", "9000", json!(9000))]
    #[case("mcp.enabled", "true", json!(true))]
    #[case("connections.a.labels", "[\"x\"]", json!(["x"]))]
    #[case("jobs.run_timeout_seconds", "2.5", json!(2.5))]
    #[case("logging.level", "DEBUG", json!("DEBUG"))]
    fn the_type_of_the_setting_decides(
        #[case] path: &str,
        #[case] text: &str,
        #[case] value: Value,
    ) {
        assert_eq!(parse(&path.parse().unwrap(), text).unwrap(), value);
    }

    #[test]
    fn what_does_not_fit_is_told_what_would() {
        let error = parse(&"mcp.port".parse().unwrap(), "ninety").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the value for `mcp.port` is wrong: it takes a whole number from 1 to 65535"
        );
    }
}
