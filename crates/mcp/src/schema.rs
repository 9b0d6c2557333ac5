//! JSON Schemas of what tools take and give, as lean as they can be: every token of them is paid for
//! by every conversation.

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// The schema of what a tool takes.
pub(crate) fn of_input<T: JsonSchema>() -> JsonObject {
    let mut schema = inline::<T>();
    lean(&mut schema, Nulls::Dropped);
    let mut schema = object(schema);
    schema.entry("properties").or_insert_with(|| json!({}));
    schema
}

/// The schema of what a tool gives, or of its failure: only `success` is always there.
pub(crate) fn of_output<T: JsonSchema>() -> JsonObject {
    let mut schema = inline::<T>();
    lean(&mut schema, Nulls::Kept);
    let mut schema = object(schema);
    let mut properties = JsonObject::new();
    properties.insert("success".to_owned(), json!({ "type": "boolean" }));
    if let Some(Value::Object(own)) = schema.remove("properties") {
        properties.extend(own);
    }
    properties.insert("error".to_owned(), json!({ "type": ["string", "null"] }));
    for name in ["code", "node", "hint"] {
        properties.insert(name.to_owned(), json!({ "type": "string" }));
    }
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("required".to_owned(), json!(["success"]));
    schema
}

fn inline<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

fn object(schema: Value) -> JsonObject {
    match schema {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    }
}

/// What becomes of `null` among the types of a value.
#[derive(Clone, Copy, PartialEq)]
enum Nulls {
    /// Whoever has nothing to say leaves the parameter out.
    Dropped,
    /// A result may hold it.
    Kept,
}

fn lean(schema: &mut Value, nulls: Nulls) {
    let Value::Object(fields) = schema else {
        return;
    };
    for name in ["$schema", "title", "format"] {
        fields.remove(name);
    }
    if fields.get("default").is_some_and(Value::is_null) {
        fields.remove("default");
    }
    // Says no more than that a Rust integer has no sign.
    if fields.get("minimum").and_then(Value::as_u64) == Some(0) {
        fields.remove("minimum");
    }
    if nulls == Nulls::Dropped {
        drop_null(fields);
    } else {
        fields.remove("description");
        fields.remove("required");
    }
    if let Some(Value::Object(properties)) = fields.get_mut("properties") {
        properties.values_mut().for_each(|each| lean(each, nulls));
    }
    // Lines end where those of the code do.
    if let Some(Value::String(text)) = fields.get_mut("description") {
        *text = text.replace('\n', " ");
    }
    for name in ["items", "additionalProperties"] {
        if let Some(inner) = fields.get_mut(name) {
            lean(inner, nulls);
        }
    }
}

fn drop_null(fields: &mut JsonObject) {
    let Some(Value::Array(types)) = fields.get_mut("type") else {
        return;
    };
    types.retain(|name| name != "null");
    if let [only] = &types[..] {
        let only = only.clone();
        fields.insert("type".to_owned(), only);
    }
}
