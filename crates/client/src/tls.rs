//! How certificates are checked: by what the platform trusts, and by the connection's CA file.
//!
//! Used when a [`crate::Client`] is made, and by others who speak HTTP. Never touches the
//! process-wide default of the TLS library, which in a Python extension belongs to the whole process.

use crate::error::{Error, ErrorKind, TlsReason};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// TLS settings for one connection. The CA file is read here; the trust store of the platform when
/// the first secure connection is made, since reading it takes longer than a plain request.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let own_authorities = ca_file
        .map(read_certificates)
        .transpose()?
        .unwrap_or_default();
    let verifier = PlatformAndOwn {
        provider: Arc::clone(&provider),
        own_authorities,
        verifier: OnceLock::new(),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| trust_store(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let pem = std::fs::read(path).map_err(|source| ErrorKind::File {
        action: "read CA file",
        path: path.into(),
        source,
    })?;
    let invalid = |problem: &str| trust_store(format!("CA file `{}` {problem}", path.display()));
    let mut roots = rustls::RootCertStore::empty();
    let mut certificates = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| invalid("is not in PEM form"))?;
        roots
            .add(certificate.clone())
            .map_err(|_| invalid("holds a broken certificate"))?;
        certificates.push(certificate);
    }
    if certificates.is_empty() {
        return Err(invalid("holds no certificate"));
    }
    Ok(certificates)
}

fn trust_store(detail: String) -> Error {
    ErrorKind::Tls {
        reason: TlsReason::TrustStore,
        detail,
    }
    .into()
}

/// Leaves every decision to the platform's verifier, which it makes on first use.
#[derive(Debug)]
struct PlatformAndOwn {
    provider: Arc<CryptoProvider>,
    own_authorities: Vec<CertificateDer<'static>>,
    verifier: OnceLock<Result<Verifier, rustls::Error>>,
}

impl PlatformAndOwn {
    fn verifier(&self) -> Result<&Verifier, rustls::Error> {
        let make = || {
            let own = self.own_authorities.iter().cloned();
            Verifier::new_with_extra_roots(own, Arc::clone(&self.provider))
        };
        self.verifier
            .get_or_init(make)
            .as_ref()
            .map_err(Clone::clone)
    }
}

impl ServerCertVerifier for PlatformAndOwn {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verifier = self.verifier()?;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()?
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()?
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_ca_file_is_named_when_the_client_is_made() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let message = |path: &Path| client_config(Some(path)).unwrap_err().to_string();
        assert!(message(file.path()).contains("holds no certificate"));
        assert_eq!(
            message(Path::new("/not/there.pem")),
            "cannot read CA file `/not/there.pem`"
        );
    }
}
