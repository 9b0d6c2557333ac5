//! A saved workflow as a tool of its own: its parameters are those that an analysis of it finds, or
//! only those that its author marked.
//!
//! Made by [`crate::offer`] for the workflows that the settings name.

use crate::answer::Answer;
use crate::arguments;
use crate::backend::Backend;
use crate::call::Call;
use crate::catalog::Catalog;
use crate::failure::Failure;
use crate::graph::Graph;
use crate::job_end::{self, JobEnd, Waiting};
use crate::json_text::WorkflowText;
use crate::named_values::{self, Rest};
use crate::tool::{Effect, Registered, Run, annotations};
use crate::workflow_source;
use comfyctl_manager::Changes;
use comfyctl_workflow::{Analysis, Parameters};
use futures_util::FutureExt;
use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, JsonObject};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Most choices of a parameter that are listed; of more, only how many there are.
const CHOICES: usize = 50;

/// Longest name of a tool that all clients take.
const LONGEST_NAME: usize = 64;

/// The tool of a saved workflow.
pub(crate) async fn of(
    name: &str,
    purpose: &str,
    bytes: &[u8],
    backend: &Backend,
) -> Result<Registered, Failure> {
    let workflow = workflow_source::parse(bytes, name)?;
    let graph = Graph::new(workflow.document, None, backend).await?;
    let definitions = graph.definitions();
    let parameters = Analysis::of(&graph.prompt, definitions).parameters;
    let description = match purpose.trim() {
        "" => format!("Run the saved workflow `{name}`."),
        purpose => purpose.to_owned(),
    };
    let listing =
        rmcp::model::Tool::new(workflow_tool_name(name), description, schema(&parameters))
            .with_annotations(annotations(Effect::Adds, true));
    let name = name.to_owned();
    let run: Run =
        Arc::new(move |request, call, tool| run(name.clone(), request, call, tool).boxed());
    Ok(Registered::new::<JobEnd>(listing, Effect::Adds, run))
}

async fn run(
    name: String,
    request: CallToolRequestParams,
    call: Call,
    tool: Arc<Registered>,
) -> CallToolResponse {
    let given = request.arguments.unwrap_or_default();
    match execute(name, given, &call, &tool).await {
        Ok(answer) => answer.into_response(),
        Err(failure) => CallToolResult::from(failure).into(),
    }
}

async fn execute(
    name: String,
    given: JsonObject,
    call: &Call,
    tool: &Registered,
) -> Result<Answer<JobEnd>, Failure> {
    let values: Map<String, Value> = arguments::read(given, &tool.listing.input_schema)?;
    let workflow = workflow_source::read(WorkflowText::Named(name), None, call).await?;
    let overrides = named_values::overrides(values, Rest::Filled, &workflow, None, call);
    let changes = Changes {
        overrides: overrides.await?,
        ..Changes::default()
    };
    let waiting = Waiting {
        for_end: true,
        timeout: job_end::TIMEOUT,
        preview_size: job_end::default_preview(),
    };
    job_end::run(workflow, call.choice(None), changes, waiting, call).await
}

/// What the tool of a saved workflow is called: its name in the letters that names of tools may have.
#[must_use]
pub fn workflow_tool_name(workflow: &str) -> String {
    let letter = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => letter,
        _ => '_',
    };
    let name: String = workflow.chars().map(letter).take(LONGEST_NAME).collect();
    if Catalog::is_built_in(&name) {
        return format!("workflow_{name}");
    }
    name
}

/// What the author marked; else all but what the classes themselves call advanced.
fn schema(parameters: &Parameters) -> JsonObject {
    let marked = parameters.marked();
    let offered = if marked.is_empty() {
        parameters
    } else {
        &marked
    };
    let Value::Object(mut schema) = offered.json_schema() else {
        return JsonObject::new();
    };
    schema.remove("$schema");
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return schema;
    };
    for parameter in offered {
        if parameter.advanced && marked.is_empty() {
            properties.remove(&parameter.name);
        }
    }
    properties.values_mut().for_each(shorten);
    schema
}

fn shorten(property: &mut Value) {
    let choices = property["enum"].as_array().map_or(0, Vec::len);
    if choices > CHOICES
        && let Some(fields) = property.as_object_mut()
    {
        fields.remove("enum");
        let description = fields["description"].as_str().unwrap_or_default();
        let description = format!("{description}; one of {choices}, which list_models may list");
        fields.insert("description".to_owned(), description.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_letters_that_all_clients_take_and_is_no_other_tools() {
        assert_eq!(workflow_tool_name("faces/portrait 2"), "faces_portrait_2");
        assert_eq!(
            workflow_tool_name("generate_image"),
            "workflow_generate_image"
        );
        assert_eq!(workflow_tool_name(&"a".repeat(99)).len(), LONGEST_NAME);
    }
}
