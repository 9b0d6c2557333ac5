//! `/ws`: the handshake.

use super::{Parameters, Shared};
use crate::connection::Scissors;
use crate::fault::FaultKind;
use crate::socket;
use axum::extract::{ConnectInfo, Query, State, WebSocketUpgrade};
use axum::response::Response;
use std::future;

/// Larger frames end the connection.
const MAX_INBOUND: usize = 4 * 1024 * 1024;

pub(crate) async fn open(
    State(server): Shared,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    Query(parameters): Parameters,
    upgrade: WebSocketUpgrade,
) -> Response {
    let refused = server
        .faults
        .strike(|kind| (*kind == FaultKind::RefuseSocket).then_some(()));
    if refused.is_some() {
        scissors.cut();
        future::pending::<()>().await;
    }
    let given = parameters.get("clientId").filter(|id| !id.is_empty());
    let id = given
        .cloned()
        .unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    upgrade
        .max_message_size(MAX_INBOUND)
        .max_frame_size(MAX_INBOUND)
        .on_upgrade(move |web| socket::serve(server, id, web, scissors))
}
