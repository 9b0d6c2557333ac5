//! Secure connections: whom to trust, and what exactly is wrong with whom we do not.

use comfyctl_client::{Client, Connection, Delivery, Error, ErrorKind, TlsReason};
use rstest::rstest;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 43\r\nConnection: close\r\n\r\n{\"queue_running\": [], \"queue_pending\": [] }\n";

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/tls")
        .join(name)
}

/// Answers one request in the name of a certificate. Gives the port.
fn serve(certificate: &str) -> u16 {
    let certificate = CertificateDer::from_pem_file(data(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_file(data("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        // Clients that do not trust us hang up in the middle of this.
        let _ = answer(stream, config);
    });
    port
}

fn answer(stream: TcpStream, config: ServerConfig) -> std::io::Result<()> {
    let connection = ServerConnection::new(Arc::new(config)).map_err(std::io::Error::other)?;
    let mut secure = StreamOwned::new(connection, stream);
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        secure.read_exact(&mut byte)?;
        request.extend(byte);
    }
    secure.write_all(ANSWER)?;
    secure.conn.send_close_notify();
    secure.flush()
}

async fn ask(host: &str, certificate: &str, ca_file: Option<&str>) -> Result<(), Error> {
    let port = serve(certificate);
    let mut connection = Connection::parse(&format!("https://{host}:{port}")).unwrap();
    connection.ca_file = ca_file.map(data);
    Client::new(&connection).unwrap().queue().await.map(drop)
}

#[tokio::test]
async fn the_ca_file_of_a_connection_is_trusted() {
    ask("localhost", "server.pem", Some("authority.pem"))
        .await
        .unwrap();
}

#[rstest]
#[case::nobody_knows_it("localhost", "server.pem", None, TlsReason::UnknownIssuer)]
#[case::other_name(
    "127.0.0.1",
    "server.pem",
    Some("authority.pem"),
    TlsReason::NameMismatch
)]
#[case::expired("localhost", "expired.pem", Some("authority.pem"), TlsReason::Expired)]
#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_told(
    #[case] host: &str,
    #[case] certificate: &str,
    #[case] ca_file: Option<&str>,
    #[case] expected: TlsReason,
) {
    let error = ask(host, certificate, ca_file).await.unwrap_err();
    let ErrorKind::Tls { reason, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(*reason, expected);
    assert_eq!(
        (error.delivery(), error.is_transient()),
        (Delivery::NotSent, false)
    );
    assert!(error.hint().is_some());
}
