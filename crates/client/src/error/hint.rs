//! The next step for a person, for each kind of error.

use super::kind::{ErrorKind, TimeoutPhase, TlsReason, UnreachableReason};

pub(super) fn of(kind: &ErrorKind) -> Option<String> {
    let hint = match kind {
        ErrorKind::InvalidAddress { .. } => "write it as `192.168.1.5:8188` or `https://host/path`",
        ErrorKind::Credentials(_) => {
            "set the variable or file that the connection's credentials refer to"
        }
        ErrorKind::Unreachable { reason, .. } => unreachable(*reason),
        ErrorKind::Tls { reason, .. } => tls(*reason),
        ErrorKind::Timeout { phase, .. } => timeout(*phase),
        ErrorKind::ConnectionLost { .. } => {
            "the server may have stopped or restarted: look at its log, then try again"
        }
        ErrorKind::Status { status, .. } => return status_hint(*status).map(str::to_owned),
        ErrorKind::Redirected { location, .. } => {
            return Some(format!(
                "use the address that it redirects to: `{location}`"
            ));
        }
        ErrorKind::Rejected(rejection) => return rejection.hint(),
        ErrorKind::Protocol { .. } => {
            "is this a ComfyUI server? Open the address in a browser; a login page or another \
             program may answer there"
        }
        ErrorKind::AnswerTooLarge { .. } => "ask for less at once",
        ErrorKind::UnsafePrompt(_) => "repair the workflow, then submit it again",
        ErrorKind::MaskNotWritten { .. } => {
            "the original must be an image that the server has; upload it first"
        }
        ErrorKind::RefusedBeforeSending { .. } | ErrorKind::File { .. } => return None,
    };
    Some(hint.to_owned())
}

fn unreachable(reason: UnreachableReason) -> &'static str {
    match reason {
        UnreachableReason::Dns => "check the host name and the network",
        UnreachableReason::Refused => {
            "start ComfyUI, or check the port; from another machine it must listen with `--listen`"
        }
        UnreachableReason::Network => "check the address, the network, the firewall and the proxy",
    }
}

fn tls(reason: TlsReason) -> &'static str {
    match reason {
        TlsReason::UnknownIssuer => {
            "name the certificate of its authority as the connection's CA file"
        }
        TlsReason::Expired => "renew the server's certificate, or check this machine's clock",
        TlsReason::NameMismatch => "use the host name that the certificate was made for",
        TlsReason::NotTls => "the server may speak plain http: try `http://`",
        TlsReason::TrustStore => "check the CA file and the certificates of this machine",
        TlsReason::Other => "check the server's TLS settings",
    }
}

fn timeout(phase: TimeoutPhase) -> &'static str {
    match phase {
        TimeoutPhase::Connect => "check the address and the firewall, or raise the connect timeout",
        TimeoutPhase::Request => "the server may be busy or hanging: look at its log",
        TimeoutPhase::Silence => "check the network, then try again",
    }
}

fn status_hint(status: u16) -> Option<&'static str> {
    Some(match status {
        401 | 407 => "the server asks for credentials: add them to the connection",
        403 => {
            "a proxy, a firewall or ComfyUI's origin check refuses: check credentials and address"
        }
        404 | 405 => "the server has no such thing: it may be older, or no ComfyUI",
        413 => "the body is too large: start ComfyUI with a higher `--max-upload-size` (in MB)",
        429 => "wait, then try again",
        500 => "ComfyUI failed while answering: its log says why",
        502..=504 | 520..=527 => {
            "a gateway in front of ComfyUI cannot reach it: it may be starting or stopped"
        }
        _ => return None,
    })
}
