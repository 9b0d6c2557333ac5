//! Posts the prompt of a job, and says what its answer means for the job.

use crate::course::PostAnswer;
use crate::ending::job_error;
use comfyctl_client::{
    Accepted, Client, ClientId, Delivery, Error, NodeErrors, PromptId, PromptRequest,
};
use comfyctl_workflow::Prompt;
use serde_json::{Map, Value, json};

/// Posts under our own id, and under the client id whose socket is ours. `editor` is the graph of
/// the editor that the prompt was made from.
pub(crate) async fn post(
    client: &Client,
    prompt: &Prompt,
    id: &PromptId,
    client_id: &ClientId,
    editor: Option<&Value>,
) -> (PostAnswer, NodeErrors) {
    let request = PromptRequest {
        prompt_id: Some(id.clone()),
        client_id: Some(client_id.clone()),
        extra_data: editor.map(extra_data).unwrap_or_default(),
        ..PromptRequest::new(prompt)
    };
    match client.submit(&request).await {
        Ok(Accepted { node_errors, .. }) => (PostAnswer::Accepted, node_errors),
        Err(error) => (answer_of(&error), NodeErrors::default()),
    }
}

/// What the server writes into the files that it makes, so that the editor can open them.
fn extra_data(editor: &Value) -> Map<String, Value> {
    let embedded = json!({ "workflow": editor });
    Map::from_iter([("extra_pnginfo".to_owned(), embedded)])
}

fn answer_of(error: &Error) -> PostAnswer {
    let reason = job_error(error);
    match (error.delivery(), error.status()) {
        // Both are said before a server looks at the prompt.
        (_, Some(429 | 503)) => PostAnswer::Busy(reason),
        (Delivery::NotSent, _) => PostAnswer::NotSent(reason),
        (Delivery::Answered, _) => PostAnswer::Rejected(reason),
        // ComfyUI's own 500 is final, and yet it may have queued the prompt.
        (Delivery::Unknown, Some(500)) => PostAnswer::Failed(reason),
        (Delivery::Unknown, _) => PostAnswer::Lost(reason),
    }
}
