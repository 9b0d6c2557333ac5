//! `test_connection`: who answers at a server, or precisely why nobody does.

use super::OfConnection;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::tool::{Effect, Tool};
use comfyctl_manager::connection_report;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

pub(super) struct TestConnection;

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    connected: bool,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, Value>>")]
    system: Option<Value>,
}

impl Tool for TestConnection {
    const NAME: &'static str = "test_connection";
    const DESCRIPTION: &'static str = "Whether a server answers, or why not and what to check.";
    const EFFECT: Effect = Effect::Reads;
    type Input = OfConnection;
    type Output = Output;

    async fn call(input: OfConnection, call: Call) -> Result<Answer<Output>, Failure> {
        let choice = call.choice(input.connection.as_deref());
        let connection = call.settings().connection(&choice)?;
        let report = Box::pin(connection_report::test_connection(&connection)).await;
        let failure = report.error.as_ref().map(|problem| Failure {
            hint: problem.hint.clone(),
            ..Failure::new(
                problem.code.as_str(),
                format!("`{}` at {}: {}", report.name, report.url, problem.message),
            )
        });
        let output = Output {
            connected: report.ok,
            url: report.url.clone(),
            system: report.ok.then(|| short(json!(report))),
        };
        Ok(Answer::from(output).failed(failure))
    }
}

/// Without what is told already and what is not there.
fn short(mut report: Value) -> Value {
    if let Some(models) = report.get_mut("models").and_then(Value::as_object_mut) {
        models.retain(|_, count| *count != 0);
    }
    if let Some(fields) = report.as_object_mut() {
        fields.retain(|name, value| !["name", "url", "ok"].contains(&&**name) && !value.is_null());
    }
    report
}
