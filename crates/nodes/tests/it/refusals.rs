//! What workflows from strangers try: every way to an address that no node may reach is refused, and
//! the server behind it hears nothing.

use crate::support::{get, http, names_lead_to, send, settings};
use comfyctl_nodes::network::{Http, Lookup, Policy};
use rstest::rstest;
use serde_json::json;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// HTTP under default settings: nothing private may be reached.
fn strict(lookup: &Lookup) -> Http {
    Http::new(Policy::from_settings(&settings(&json!({}))), lookup).unwrap()
}

async fn code(http: &Http, url: &str) -> &'static str {
    send(http, &get(url))
        .await
        .map_or_else(|error| error.code(), |_| "reached")
}

/// A server that counts what it hears.
async fn listening() -> MockServer {
    let server = MockServer::start().await;
    let nothing = Mock::given(any()).respond_with(ResponseTemplate::new(200));
    nothing.expect(0).mount(&server).await;
    server
}

#[rstest]
#[case::plain("127.0.0.1")]
#[case::decimal("2130706433")]
#[case::hexadecimal("0x7f000001")]
#[case::dotted_hexadecimal("0x7f.0x0.0x0.0x1")]
#[case::octal("0177.0.0.1")]
#[case::octal_whole("017700000001")]
#[case::short("127.1")]
#[case::zero("0")]
#[case::other_loopback("127.8.9.10")]
#[case::full_width("１２７。０。０。１")]
#[case::percent("127%2e0%2e0%2e1")]
#[case::ipv6("[::1]")]
#[case::ipv6_long("[0:0:0:0:0:0:0:1]")]
#[case::mapped("[::ffff:127.0.0.1]")]
#[case::mapped_hexadecimal("[::ffff:7f00:1]")]
#[case::compatible("[::127.0.0.1]")]
#[case::nat64("[64:ff9b::127.0.0.1]")]
#[case::credentials_before("user:password@127.0.0.1")]
#[case::name("localhost")]
#[case::name_with_dot("localhost.")]
#[case::upper_case("LOCALHOST")]
#[case::public_looking_name("api.example.com")]
#[tokio::test]
async fn this_machine_is_refused_in_every_form(#[case] host: &str) {
    let server = listening().await;
    let url = format!("http://{host}:{}/", server.address().port());
    assert_eq!(
        code(&strict(&names_lead_to(&["127.0.0.1"])), &url).await,
        "network_refused"
    );
}

#[rstest]
#[case("http://169.254.169.254/latest/meta-data/")]
#[case("http://2852039166/")]
#[case("http://0xa9fea9fe/")]
#[case("http://0251.0376.0251.0376/")]
#[case("http://[::ffff:a9fe:a9fe]/")]
#[case("http://[fd00:ec2::254]/")]
#[case("http://100.100.100.200/")]
#[case("http://[fe80::1]/")]
#[tokio::test]
async fn metadata_is_refused_whatever_the_settings_say(#[case] url: &str) {
    let hosts = [
        "169.254.169.254",
        "[fd00:ec2::254]",
        "metadata.google.internal",
    ];
    let network = json!({"network": {"allow_private": true, "allowed_hosts": hosts}});
    let policy = Policy::from_settings(&settings(&network));
    let http = Http::new(policy, &names_lead_to(&["169.254.169.254"])).unwrap();
    assert_eq!(code(&http, url).await, "network_refused");
    assert_eq!(
        code(&http, "http://metadata.google.internal/").await,
        "network_refused"
    );
}

#[rstest]
#[case("file:///etc/passwd")]
#[case("ftp://example.com/")]
#[case("gopher://127.0.0.1:6379/_INFO")]
#[case("data:text/plain,x")]
#[tokio::test]
async fn other_schemes_are_refused(#[case] url: &str) {
    assert_eq!(
        code(&strict(&names_lead_to(&[])), url).await,
        "network_refused"
    );
}

#[rstest]
#[case::one_bad_among_good(&["93.184.216.34", "10.0.0.1"])]
#[case::private_ipv6(&["fd00::1"])]
#[case::mapped(&["::ffff:192.168.0.1"])]
#[tokio::test]
async fn a_name_is_refused_for_any_of_its_addresses(#[case] addresses: &[&str]) {
    let http = strict(&names_lead_to(addresses));
    assert_eq!(
        code(&http, "http://rebinding.example/").await,
        "network_refused"
    );
}

/// The first answer is checked and used; a second one, which leads inside, is checked as well.
#[tokio::test]
async fn a_name_that_changes_its_mind_is_checked_each_time() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let lookup: Lookup = Arc::new(move |_| {
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        let address: IpAddr = if first {
            [127, 0, 0, 1]
        } else {
            [169, 254, 169, 254]
        }
        .into();
        Box::pin(async move { Ok(vec![address]) })
    });
    let server = MockServer::start().await;
    let close = ResponseTemplate::new(200).insert_header("connection", "close");
    Mock::given(any())
        .respond_with(close)
        .expect(1)
        .mount(&server)
        .await;
    let host = format!("changing.example:{}", server.address().port());
    let network = json!({"network": {"allowed_hosts": [host]}});
    let policy = Policy::from_settings(&settings(&network));
    let http = Http::new(policy, &lookup).unwrap();
    assert_eq!(code(&http, &format!("http://{host}/")).await, "reached");
    // One lookup for one connection: what was checked is what was connected to.
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(
        code(&http, &format!("http://{host}/")).await,
        "network_refused"
    );
}

#[rstest]
#[case::loopback("http://127.0.0.1:{port}/")]
#[case::decimal("http://2130706433:{port}/")]
#[case::mapped("//[::ffff:127.0.0.1]:{port}/")]
#[case::name("http://inside.example:{port}/")]
#[case::metadata("http://169.254.169.254/")]
#[case::file("file:///etc/passwd")]
#[tokio::test]
async fn redirects_lead_nowhere_else(
    #[case] location: &str,
    #[values(301, 302, 303, 307, 308)] status: u16,
) {
    let (outside, inside) = (MockServer::start().await, listening().await);
    let location = location.replace("{port}", &inside.address().port().to_string());
    let redirect = ResponseTemplate::new(status).insert_header("location", location);
    Mock::given(any())
        .respond_with(redirect)
        .expect(1)
        .mount(&outside)
        .await;
    let http = http(&[&outside.uri()]);
    assert_eq!(code(&http, &outside.uri()).await, "network_refused");
}

#[tokio::test]
async fn redirects_end() {
    let server = MockServer::start().await;
    let around = ResponseTemplate::new(302).insert_header("location", "/again");
    Mock::given(any())
        .respond_with(around)
        .expect(11)
        .mount(&server)
        .await;
    assert_eq!(
        code(&http(&[&server.uri()]), &server.uri()).await,
        "too_many_redirects"
    );
}

#[tokio::test]
async fn the_refusal_prints_the_setting_and_no_credentials() {
    let http = strict(&names_lead_to(&["192.168.7.7"]));
    let url = "http://me:s3cret@nas.example:5000/a?key=s3cret#s3cret";
    let report = send(&http, &get(url)).await.unwrap_err().report();
    assert_eq!(
        report,
        "`nas.example` is refused: 192.168.7.7 is a private address (hint: if this workflow may reach \
         it, add \"nas.example\" to `network.allowed_hosts` of the settings)"
    );
}

#[tokio::test]
async fn a_configured_connection_may_be_reached() {
    let server = MockServer::start().await;
    Mock::given(path("/prompt"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let (host, port) = ("127.0.0.1", server.address().port());
    let connections = json!({"connections": {"gpu": {"host": host, "port": port}}});
    let policy = Policy::from_settings(&settings(&connections));
    let http = Http::new(policy, &names_lead_to(&[])).unwrap();
    assert_eq!(
        code(&http, &format!("http://{host}:{port}/prompt")).await,
        "reached"
    );
    let other = listening().await;
    assert_eq!(code(&http, &other.uri()).await, "network_refused");
}
