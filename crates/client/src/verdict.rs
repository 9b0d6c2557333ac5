//! How an execution ended. Pure: reads what the server recorded, and does not believe its summary.

use comfyctl_workflow::NodeId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The `status` of a history entry.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ExecutionStatus {
    /// `success` or `error`. Says `success` for some executions that failed.
    #[serde(default)]
    pub status_str: Option<String>,
    /// Whether it ran to its end; as doubtful as `status_str`.
    #[serde(default)]
    pub completed: bool,
    /// `[event, data]` in the order in which they were sent.
    #[serde(default)]
    pub messages: Vec<(String, Value)>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// All that was asked for was made.
    Success,
    /// Someone stopped it.
    Interrupted(Interruption),
    /// A node failed.
    Failed(Box<ExecutionError>),
}

/// The node that an execution was stopped in.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Interruption {
    /// The node.
    #[serde(default)]
    pub node_id: Option<NodeId>,
    /// Its class.
    #[serde(default)]
    pub node_type: Option<String>,
    /// When, in milliseconds since 1970.
    #[serde(default)]
    pub timestamp: Option<i64>,
    /// Fields that we do not know, `executed` among them.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What a node failed with. All fields may be missing: servers without details exist.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ExecutionError {
    /// The node.
    #[serde(default)]
    pub node_id: Option<NodeId>,
    /// Its class.
    #[serde(default)]
    pub node_type: Option<String>,
    /// What the exception says, without the line break that ComfyUI ends it with.
    #[serde(default, deserialize_with = "trimmed")]
    pub exception_message: String,
    /// Class of the exception, such as `RuntimeError`.
    #[serde(default)]
    pub exception_type: String,
    /// The lines of the Python traceback.
    #[serde(default)]
    pub traceback: Vec<String>,
    /// When, in milliseconds since 1970.
    #[serde(default)]
    pub timestamp: Option<i64>,
    /// Fields that we do not know, such as `executed` and `current_inputs`.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl ExecutionStatus {
    /// How it ended. The last terminal message decides: a cycle that is found while executing ends
    /// as `success` with an `execution_error` last.
    pub fn verdict(&self) -> Verdict {
        let terminal = self
            .messages
            .iter()
            .rev()
            .find_map(|(event, data)| verdict_of(event, data));
        terminal.unwrap_or_else(|| match self.status_str.as_deref() {
            Some("error") => Verdict::Failed(Box::default()),
            _ => Verdict::Success,
        })
    }

    /// When the execution started, in milliseconds since 1970.
    pub fn started_at(&self) -> Option<i64> {
        self.timestamp_of(|event| event == "execution_start")
    }

    /// When the execution ended, in milliseconds since 1970.
    pub fn ended_at(&self) -> Option<i64> {
        self.timestamp_of(|event| verdict_of(event, &Value::Null).is_some())
    }

    fn timestamp_of(&self, is_it: impl Fn(&str) -> bool) -> Option<i64> {
        let (_, data) = self.messages.iter().rev().find(|(event, _)| is_it(event))?;
        data.get("timestamp")?.as_i64()
    }
}

impl Interruption {
    /// For data of another shape than we know, which is kept as it is.
    fn unread(data: &Value) -> Self {
        Self {
            rest: data.as_object().cloned().unwrap_or_default(),
            ..Self::default()
        }
    }
}

impl ExecutionError {
    /// For data of another shape than we know, which is kept as it is.
    fn unread(data: &Value) -> Self {
        let message = data
            .get("exception_message")
            .and_then(Value::as_str)
            .unwrap_or_default();
        Self {
            exception_message: message.trim_end().to_owned(),
            rest: data.as_object().cloned().unwrap_or_default(),
            ..Self::default()
        }
    }
}

fn verdict_of(event: &str, data: &Value) -> Option<Verdict> {
    Some(match event {
        "execution_success" => Verdict::Success,
        "execution_interrupted" => {
            let stop = Interruption::deserialize(data);
            Verdict::Interrupted(stop.unwrap_or_else(|_| Interruption::unread(data)))
        }
        "execution_error" => {
            let error = ExecutionError::deserialize(data);
            Verdict::Failed(Box::new(
                error.unwrap_or_else(|_| ExecutionError::unread(data)),
            ))
        }
        _ => return None,
    })
}

fn trimmed<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let mut message = String::deserialize(deserializer)?;
    message.truncate(message.trim_end().len());
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn verdict(status: Value) -> Verdict {
        serde_json::from_value::<ExecutionStatus>(status)
            .unwrap()
            .verdict()
    }

    #[test]
    fn success_with_an_error_last_is_a_failure() {
        let failed = verdict(
            json!({"status_str": "success", "completed": true, "messages": [
                ["execution_start", {"timestamp": 1}],
                ["execution_error", {"node_id": "2", "exception_message": "Dependency cycle detected\n"}],
            ]}),
        );
        let Verdict::Failed(error) = failed else {
            panic!("{failed:?}")
        };
        assert_eq!(error.node_id.unwrap().as_str(), "2");
        assert_eq!(error.exception_message, "Dependency cycle detected");
    }

    #[test]
    fn an_error_that_was_survived_is_a_success() {
        let status = json!({"status_str": "success", "messages": [
            ["execution_error", {}], ["execution_success", {"timestamp": 9}], ["later_event", {}],
        ]});
        assert_eq!(verdict(status.clone()), Verdict::Success);
        let status: ExecutionStatus = serde_json::from_value(status).unwrap();
        assert_eq!(status.ended_at(), Some(9));
    }

    #[test]
    fn an_interruption_is_no_failure() {
        let status = json!({"status_str": "error", "messages": [
            ["execution_interrupted", {"node_id": "3", "node_type": "KSampler", "executed": []}],
        ]});
        assert!(
            matches!(verdict(status), Verdict::Interrupted(stop) if stop.node_type.as_deref() == Some("KSampler"))
        );
    }

    #[test]
    fn an_error_of_another_shape_keeps_its_message() {
        let status = json!({"status_str": "error", "messages": [
            ["execution_error", {"exception_message": "out of memory", "traceback": "one text"}],
        ]});
        let Verdict::Failed(error) = verdict(status) else {
            panic!()
        };
        assert_eq!(error.exception_message, "out of memory");
        assert_eq!(error.rest["traceback"], "one text");
    }

    #[test]
    fn without_messages_the_summary_is_all_there_is() {
        assert_eq!(
            verdict(json!({"status_str": "error"})),
            Verdict::Failed(Box::default())
        );
        assert_eq!(verdict(json!({"status_str": "success"})), Verdict::Success);
    }
}
