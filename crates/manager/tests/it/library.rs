//! Saved workflows: one contract, on this machine and on a server.

use crate::support::{Bench, quick};
use comfyctl_manager::{Code, Library, WorkflowName};
use rstest::rstest;

#[derive(Debug, Clone, Copy)]
enum Place {
    Here,
    Server,
}

fn library(bench: &Bench, place: Place) -> Library {
    match place {
        Place::Here => bench.manager.library(),
        Place::Server => Library::Server(bench.server.client().clone()),
    }
}

fn name(text: &str) -> WorkflowName {
    text.parse().unwrap()
}

async fn names(library: &Library) -> Vec<String> {
    let listed = library.list().await.unwrap();
    listed.into_iter().map(|saved| saved.name).collect()
}

#[rstest]
#[case(Place::Here)]
#[case(Place::Server)]
#[tokio::test]
async fn a_workflow_is_kept_byte_for_byte_and_not_replaced_unasked(#[case] place: Place) {
    let bench = Bench::new().await;
    let library = library(&bench, place);
    assert_eq!(names(&library).await, [""; 0]);
    let first = serde_json::to_vec_pretty(&quick()).unwrap();
    let second = serde_json::to_vec(&quick()).unwrap();
    for text in ["portrait", "clients/acme/banner ä"] {
        library.save(&name(text), &first, false).await.unwrap();
    }
    assert_eq!(names(&library).await, ["clients/acme/banner ä", "portrait"]);
    let taken = library
        .save(&name("portrait"), &second, false)
        .await
        .unwrap_err();
    assert!(
        taken.code() == Code::FileError && taken.hint().is_some(),
        "{taken}"
    );
    assert_eq!(library.read("portrait").await.unwrap().unwrap(), first);
    library
        .save(&name("portrait"), &second, true)
        .await
        .unwrap();
    assert_eq!(library.read("portrait").await.unwrap().unwrap(), second);
    assert!(library.delete(&name("portrait")).await.unwrap());
    assert!(!library.delete(&name("portrait")).await.unwrap());
    assert_eq!(library.read("portrait").await.unwrap(), None);
}

#[rstest]
#[case(Place::Here)]
#[case(Place::Server)]
#[tokio::test]
async fn only_workflows_are_saved(#[case] place: Place) {
    let bench = Bench::new().await;
    let library = library(&bench, place);
    let error = library
        .save(&name("notes"), b"hello", false)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::InvalidWorkflow);
    assert_eq!(names(&library).await, [""; 0]);
}

#[rstest]
#[case(Place::Here)]
#[case(Place::Server)]
#[tokio::test]
async fn another_content_has_another_hash(#[case] place: Place) {
    let bench = Bench::new().await;
    let library = library(&bench, place);
    let hash = async || {
        library.list().await.unwrap()[0]
            .content_hash
            .clone()
            .unwrap()
    };
    let bytes = serde_json::to_vec(&quick()).unwrap();
    library.save(&name("one"), &bytes, false).await.unwrap();
    let first = hash().await;
    library.save(&name("one"), &bytes, true).await.unwrap();
    assert_eq!(hash().await, first);
    let pretty = serde_json::to_vec_pretty(&quick()).unwrap();
    library.save(&name("one"), &pretty, true).await.unwrap();
    assert_ne!(hash().await, first);
}
