//! One look at a connection: what answers there, or precisely why nothing does.

use comfyctl_client::{Connection, Credentials};
use comfyctl_manager::NamedConnection;
use comfyctl_manager::connection_report::{ConnectionReport, ProblemReason, test_connection};
use comfyctl_simulator::Simulator;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn look(address: &str) -> ConnectionReport {
    let connection = Connection::parse(address).unwrap();
    test_connection(&NamedConnection::new("gpu", connection)).await
}

fn reason(report: &ConnectionReport) -> ProblemReason {
    assert!(!report.ok && report.queue.is_none(), "{report:?}");
    report.error.as_ref().unwrap().reason
}

#[tokio::test]
async fn a_server_that_answers_is_described() {
    let simulator = Simulator::builder().start().await.unwrap();
    let report = look(&simulator.url()).await;
    insta::assert_json_snapshot!(report, {
        ".url" => "[url]", ".latency_ms" => "[latency]", ".ram_total" => "[bytes]",
        ".ram_free" => "[bytes]", ".devices[].vram_total" => "[bytes]",
        ".devices[].vram_free" => "[bytes]", ".os" => "[os]",
    });
}

#[rstest]
#[case::unauthorized(401, ProblemReason::Unauthorized)]
#[case::forbidden(403, ProblemReason::Unauthorized)]
#[case::gateway(502, ProblemReason::Gateway)]
#[case::broken(500, ProblemReason::ServerError)]
#[case::nothing(404, ProblemReason::NotComfyui)]
#[tokio::test]
async fn a_status_that_says_no_is_told_apart(#[case] status: u16, #[case] wanted: ProblemReason) {
    let fault = format!("status={status}:GET:/system_stats")
        .parse()
        .unwrap();
    let simulator = Simulator::builder().fault(fault).start().await.unwrap();
    let report = look(&simulator.url()).await;
    assert_eq!(reason(&report), wanted);
    assert!(report.error.unwrap().hint.is_some() || status == 500);
}

#[tokio::test]
async fn a_wrong_path_is_told_with_the_right_one() {
    let simulator = Simulator::builder().start().await.unwrap();
    let report = look(&format!("{}/comfy", simulator.url())).await;
    assert_eq!(reason(&report), ProblemReason::WrongPath);
    let hint = format!("ComfyUI answers at `{}`: use that address", simulator.url());
    assert_eq!(report.error.unwrap().hint.unwrap(), hint);
}

#[tokio::test]
async fn nobody_at_the_port_is_refused() {
    let simulator = Simulator::builder().start().await.unwrap();
    simulator.kill().await;
    assert_eq!(
        reason(&look(&simulator.url()).await),
        ProblemReason::Refused
    );
}

#[tokio::test]
async fn https_to_a_server_that_speaks_http_is_a_matter_of_tls() {
    let simulator = Simulator::builder().start().await.unwrap();
    let report = look(&simulator.url().replace("http:", "https:")).await;
    assert_eq!(reason(&report), ProblemReason::Tls);
    assert!(report.error.unwrap().hint.unwrap().contains("`http://`"));
}

#[tokio::test]
async fn another_program_is_no_comfyui() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>";
        let mut request = [0; 2048];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        stream.write_all(page.as_bytes()).await.unwrap();
    });
    assert_eq!(
        reason(&look(&address.to_string()).await),
        ProblemReason::NotComfyui
    );
    server.await.unwrap();
}

#[tokio::test]
async fn credentials_that_cannot_be_read_are_a_matter_of_settings() {
    let mut connection = Connection::parse("127.0.0.1:1").unwrap();
    let token = "file:/no/such/file".into();
    connection.credentials = Some(Credentials::Bearer(token));
    let report = test_connection(&NamedConnection::new("gpu", connection)).await;
    assert_eq!(reason(&report), ProblemReason::Settings);
    let message = report.error.unwrap().message;
    assert!(message.contains("/no/such/file"), "{message}");
}
