//! What a server brings along: templates and blueprints, in the forms of a real ComfyUI 0.28.1.

use crate::support::{manager, quick};
use comfyctl_manager::{Code, ConnectionChoice, ErrorKind, Library};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn serve(server: &MockServer, route: &str, answer: Value) {
    Mock::given(method("GET"))
        .and(path(route))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .mount(server)
        .await;
}

fn libraries(server: &MockServer) -> [Library; 2] {
    let folder = tempfile::tempdir().unwrap();
    let choice = ConnectionChoice::Address(server.uri());
    let client = manager(folder.path())
        .server(&choice)
        .unwrap()
        .client()
        .clone();
    [
        Library::Templates(client.clone()),
        Library::Blueprints(client),
    ]
}

#[tokio::test]
async fn templates_of_the_editor_and_of_packs_are_one_library() {
    let server = MockServer::start().await;
    let template = json!({"name": "flux", "title": "Flux: Text to Image", "description": "Draws",
        "tags": ["Image"], "mediaType": "image", "date": "2025-11-27", "usage": 7});
    serve(
        &server,
        "/templates/index.json",
        json!([{"title": "Image", "templates": [template]}]),
    )
    .await;
    serve(
        &server,
        "/api/workflow_templates",
        json!({"pack": ["first steps"]}),
    )
    .await;
    serve(&server, "/templates/flux.json", json!({"nodes": []})).await;
    serve(
        &server,
        "/api/workflow_templates/pack/first%20steps.json",
        json!({"nodes": [1]}),
    )
    .await;
    let [templates, _] = libraries(&server);
    insta::assert_json_snapshot!(templates.list().await.unwrap());
    assert_eq!(
        templates.read("flux").await.unwrap().unwrap(),
        br#"{"nodes":[]}"#
    );
    assert_eq!(
        templates.read("pack/first steps").await.unwrap().unwrap(),
        br#"{"nodes":[1]}"#
    );
    assert_eq!(templates.read("other").await.unwrap(), None);
    let error = templates
        .save(&"a".parse().unwrap(), quick().to_string().as_bytes(), true)
        .await;
    assert_eq!(error.unwrap_err().code(), Code::FileError);
}

#[tokio::test]
async fn blueprints_go_by_name_and_by_id_where_a_name_is_taken_twice() {
    let server = MockServer::start().await;
    let entry = |name: &str, pack: &str| json!({"source": "templates", "name": name, "info": {"node_pack": pack}});
    let all = json!({"a1": entry("Blur", "comfyui"), "b2": entry("Blur", "custom_nodes.pack"),
        "c3": entry("Twice", "comfyui"), "d4": entry("Twice", "comfyui")});
    serve(&server, "/api/global_subgraphs", all).await;
    for id in ["a1", "b2", "d4"] {
        let mut whole = entry("?", "?");
        whole["data"] = json!(format!(r#"{{"nodes": ["{id}"]}}"#));
        serve(&server, &format!("/api/global_subgraphs/{id}"), whole).await;
    }
    let [_, blueprints] = libraries(&server);
    let listed = blueprints.list().await.unwrap();
    let names: Vec<String> = listed
        .iter()
        .map(|one| one.reference().to_string())
        .collect();
    assert_eq!(
        names,
        [
            "blueprint:Blur",
            "blueprint:Twice",
            "blueprint:Twice",
            "blueprint:pack/Blur"
        ]
    );
    let read =
        async |name| String::from_utf8(blueprints.read(name).await.unwrap().unwrap()).unwrap();
    assert!(read("Blur").await.contains("a1"));
    assert!(read("pack/Blur").await.contains("b2"));
    assert!(read("d4").await.contains("d4"));
    let error = blueprints.read("Twice").await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::AmbiguousWorkflow { .. }),
        "{error}"
    );
    assert_eq!(error.hint().unwrap(), "name it by its id: c3 or d4");
    assert_eq!(blueprints.read("None").await.unwrap(), None);
}
