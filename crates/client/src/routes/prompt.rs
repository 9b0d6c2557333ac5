//! `POST /prompt`: hands a graph to the server, after making sure that it does no harm there.

use super::queue::Queue;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::ids::{ClientId, PromptId};
use crate::rejection::{NodeErrors, Rejection};
use crate::transport::Call;
use comfyctl_workflow::{Faults, NodeId, Prompt};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

const ROUTE: &[&str] = &["api", "prompt"];

/// What is posted: a graph, and how to run it.
#[derive(Clone, Serialize)]
pub struct PromptRequest<'a> {
    /// The graph.
    pub prompt: &'a Prompt,
    /// Id of the execution; the server makes one when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_id: Option<PromptId>,
    /// Who gets the events. Without it nobody does, apart from progress, which then goes to all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Place in the queue: lower runs first. The server counts up when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<f64>,
    /// Before all that waits. Ignored by the server when `number` is given.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub front: bool,
    /// Metadata that is kept in the history and, below `extra_pnginfo`, in the files made.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra_data: Map<String, Value>,
    /// Run only these output nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_execution_targets: Option<Vec<NodeId>>,
}

/// The server queued the prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// Id of the execution.
    pub prompt_id: PromptId,
    /// Place in the queue: lower runs first.
    pub number: f64,
    /// Outputs that will not be made, and why. The others run.
    #[serde(default)]
    pub node_errors: NodeErrors,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl<'a> PromptRequest<'a> {
    /// Runs the whole graph in its turn, with an id and events for nobody.
    pub fn new(prompt: &'a Prompt) -> Self {
        Self {
            prompt,
            prompt_id: None,
            client_id: None,
            number: None,
            front: false,
            extra_data: Map::new(),
            partial_execution_targets: None,
        }
    }

    /// What would kill or corrupt a server, although it would answer with 200.
    fn harm(&self) -> Option<ErrorKind> {
        let faults = self.prompt.faults();
        if !faults.is_empty() {
            return Some(ErrorKind::UnsafePrompt(Faults(faults)));
        }
        let refuse = |problem: &str| {
            Some(ErrorKind::RefusedBeforeSending {
                problem: problem.to_owned(),
            })
        };
        if self.number.is_some_and(|number| !number.is_finite()) {
            return refuse("`number` is not finite, which makes the server's answers invalid JSON");
        }
        match self.extra_data.get("extra_pnginfo") {
            None => None,
            Some(Value::Object(info)) if info.get("workflow").is_none_or(Value::is_object) => None,
            Some(Value::Object(_)) => refuse(
                "`extra_pnginfo.workflow` is not an object, which breaks the server's list of jobs",
            ),
            Some(_) => {
                refuse("`extra_pnginfo` is not an object, which breaks the server's list of jobs")
            }
        }
    }
}

/// Without the values of `extra_data`, which may hold keys of paid services.
impl fmt::Debug for PromptRequest<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PromptRequest")
            .field("nodes", &self.prompt.len())
            .field("prompt_id", &self.prompt_id)
            .field("client_id", &self.client_id)
            .field("number", &self.number)
            .field("front", &self.front)
            .field("extra_data", &self.extra_data.keys().collect::<Vec<_>>())
            .field("partial_execution_targets", &self.partial_execution_targets)
            .finish()
    }
}

impl Client {
    /// Queues a prompt.
    ///
    /// What would harm the server is refused before it is sent. When the error's
    /// [`delivery`](Error::delivery) is unknown the prompt may be queued all the same.
    pub async fn submit(&self, request: &PromptRequest<'_>) -> Result<Accepted, Error> {
        let call = self.post(ROUTE);
        if let Some(harm) = request.harm() {
            return Err(call.error(harm));
        }
        self.refuse_if_pending(&call, request).await?;
        let answer = call.json(request)?.whole().await?;
        if answer.status == StatusCode::BAD_REQUEST
            && let Ok(rejection) = answer.parse::<Rejection>()
        {
            return Err(Error::new(
                answer.operation,
                ErrorKind::Rejected(Box::new(rejection)),
            ));
        }
        answer.ok()?.parse()
    }

    /// The same id and number twice among what waits make the server answer with 500 and run both.
    /// Only then is a look into the queue worth its time.
    async fn refuse_if_pending(
        &self,
        call: &Call<'_>,
        request: &PromptRequest<'_>,
    ) -> Result<(), Error> {
        let (Some(id), Some(number)) = (&request.prompt_id, request.number) else {
            return Ok(());
        };
        let Queue { pending, .. } = self.queue().await?;
        #[expect(
            clippy::float_cmp,
            reason = "the server compares the same two numbers exactly"
        )]
        let twin = |item: &super::queue::QueueItem| item.prompt_id == *id && item.number == number;
        if pending.iter().any(twin) {
            return Err(call.refuse(format!(
                "prompt `{id}` with number {number} is pending already, and would run twice"
            )));
        }
        Ok(())
    }
}
