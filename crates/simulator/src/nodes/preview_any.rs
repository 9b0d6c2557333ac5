//! `PreviewAny`: shows a value as text.

use super::{Context, Failure, Produced};
use crate::data::Data;
use comfyctl_workflow::validation::python;
use serde_json::{Value, json};

pub(super) fn preview(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let text = match context.inputs.get("source")? {
        Data::Literal(value @ (Value::Array(_) | Value::Object(_))) => python::dumps(value),
        Data::Literal(value) => python::text(value),
        other => python::text(&other.shown()),
    };
    Ok(Produced {
        outputs: vec![Data::Literal(Value::String(text.clone()))],
        ui: Some(json!({"text": [text]})),
    })
}
