//! Whatever a file holds, converting it ends in a prompt or an error, soon.

use crate::corpus::Corpus;
use comfyctl_workflow::convert::{ConvertError, Converter, Dialect, Options};
use comfyctl_workflow::ui::UiWorkflow;
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::LazyLock;

static CORPUS: LazyLock<Corpus> = LazyLock::new(Corpus::edge_cases);
static CONVERTER: LazyLock<Converter> = LazyLock::new(|| Converter::new(&CORPUS.definitions));

fn convert(file: Value) -> Result<usize, ConvertError> {
    let workflow = UiWorkflow::from_value(file).unwrap();
    let made = CONVERTER.convert(&workflow, &Options::default(), &mut |_| 0)?;
    Ok(made.prompt.len())
}

/// Where the lists of nodes are, those of subgraphs too.
fn node_lists(file: &Value) -> Vec<String> {
    let subgraphs = file.pointer("/definitions/subgraphs");
    let count = subgraphs.and_then(Value::as_array).map_or(0, Vec::len);
    let inside = (0..count).map(|at| format!("/definitions/subgraphs/{at}/nodes"));
    std::iter::once("/nodes".to_owned()).chain(inside).collect()
}

#[rstest]
#[case::muted(|nodes: &mut Vec<Value>, at: usize| nodes[at]["mode"] = json!(2))]
#[case::bypassed(|nodes: &mut Vec<Value>, at: usize| nodes[at]["mode"] = json!(4))]
#[case::gone(|nodes: &mut Vec<Value>, at: usize| drop(nodes.remove(at)))]
#[case::without_slots(|nodes: &mut Vec<Value>, at: usize| nodes[at]["inputs"] = json!([]))]
#[case::twice(|nodes: &mut Vec<Value>, at: usize| nodes.push(nodes[at].clone()))]
fn workflows_with_any_one_node_changed_are_survived(
    #[case] change: fn(&mut Vec<Value>, usize),
    #[values(false, true)] old: bool,
) {
    let options = Options {
        dialect: if old { Dialect::V1_45 } else { Dialect::V1_58 },
        ..Options::default()
    };
    for name in CORPUS.names("inputs") {
        let file = CORPUS.json("inputs", name).unwrap();
        for list in node_lists(&file) {
            let count = file.pointer(&list).unwrap().as_array().unwrap().len();
            for at in 0..count {
                let mut changed = file.clone();
                let nodes = changed.pointer_mut(&list).unwrap().as_array_mut();
                change(nodes.unwrap(), at);
                let workflow = UiWorkflow::from_value(changed).unwrap();
                // An error is an answer; a panic is none.
                let _ = CONVERTER.convert(&workflow, &options, &mut |_| 0);
            }
        }
    }
}

#[test]
fn a_switched_off_subgraph_with_values_of_its_own_is_left_out() {
    let inside = json!({"id": 1, "type": "LoadImage", "inputs": [], "widgets_values": ["a.png"]});
    let off = json!({"id": 1, "type": "s0", "mode": 4, "widgets_values": ["b.png"],
        "properties": {"proxyWidgets": [["1", "image"]]}});
    let on = json!({"id": 2, "type": "PreviewAny", "widgets_values": []});
    let file = json!({"nodes": [off, on], "links": [],
        "definitions": {"subgraphs": [definition("s0", vec![inside])]}});
    let workflow = UiWorkflow::from_value(file).unwrap();
    let options = Options {
        dialect: Dialect::V1_58,
        ..Options::default()
    };
    let made = CONVERTER.convert(&workflow, &options, &mut |_| 0).unwrap();
    assert_eq!(made.prompt.len(), 1);
}

fn definition(id: &str, inside: Vec<Value>) -> Value {
    json!({"id": id, "name": id, "nodes": inside, "links": [], "inputs": [], "outputs": []})
}

fn with_definitions(definitions: Vec<Value>) -> Value {
    let host = json!({"id": 1, "type": "s0", "mode": 0});
    json!({"nodes": [host], "links": [], "definitions": {"subgraphs": definitions}})
}

/// Subgraphs each of which contains the next one `uses` times; the last one has an image.
fn nested(levels: usize, uses: usize) -> Value {
    let inside = |level: usize| match level + 1 {
        next if next == levels => vec![json!({"id": 1, "type": "LoadImage"})],
        next => (0..uses)
            .map(|id| json!({"id": id, "type": format!("s{next}")}))
            .collect(),
    };
    with_definitions(
        (0..levels)
            .map(|level| definition(&format!("s{level}"), inside(level)))
            .collect(),
    )
}

#[rstest]
#[case::nested_without_end(nested(10_000, 1), "subgraphs_too_deep")]
#[case::doubled_at_each_level(nested(90, 2), "workflow_too_large")]
#[case::containing_itself(
    with_definitions(vec![definition("s0", vec![json!({"id": 1, "type": "s0"})])]),
    "subgraph_contains_itself"
)]
#[case::containing_each_other(
    with_definitions(vec![
        definition("s0", vec![json!({"id": 1, "type": "s1"})]),
        definition("s1", vec![json!({"id": 1, "type": "s0"})]),
    ]),
    "subgraph_contains_itself"
)]
#[case::empty(json!({"nodes": []}), "nothing_to_run")]
#[case::of_group_nodes(json!({"nodes": [{"id": 1, "type": "workflow>old"}]}), "group_nodes")]
#[case::of_unknown_classes(json!({"nodes": [{"id": 1, "type": "Nope"}, {"id": 2}]}), "missing_classes")]
fn a_workflow_is_refused(#[case] file: Value, #[case] code: &str) {
    assert_eq!(convert(file).unwrap_err().code(), code);
}

#[test]
fn some_levels_of_subgraphs_are_unfolded() {
    assert_eq!(convert(nested(50, 1)), Ok(1));
    assert_eq!(convert(nested(8, 3)), Ok(3usize.pow(7)));
}

/// Reroutes in a row, the last of which feeds a preview and, in a loop, the first.
fn reroutes(count: usize, in_a_loop: bool) -> Value {
    let back = count + 1;
    let link_into = |id: usize| match id {
        1 if in_a_loop => json!(back),
        1 => json!(null),
        id => json!(id - 1),
    };
    let reroute = |id: usize| json!({"id": id, "type": "Reroute", "inputs": [{"name": "", "type": "*", "link": link_into(id)}]});
    let mut nodes: Vec<Value> = (1..=count).map(reroute).collect();
    nodes.push(json!({"id": 0, "type": "PreviewAny",
        "inputs": [{"name": "source", "type": "*", "link": count}]}));
    let link = |id: usize| json!([id, id, 0, if id == count { 0 } else { id + 1 }, 0, "*"]);
    let mut links: Vec<Value> = (1..=count).map(link).collect();
    if in_a_loop {
        links.push(json!([back, count, 0, 1, 0, "*"]));
    }
    json!({"nodes": nodes, "links": links})
}

#[test]
fn long_ways_are_gone_and_loops_are_found() {
    assert_eq!(convert(reroutes(10_000, false)), Ok(1));
    for length in [1, 10_000] {
        let error = convert(reroutes(length, true)).unwrap_err();
        assert_eq!(error.code(), "bypass_loop");
    }
}

#[test]
fn a_node_of_very_many_slots_takes_no_ages() {
    let slot = |at: usize| json!({"name": format!("x{at}"), "type": "*", "link": at});
    let slots: Vec<Value> = (0..50_000).map(slot).collect();
    let link = |at: usize| json!([at, 2, 0, 1, at, "*"]);
    let links: Vec<Value> = (0..50_000).map(link).collect();
    let nodes = json!([
        {"id": 1, "type": "PreviewAny", "inputs": slots},
        {"id": 2, "type": "PreviewAny", "mode": 4, "inputs": slots},
    ]);
    assert_eq!(convert(json!({"nodes": nodes, "links": links})), Ok(1));
}
