//! Asks whoever sits at the client before something is destroyed.
//!
//! Clients up to 2025-11-25 are asked by a request of ours; later ones get the question as the
//! result and call again with the answer. Where nobody can be asked, the settings decide.

use crate::call::Call;
use crate::failure::{DECLINED, Failure, NOT_ALLOWED};
use comfyctl_manager::Code;
use rmcp::model::{
    CallToolRequestParams, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationSchema, InputRequest, InputRequests, InputRequiredResult, ProtocolVersion,
};

/// Name of the only question.
const QUESTION: &str = "confirm";

/// What came of asking.
#[derive(Debug)]
pub(crate) enum Confirmation {
    Yes,
    No(Failure),
    /// The client asks, and calls again.
    AskFirst(InputRequiredResult),
}

pub(crate) async fn ask(
    question: &str,
    request: &CallToolRequestParams,
    call: &Call,
) -> Confirmation {
    let given = request.input_responses.as_ref();
    if let Some(answer) = given.and_then(|answers| answers.get(QUESTION)) {
        return match serde_json::from_value::<ElicitResult>(answer.clone()) {
            Ok(answer) => judge(&answer.action),
            Err(error) => Confirmation::No(Failure::invalid(format!("the answer: {error}"))),
        };
    }
    let context = &call.request;
    let can_ask = context
        .client_capabilities()
        .is_some_and(|capabilities| capabilities.elicitation.is_some());
    if !can_ask {
        return without_asking(question, call.settings().mcp().allow_destructive);
    }
    let version = context.protocol_version();
    let asks_itself =
        version.is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str());
    if asks_itself {
        let question = InputRequest::Elicitation(ElicitRequest::new(form(question)));
        let requests = InputRequests::from([(QUESTION.to_owned(), question)]);
        return Confirmation::AskFirst(InputRequiredResult::from_input_requests(requests));
    }
    let asking = context.peer.create_elicitation(form(question));
    match call.cancelled.run_until_cancelled(asking).await {
        Some(Ok(answer)) => judge(&answer.action),
        Some(Err(_)) => without_asking(question, call.settings().mcp().allow_destructive),
        None => {
            let message = "cancelled before the user answered";
            Confirmation::No(Failure::new(Code::Cancelled.as_str(), message))
        }
    }
}

fn judge(action: &ElicitationAction) -> Confirmation {
    match action {
        ElicitationAction::Accept => Confirmation::Yes,
        _ => Confirmation::No(Failure::new(DECLINED, "the user did not agree")),
    }
}

fn without_asking(question: &str, allowed: bool) -> Confirmation {
    if allowed {
        return Confirmation::Yes;
    }
    let message = format!("nobody can be asked: {question}");
    let hint = "this client cannot ask its user; `comfyctl settings set mcp.allow_destructive true` \
                allows it without asking";
    Confirmation::No(Failure::new(NOT_ALLOWED, message).with_hint(hint))
}

/// A question without fields: agreeing is the answer.
fn form(question: &str) -> ElicitRequestParams {
    ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: question.to_owned(),
        requested_schema: ElicitationSchema::new(std::collections::BTreeMap::new()),
    }
}
