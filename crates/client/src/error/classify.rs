//! From the errors of the HTTP and TLS libraries to ours, by their types and never by their texts.

use super::kind::{ErrorKind, TimeoutPhase, TlsReason, UnreachableReason};
use rustls::{AlertDescription, CertificateError};
use std::error::Error as StdError;
use std::io;
use std::time::Duration;

impl ErrorKind {
    /// For an error of a request or of the body of its answer. `connect` is the time that was
    /// allowed for connecting.
    ///
    /// Only what fails while connecting counts as not sent: after that nobody can know.
    pub(crate) fn from_http(error: reqwest::Error, connect: Duration) -> Self {
        // The URL may hold a query that is nobody's business.
        let error = error.without_url();
        let detail = describe(&error);
        if find::<hyper::Error>(&error).is_some_and(hyper::Error::is_parse) {
            let detail = format!("it is no HTTP ({detail})");
            return Self::Protocol { detail };
        }
        if !error.is_connect() {
            return Self::ConnectionLost { detail };
        }
        if error.is_timeout() {
            return Self::Timeout {
                phase: TimeoutPhase::Connect,
                after: connect,
            };
        }
        if let Some(tls) = find::<rustls::Error>(&error) {
            return Self::Tls {
                reason: tls_reason(tls),
                detail: tls.to_string(),
            };
        }
        let refused = find::<io::Error>(&error)
            .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        let reason = match () {
            () if error.is_dns() => UnreachableReason::Dns,
            () if refused => UnreachableReason::Refused,
            () => UnreachableReason::Network,
        };
        Self::Unreachable { reason, detail }
    }
}

fn tls_reason(error: &rustls::Error) -> TlsReason {
    match error {
        rustls::Error::InvalidCertificate(certificate) => certificate_reason(certificate),
        rustls::Error::InvalidMessage(_) => TlsReason::NotTls,
        rustls::Error::AlertReceived(AlertDescription::UnknownCA) => TlsReason::UnknownIssuer,
        _ => TlsReason::Other,
    }
}

fn certificate_reason(error: &CertificateError) -> TlsReason {
    match error {
        CertificateError::UnknownIssuer => TlsReason::UnknownIssuer,
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => TlsReason::Expired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsReason::NameMismatch
        }
        _ => TlsReason::Other,
    }
}

/// The innermost error of a type. Looks into [`io::Error`] too, whose `source` skips the error that
/// it wraps.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let inner = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
        .map(|inner| inner as &(dyn StdError + 'static))
        .or_else(|| error.source());
    inner.and_then(find).or_else(|| error.downcast_ref())
}

/// The innermost cause in words, which says what happened; what is around it says where, which the
/// error already knows.
fn describe(error: &(dyn StdError + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_inside_an_io_error_is_found() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let outer = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
        assert_eq!(
            tls_reason(find::<rustls::Error>(&outer).unwrap()),
            TlsReason::UnknownIssuer
        );
        assert_eq!(
            find::<io::Error>(&outer).unwrap().kind(),
            io::ErrorKind::InvalidData
        );
    }
}
