//! What the editor sends changed several times between 1.44 and 1.58, each time with a version of its
//! own. The versions here were tried in a browser, with `make editor-truth FRONTEND=VERSION`.

use crate::corpus::Corpus;
use comfyctl_workflow::convert::{Converter, Dialect, Options};
use comfyctl_workflow::definitions::Definitions;
use comfyctl_workflow::ui::UiWorkflow;
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Classes that the edge cases do not have.
const MORE: &[u8] = br#"{
    "SaveAudio": {"input": {"required": {"audio": ["AUDIO"], "filename_prefix": ["STRING", {}]}}},
    "CurveEditor": {"input": {"required": {"curve": ["CURVE", {}]}}}
}"#;

static CORPUS: LazyLock<Corpus> = LazyLock::new(Corpus::edge_cases);
static CONVERTER: LazyLock<Converter> = LazyLock::new(|| {
    let mut definitions = CORPUS.definitions.clone();
    definitions.extend(Definitions::from_slice(MORE).unwrap());
    Converter::new(&definitions)
});

/// What the editor of a version sends for an input; null for nothing.
fn sent(file: &Value, version: &str, node: &str, input: &str) -> Value {
    let options = Options {
        dialect: version.parse::<Dialect>().unwrap(),
        ..Options::default()
    };
    let workflow = UiWorkflow::from_value(file.clone()).unwrap();
    let made = CONVERTER.convert(&workflow, &options, &mut |_| 0).unwrap();
    let node = made.prompt.node(node).unwrap();
    node.input(input).cloned().unwrap_or_default()
}

#[rstest]
#[case::subgraph_nodes_have_values("sub_nested", "10:300:201", "seed", ("1.45.21", json!(11)), ("1.46.15", json!(55)))]
#[case::primitives_stay_outside("sub_widget_link_primitive", "10:101", "seed", ("1.46.15", json!(1234)), ("1.47.8", json!(11)))]
#[case::texts_are_texts("widgets_array_value", "2", "text", ("1.53.10", json!({"__value__": ["x", "y"]})), ("1.54.12", json!("x,y")))]
fn an_edge_case_changes_with_the_version(
    #[case] name: &str,
    #[case] node: &str,
    #[case] input: &str,
    #[case] before: (&str, Value),
    #[case] after: (&str, Value),
) {
    let file = CORPUS.json("inputs", name).unwrap();
    for (version, value) in [before, after] {
        assert_eq!(sent(&file, version, node, input), value, "{version}");
    }
}

#[test]
fn addresses_of_previews_were_sent_up_to_1_46() {
    let file = json!({"nodes": [{"id": 1, "type": "SaveAudio", "widgets_values": ["sound"]}], "links": []});
    assert_eq!(sent(&file, "1.46.15", "1", "audioUI"), json!(""));
    assert_eq!(sent(&file, "1.47.8", "1", "audioUI"), Value::Null);
}

#[test]
fn every_curve_is_marked_as_one_from_1_52_on() {
    let curve = json!({"points": [[0, 0], [1, 1]]});
    let file = json!({"nodes": [{"id": 1, "type": "CurveEditor", "widgets_values": [curve]}], "links": []});
    assert_eq!(sent(&file, "1.51.10", "1", "curve"), curve);
    let marked = json!({"__type__": "CURVE", "__value__": curve});
    assert_eq!(sent(&file, "1.52.7", "1", "curve"), marked);
}

#[test]
fn links_that_no_slot_names_count_from_1_53_on() {
    let sampler = json!({"id": 5, "type": "KSampler", "inputs": [
        {"name": "model", "type": "MODEL", "link": null},
        {"name": "positive", "type": "CONDITIONING", "link": null},
        {"name": "negative", "type": "CONDITIONING", "link": null},
        {"name": "latent_image", "type": "LATENT", "link": null}]});
    let file = json!({"nodes": [{"id": 2, "type": "EmptyLatentImage"}, sampler],
        "links": [[1, 2, 0, 5, 3, "LATENT"]]});
    assert_eq!(sent(&file, "1.52.7", "5", "latent_image"), Value::Null);
    assert_eq!(sent(&file, "1.53.10", "5", "latent_image"), json!(["2", 0]));
}
