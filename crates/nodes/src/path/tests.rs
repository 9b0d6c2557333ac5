//! What paths lead to, on JSON held in Rust.

use super::*;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

fn find(document: &Value, path: &str) -> Value {
    match Path::parse(path).unwrap().find(&document) {
        Found::One(value) => value.clone(),
        Found::Many(values) => values.into_iter().cloned().collect(),
        Found::Missing => json!("missing"),
    }
}

fn document() -> Value {
    json!({
        "items": [{"name": "a", "size": 1}, {"name": "b", "size": 2}, {"name": null}],
        "a.b": {"c\\d": 5}, "0": "zero", "": {"": 6}, "$ref": {"x": 7}, "it's": 8, "text": "abc"
    })
}

#[rstest]
#[case::whole("", document())]
#[case::key("text", json!("abc"))]
#[case::index("items.0.name", json!("a"))]
#[case::from_the_end("items.-2.name", json!("b"))]
#[case::a_number_is_a_key_of_an_object("0", json!("zero"))]
#[case::dot_in_a_key(r"a\.b.c\\d", json!(5))]
#[case::lone_backslash(r"a\.b.c\d", json!(5))]
#[case::empty_keys(".", json!(6))]
#[case::dollar_in_a_key("$ref.x", json!(7))]
#[case::null_is_missing("items.2.name", json!("missing"))]
#[case::beyond_the_end("items.3", json!("missing"))]
#[case::before_the_start("items.-4", json!("missing"))]
#[case::below_a_text("text.0", json!("missing"))]
#[case::key_of_a_list("items.name", json!("missing"))]
#[case::huge_index("items.99999999999999999999", json!("missing"))]
fn a_dotted_path_names_one_value(#[case] path: &str, #[case] value: Value) {
    assert_eq!(find(&document(), path), value);
}

#[rstest]
#[case::root("$", document())]
#[case::single("$.items[0].name", json!("a"))]
#[case::negative("$.items[-2]['name']", json!("b"))]
#[case::quoted(r#"$["a.b"][ "c\\d" ]"#, json!(5))]
#[case::single_quote(r"$['it\'s']", json!(8))]
#[case::null_is_missing("$.items[2].name", json!("missing"))]
#[case::wildcard("$.items[*].size", json!([1, 2]))]
#[case::filter("$.items[?@.size > 1].name", json!(["b"]))]
#[case::descendants("$..name", json!(["a", "b"]))]
#[case::slice("$.items[:2].name", json!(["a", "b"]))]
#[case::a_number_is_an_index_only("$[0]", json!("missing"))]
#[case::no_match("$.items[?@.size > 9]", json!("missing"))]
fn a_json_path_gives_a_value_or_a_list_of_matches(#[case] path: &str, #[case] value: Value) {
    assert_eq!(find(&document(), path), value);
}

#[test]
fn a_broken_json_path_says_where() {
    let error = Path::parse("$.items[?").unwrap_err();
    assert_eq!(error.code(), "invalid_path");
    assert!(
        error
            .to_string()
            .starts_with("`$.items[?` is no JSONPath: "),
        "{error}"
    );
}

fn escape(key: &str) -> String {
    key.replace('\\', r"\\").replace('.', r"\.")
}

proptest! {
    #[test]
    fn escaped_keys_come_back(keys in prop::collection::vec(any::<String>(), 1..5)) {
        let text = keys.iter().map(|key| escape(key)).collect::<Vec<_>>().join(".");
        // One empty key alone is the empty path, which is the whole value.
        prop_assume!(!text.is_empty() && !is_json_path(&text));
        let path = Path::parse(&text).unwrap();
        let found: Vec<_> = path.steps().unwrap().iter().map(|step| step.key.clone().unwrap()).collect();
        prop_assert_eq!(found, keys);
    }

    #[test]
    fn no_text_breaks_the_parser(text in r"\$?[$.\[\]'*?@a0\\ -]{0,20}") {
        if let Ok(path) = Path::parse(&text) {
            let _ = path.find(&&document());
        }
    }

    /// The library is the judge of what we read ourselves.
    #[test]
    fn single_paths_agree_with_the_library(
        text in r#"\$(\.[a-c]|\[-?[0-2]\]|\['[a-c.\\']{0,3}'\]|\["[a-c"\\n]{0,3}"\]){0,4}"#,
        document in nested(),
    ) {
        let ours = single::steps(&text).map(|steps| walk(&&document, &steps));
        let theirs = JsonPath::parse(&text);
        if let Some(ours) = ours {
            let theirs = theirs.unwrap().query(&document).first().filter(|value| !value.is_null());
            prop_assert_eq!(ours, theirs);
        }
    }
}

fn nested() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(Value::Null), any::<i8>().prop_map(Value::from)];
    leaf.prop_recursive(4, 32, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[a-c]", inner), 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}
