//! What a tool gives back: data under the names of version 2.0.0, and perhaps links and pictures.
//!
//! Made by tools, turned into the protocol's result by [`crate::tool`]. The text beside the
//! structured content is the same JSON: version 2.0.0 gave it there, and many clients show their
//! model nothing else.

use crate::failure::Failure;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, CreateTaskResult, Task};
use serde::Serialize;
use serde_json::{Map, Value};

/// What a tool gives back.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    fields: T,
    failure: Option<Failure>,
    content: Vec<ContentBlock>,
    task: Option<Task>,
}

impl<T> From<T> for Answer<T> {
    fn from(fields: T) -> Self {
        Self {
            fields,
            failure: None,
            content: Vec::new(),
            task: None,
        }
    }
}

impl<T: Serialize> Answer<T> {
    /// Something went wrong, and there is more to tell than that.
    pub(crate) fn failed(mut self, failure: Option<Failure>) -> Self {
        self.failure = failure;
        self
    }

    /// Adds links and pictures.
    pub(crate) fn with(mut self, content: impl IntoIterator<Item = ContentBlock>) -> Self {
        self.content.extend(content);
        self
    }

    /// The result comes later: this is where to ask for it.
    pub(crate) fn later(mut self, task: Task) -> Self {
        self.task = Some(task);
        self
    }

    pub(crate) fn into_response(mut self) -> CallToolResponse {
        match self.task.take() {
            Some(task) => CallToolResponse::Task(CreateTaskResult::new(task)),
            None => self.into_result().into(),
        }
    }

    pub(crate) fn into_result(self) -> CallToolResult {
        let fields = match serde_json::to_value(self.fields) {
            Ok(Value::Object(fields)) => fields,
            // Outputs are structs of plain data.
            _ => Map::new(),
        };
        result(fields, self.failure, self.content)
    }
}

impl From<Failure> for CallToolResult {
    fn from(failure: Failure) -> Self {
        result(Map::new(), Some(failure), Vec::new())
    }
}

fn result(
    fields: Map<String, Value>,
    failure: Option<Failure>,
    links: Vec<ContentBlock>,
) -> CallToolResult {
    let mut structured = Map::new();
    structured.insert("success".to_owned(), failure.is_none().into());
    structured.extend(fields);
    let failed = failure.is_some();
    if let Some(failure) = failure {
        structured.insert("error".to_owned(), failure.message.into());
        structured.insert("code".to_owned(), failure.code.into());
        let more = [("node", failure.node), ("hint", failure.hint)];
        for (name, text) in more {
            if let Some(text) = text {
                structured.insert(name.to_owned(), text.into());
            }
        }
    }
    let structured = Value::Object(structured);
    let mut content = vec![ContentBlock::text(structured.to_string())];
    content.extend(links);
    let mut result = if failed {
        CallToolResult::error(content)
    } else {
        CallToolResult::success(content)
    };
    result.structured_content = Some(structured);
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn data_and_failure_stand_side_by_side() {
        let failure = Failure::new("node_error", "node `3` failed").with_hint("less");
        let answer = Answer::from(json!({"job_id": "j", "error": null})).failed(Some(failure));
        let result = answer.into_result();
        assert_eq!(result.is_error, Some(true));
        assert_eq!(
            result.structured_content.unwrap(),
            json!({"success": false, "job_id": "j", "error": "node `3` failed",
                   "code": "node_error", "hint": "less"})
        );
    }
}
