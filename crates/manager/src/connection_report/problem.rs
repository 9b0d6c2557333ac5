//! Why a connection does not lead to a ComfyUI, as precisely as can be found out.

use crate::code::Code;
use comfyctl_client::{
    Client, Connection, Error, ErrorKind, TimeoutPhase, TlsReason, UnreachableReason,
};
use serde::Serialize;

/// Why a connection does not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionProblem {
    /// The place where the way ends.
    pub reason: ProblemReason,
    /// Stable kind of error, as of all other errors.
    pub code: Code,
    /// For people.
    pub message: String,
    /// What to try next.
    pub hint: Option<String>,
}

/// The place where the way to a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemReason {
    /// Credentials or certificates of the connection cannot be read.
    Settings,
    /// The host name is unknown.
    Dns,
    /// Nothing listens on the port.
    Refused,
    /// The network does not lead there.
    Network,
    /// No connection in time.
    ConnectTimeout,
    /// No answer in time.
    AnswerTimeout,
    /// The connection broke before the answer was complete.
    ConnectionLost,
    /// The certificate is not trusted, expired, or made for another name.
    Certificate,
    /// No TLS is spoken there, or another kind of it.
    Tls,
    /// The server wants other credentials.
    Unauthorized,
    /// ComfyUI may be on that host, at another path.
    WrongPath,
    /// The server sends us elsewhere.
    Redirected,
    /// A gateway answers, and the server behind it does not.
    Gateway,
    /// The server answers with another error.
    ServerError,
    /// Something else than ComfyUI answers.
    NotComfyui,
}

/// Explains an error of the first requests to a server. May ask the server once more, to tell a
/// wrong path from another program.
pub(super) async fn explain(connection: &Connection, error: &Error) -> ConnectionProblem {
    let mut problem = ConnectionProblem {
        reason: reason(error.kind()),
        code: Code::of_client_error(error),
        message: with_cause(error),
        hint: error.hint(),
    };
    let may_be_elsewhere = matches!(
        problem.reason,
        ProblemReason::NotComfyui | ProblemReason::WrongPath
    );
    if !may_be_elsewhere {
        return problem;
    }
    let has_path = connection.url.as_url().path() != "/";
    match at_the_root(connection).await {
        Some(root) => {
            problem.reason = ProblemReason::WrongPath;
            problem.hint = Some(format!("ComfyUI answers at `{root}`: use that address"));
        }
        None if has_path => {
            problem.hint = Some("check the path, and whether ComfyUI runs there".to_owned());
        }
        None => {
            problem.reason = ProblemReason::NotComfyui;
            problem.hint = Some(
                "another program answers there; a ComfyUI behind a proxy may have a path, as in \
                 `https://host/comfy`"
                    .to_owned(),
            );
        }
    }
    problem
}

/// The address without its path, where a ComfyUI answers at it.
async fn at_the_root(connection: &Connection) -> Option<String> {
    let mut url = connection.url.as_url().clone();
    if url.path() == "/" {
        return None;
    }
    url.set_path("/");
    let url = Connection::parse(url.as_str()).ok()?.url;
    let root = Connection {
        url,
        ..connection.clone()
    };
    Client::new(&root).ok()?.system_stats().await.ok()?;
    Some(root.url.to_string())
}

fn reason(kind: &ErrorKind) -> ProblemReason {
    match kind {
        ErrorKind::Unreachable { reason, .. } => match reason {
            UnreachableReason::Dns => ProblemReason::Dns,
            UnreachableReason::Refused => ProblemReason::Refused,
            _ => ProblemReason::Network,
        },
        ErrorKind::Timeout {
            phase: TimeoutPhase::Connect,
            ..
        } => ProblemReason::ConnectTimeout,
        ErrorKind::Timeout { .. } => ProblemReason::AnswerTimeout,
        ErrorKind::ConnectionLost { .. } => ProblemReason::ConnectionLost,
        ErrorKind::Tls { reason, .. } => match reason {
            TlsReason::UnknownIssuer | TlsReason::Expired | TlsReason::NameMismatch => {
                ProblemReason::Certificate
            }
            TlsReason::TrustStore => ProblemReason::Settings,
            _ => ProblemReason::Tls,
        },
        ErrorKind::Status { status, .. } => match status {
            401 | 403 | 407 => ProblemReason::Unauthorized,
            404 | 405 => ProblemReason::WrongPath,
            502..=504 | 520..=527 => ProblemReason::Gateway,
            _ => ProblemReason::ServerError,
        },
        ErrorKind::Redirected { .. } => ProblemReason::Redirected,
        ErrorKind::Credentials(_)
        | ErrorKind::File { .. }
        | ErrorKind::InvalidAddress { .. }
        | ErrorKind::RefusedBeforeSending { .. } => ProblemReason::Settings,
        _ => ProblemReason::NotComfyui,
    }
}

/// The message with what the system says of a file.
fn with_cause(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn unreachable(reason: UnreachableReason) -> ErrorKind {
        ErrorKind::Unreachable {
            reason,
            detail: String::new(),
        }
    }

    fn timeout(phase: TimeoutPhase) -> ErrorKind {
        ErrorKind::Timeout {
            phase,
            after: std::time::Duration::ZERO,
        }
    }

    fn tls(reason: TlsReason) -> ErrorKind {
        ErrorKind::Tls {
            reason,
            detail: String::new(),
        }
    }

    #[rstest]
    #[case(unreachable(UnreachableReason::Dns), ProblemReason::Dns)]
    #[case(unreachable(UnreachableReason::Network), ProblemReason::Network)]
    #[case(timeout(TimeoutPhase::Connect), ProblemReason::ConnectTimeout)]
    #[case(timeout(TimeoutPhase::Request), ProblemReason::AnswerTimeout)]
    #[case(tls(TlsReason::Expired), ProblemReason::Certificate)]
    #[case(tls(TlsReason::TrustStore), ProblemReason::Settings)]
    fn what_no_simulator_does_is_told_apart_too(
        #[case] kind: ErrorKind,
        #[case] wanted: ProblemReason,
    ) {
        assert_eq!(reason(&kind), wanted);
    }
}
