//! Which connection is meant by a choice.

use super::*;

const FLEET: &str = r#"{"connections": {
    "a": {"url": "http://a", "labels": ["fast", "flux"], "max_jobs": 2},
    "b": {"url": "http://b", "labels": ["flux"]},
    "c": {"url": "http://c", "labels": ["flux"], "paused": true},
    "broken": {"url": "ho st", "labels": ["flux"]}
}}"#;

fn any(labels: &[&str]) -> ConnectionChoice {
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    ConnectionChoice::Any { labels }
}

fn candidates(choice: &ConnectionChoice) -> Result<Vec<String>, Error> {
    let found = settings(FLEET).candidates(choice)?;
    Ok(found
        .into_iter()
        .map(|connection| connection.name)
        .collect())
}

#[test]
fn any_is_every_connection_with_all_labels_that_is_not_paused() {
    assert_eq!(candidates(&any(&[])).unwrap(), ["a", "b"]);
    assert_eq!(candidates(&any(&["flux"])).unwrap(), ["a", "b"]);
    assert_eq!(candidates(&any(&["flux", "fast"])).unwrap(), ["a"]);
    let named = ConnectionChoice::Named("any".to_owned());
    assert_eq!(candidates(&named).unwrap(), ["a", "b"]);
    assert_eq!(
        settings(FLEET)
            .connection(&any(&["flux"]))
            .unwrap()
            .max_jobs,
        2
    );
}

#[test]
fn without_a_candidate_each_connection_tells_why() {
    let error = candidates(&any(&["slow"])).unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.hint().unwrap()));
}

#[test]
fn a_connection_of_that_name_is_meant_by_any() {
    let settings = settings(r#"{"connections": {"a": {}, "any": {"url": "http://b"}}}"#);
    let named = ConnectionChoice::Named("any".to_owned());
    let found = settings.candidates(&named).unwrap();
    assert_eq!((found.len(), found[0].name.as_str()), (1, "any"));
}

#[test]
fn a_paused_connection_takes_no_job_and_can_be_asked() {
    let named = ConnectionChoice::Named("c".to_owned());
    assert!(settings(FLEET).connection(&named).unwrap().paused);
    let error = candidates(&named).unwrap_err();
    assert_eq!(error.to_string(), "connection `c` is paused");
}

#[test]
fn a_misspelt_name_is_an_error_with_the_nearest() {
    let settings = settings(r#"{"connections": {"default": {}, "gpu": {}}}"#);
    let choice = ConnectionChoice::Named("gpo".to_owned());
    let error = settings.connection(&choice).unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.hint().unwrap()));
}

#[test]
fn any_may_be_the_default() {
    let settings = settings(
        r#"{"connections": {"a": {"paused": true}, "b": {}}, "default_connection": "any"}"#,
    );
    let found = settings.candidates(&ConnectionChoice::Default).unwrap();
    assert_eq!((found.len(), found[0].name.as_str()), (1, "b"));
}
