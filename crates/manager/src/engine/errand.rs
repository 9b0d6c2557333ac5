//! The requests about one job: each goes to the server on its own and brings back an answer.

use crate::course::{PostAnswer, Sighting, Turns};
use crate::look::{look, look_for_end};
use crate::post::post;
use crate::server::Server;
use comfyctl_client::{ClientId, NodeErrors, PromptId};
use comfyctl_workflow::Prompt;
use serde_json::Value;
use std::sync::Arc;
use tracing::debug;

/// What requests about a job need to know.
pub(crate) struct Errand {
    pub(crate) server: Arc<Server>,
    pub(crate) prompt: Prompt,
    /// The graph of the editor that the prompt was made from.
    pub(crate) editor: Option<Value>,
    pub(crate) prompt_id: PromptId,
    pub(crate) client_id: ClientId,
}

/// What came back.
pub(crate) enum Answer {
    Posted(PostAnswer, NodeErrors),
    /// With the moment at which the look began.
    Looked(Sighting, Turns),
    CancelSent,
}

impl Errand {
    pub(crate) async fn post(self: Arc<Self>) -> Answer {
        let (client, editor) = (self.server.client(), self.editor.as_ref());
        let posting = post(
            client,
            &self.prompt,
            &self.prompt_id,
            &self.client_id,
            editor,
        );
        let (answer, node_errors) = posting.await;
        Answer::Posted(answer, node_errors)
    }

    /// `ended` when the server said that it is over: then its record is asked for alone.
    pub(crate) async fn look(self: Arc<Self>, ended: bool, since: Turns) -> Answer {
        let sighting = if ended {
            look_for_end(self.server.client(), &self.prompt_id).await
        } else {
            look(self.server.client(), &self.prompt_id).await
        };
        Answer::Looked(sighting, since)
    }

    /// Whether it worked shows in the next look, so a failure needs no handling here.
    pub(crate) async fn cancel(self: Arc<Self>) -> Answer {
        if let Err(error) = self.server.client().cancel(&self.prompt_id).await {
            let prompt_id = self.prompt_id.as_str();
            debug!(prompt.id = prompt_id, %error, "failed to cancel; it is tried again");
        }
        Answer::CancelSent
    }
}
