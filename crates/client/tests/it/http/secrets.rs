//! Credentials reach the server and nothing else.

use crate::support::scripted::free_port;
use crate::support::{ok, prompt, text};
use comfyctl_client::{Client, Connection, Credentials, PromptRequest};
use rstest::rstest;
use serde_json::json;
use wiremock::matchers::header;
use wiremock::{Mock, MockServer};

const SECRET: &str = "planted-s3cret";

fn bearer() -> Credentials {
    Credentials::Bearer(SECRET.into())
}

fn own_header() -> Credentials {
    Credentials::Header {
        name: "X-API-Key".to_owned(),
        value: SECRET.into(),
    }
}

#[rstest]
#[case::bearer(bearer(), "authorization", "Bearer planted-s3cret")]
#[case::header(own_header(), "x-api-key", "planted-s3cret")]
#[tokio::test]
async fn the_server_gets_them_with_every_request(
    #[case] credentials: Credentials,
    #[case] name: &str,
    #[case] value: &str,
) {
    let server = MockServer::start().await;
    let queue = ok(&json!({"queue_running": [], "queue_pending": []}));
    Mock::given(header(name, value))
        .respond_with(queue)
        .mount(&server)
        .await;
    let mut connection = Connection::parse(&server.uri()).unwrap();
    connection.credentials = Some(credentials);
    Client::new(&connection).unwrap().queue().await.unwrap();
}

#[rstest]
#[case::bearer(Some(bearer()))]
#[case::header(Some(own_header()))]
#[case::in_the_url(None)]
#[tokio::test]
async fn nothing_that_can_be_printed_holds_them(#[case] credentials: Option<Credentials>) {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(text(500, "no"))
        .mount(&server)
        .await;
    let closed = format!("http://{}", free_port().await);
    let mut shown = Vec::new();
    for address in [server.uri(), closed] {
        let address = match &credentials {
            Some(_) => address,
            None => address.replace("://", &format!("://me:{SECRET}@")),
        };
        let mut connection = Connection::parse(&address).unwrap();
        connection.credentials = credentials.clone().or(connection.credentials);
        let client = Client::new(&connection).unwrap();
        let mut request = prompt_request();
        request
            .extra_data
            .insert("api_key_comfy_org".to_owned(), SECRET.into());
        let error = client.submit(&request).await.unwrap_err();
        shown.push(format!(
            "{connection:?} {client:?} {request:?} {error} {error:?} {:?}",
            error.hint()
        ));
    }
    let shown = shown.join("\n");
    let encoded = "bWU6cGxhbnRlZC1zM2NyZXQ";
    assert!(
        !shown.contains(SECRET) && !shown.contains(encoded),
        "{shown}"
    );
}

fn prompt_request() -> PromptRequest<'static> {
    PromptRequest::new(Box::leak(Box::new(prompt())))
}
