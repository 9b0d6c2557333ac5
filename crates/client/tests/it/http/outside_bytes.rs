//! Nothing that comes from outside makes the client panic.

use comfyctl_client::{
    Accepted, Connection, ErrorBody, HistoryEntry, JobPage, PromptId, Queue, Rejection,
    SecretReference, SystemStats, Uploaded,
};
use comfyctl_workflow::json::from_slice_lenient;
use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::{Value, json};

/// JSON of no shape in particular.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z_]{0,8}".prop_map(Value::from),
        prop_oneof!["execution_error", "execution_success", "filename"].prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("(filename|type|errors|[a-z]{0,4})", inner), 0..6)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

fn read_everything(bytes: &[u8]) {
    let _ = ErrorBody::from_slice(bytes).to_string();
    let _ = from_slice_lenient::<Queue>(bytes);
    let _ = from_slice_lenient::<JobPage>(bytes);
    let _ = from_slice_lenient::<Accepted>(bytes);
    let _ = from_slice_lenient::<SystemStats>(bytes);
    let _ = from_slice_lenient::<Uploaded>(bytes).map(|uploaded| uploaded.input_value());
    let _ = from_slice_lenient::<Rejection>(bytes).map(|rejection| rejection.to_string());
    if let Ok(history) = from_slice_lenient::<IndexMap<PromptId, HistoryEntry>>(bytes) {
        for entry in history.values() {
            let _ = (entry.verdict(), entry.outputs.iter().count());
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_everything(&bytes);
    }

    #[test]
    fn json_of_the_right_outline_is_survived(
        number in any_json(), outputs in any_json(), messages in any_json(), errors in any_json(),
    ) {
        let item = json!([number, "a", {}, {}, []]);
        for answer in [
            json!({"queue_running": [item], "queue_pending": [item, item]}),
            json!({"a": {"prompt": item, "outputs": outputs, "status": {"messages": messages}}}),
            json!({"error": {"type": "t"}, "node_errors": errors}),
            errors,
        ] {
            read_everything(&serde_json::to_vec(&answer).unwrap());
        }
    }

    #[test]
    fn any_address_and_any_secret_is_survived_and_not_shown(
        text in r"\PC{0,20}", password in "s3cret[a-z0-9]{4}",
    ) {
        let _ = SecretReference::from(text.as_str()).to_string();
        for address in [text.clone(), format!("http://me:{password}@{text}"), format!("me:{password}@{text}")] {
            let shown = match Connection::parse(&address) {
                Ok(connection) => format!("{connection:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            prop_assert!(!shown.contains(&password), "{shown}");
        }
    }
}
