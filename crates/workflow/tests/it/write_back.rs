//! What was set in a prompt is found in the widgets of the editor's graph again.

use crate::corpus::{Corpus, shared};
use comfyctl_workflow::convert::{
    Code, Conversion, Converter, Dialect, Options, SeedMode, WrittenBack,
};
use comfyctl_workflow::edit::InputOf;
use comfyctl_workflow::ui::UiWorkflow;
use comfyctl_workflow::{InputAddress, Prompt};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static CORPUS: LazyLock<Corpus> = LazyLock::new(Corpus::edge_cases);
static CONVERTER: LazyLock<Converter> = LazyLock::new(|| Converter::new(&CORPUS.definitions));

const DIALECTS: [Dialect; 2] = [Dialect::V1_45, Dialect::V1_58];

/// Converts, sets values and writes them back.
fn set(file: Value, dialect: Dialect, values: &[(&str, &str, Value)]) -> WrittenBack {
    let workflow = UiWorkflow::from_value(file).unwrap();
    let options = Options {
        dialect,
        ..Options::default()
    };
    let converted = CONVERTER.convert(&workflow, &options, &mut |_| 0).unwrap();
    let mut wanted = converted.prompt;
    for (node, input, value) in values {
        assert!(wanted.set(&node.input(input), value.clone()));
    }
    CONVERTER.write_back(&workflow, &options, wanted).unwrap()
}

fn edge_case(name: &str) -> Value {
    CORPUS.json("inputs", name).unwrap()
}

/// The values of a node of the outermost graph.
fn values(written: &WrittenBack, node: i64) -> Value {
    let nodes = written.workflow.fields()["nodes"].as_array().unwrap();
    let found = nodes.iter().find(|each| each["id"] == node).unwrap();
    found["widgets_values"].clone()
}

fn messages(written: &WrittenBack) -> Vec<String> {
    let warnings = written.warnings.iter();
    warnings.map(ToString::to_string).collect()
}

fn sampler(values: &Value) -> Value {
    json!({"links": [], "nodes": [{"id": 5, "type": "KSampler", "widgets_values": values}]})
}

#[test]
fn a_value_goes_into_its_widget_and_nothing_else_changes() {
    let list = json!([7, "fixed", 20, 8, "euler", "normal", 1, "surplus"]);
    let written = set(sampler(&list), Dialect::V1_58, &[("5", "steps", json!(30))]);
    let mut expected = sampler(&list);
    expected["nodes"][0]["widgets_values"][2] = json!(30);
    assert_eq!(Value::Object(written.workflow.into_fields()), expected);
    assert_eq!(written.warnings, []);
}

#[test]
fn a_list_that_ends_before_the_widget_is_filled_up() {
    let written = set(
        sampler(&json!([7])),
        Dialect::V1_58,
        &[("5", "cfg", json!(3.5))],
    );
    let [seed, control, steps, cfg] = [json!(7), json!(null), json!(20), json!(3.5)];
    assert_eq!(values(&written, 5), json!([seed, control, steps, cfg]));
    assert_eq!(written.warnings, []);
}

#[test]
fn values_by_name_are_kept_in_step() {
    let mut file = sampler(&json!([7, "fixed", 20]));
    file["nodes"][0]["widgets_values_named"] = json!({"seed": 7, "steps": 20});
    let written = set(file, Dialect::V1_58, &[("5", "seed", json!(8))]);
    let node = &written.workflow.fields()["nodes"][0];
    assert_eq!(node["widgets_values"], json!([8, "fixed", 20]));
    assert_eq!(
        node["widgets_values_named"],
        json!({"seed": 8, "steps": 20})
    );

    let written = set(
        sampler(&json!({"steps": 9})),
        Dialect::V1_58,
        &[("5", "seed", json!(8))],
    );
    assert_eq!(values(&written, 5), json!({"steps": 9, "seed": 8}));
}

#[test]
fn drawn_seeds_and_chosen_wildcards_are_written() {
    let text = json!({"id": 6, "type": "CLIPTextEncode", "widgets_values": ["a {red|blue} fox"]});
    let mut file = sampler(&json!([7, "randomize", 20, 8, "euler", "normal", 1]));
    file["nodes"].as_array_mut().unwrap().push(text);
    let workflow = UiWorkflow::from_value(file).unwrap();
    let options = Options {
        seeds: SeedMode::Increment,
        ..Options::default()
    };
    let Conversion { prompt, .. } = CONVERTER
        .convert(&workflow, &options, &mut |bound: u64| bound - 1)
        .unwrap();
    let written = CONVERTER
        .write_back(&workflow, &options, prompt.clone())
        .unwrap();
    assert_eq!(values(&written, 5)[0], json!(8));
    assert_eq!(values(&written, 6), json!(["a blue fox"]));
    assert_eq!((written.prompt, written.warnings), (prompt, vec![]));
}

#[test]
fn someone_who_changes_a_file_keeps_its_wildcards() {
    let text = |id: i64| json!({"id": id, "type": "CLIPTextEncode", "widgets_values": ["a {b|c}"]});
    let file = json!({"links": [], "nodes": [text(6), text(7)]});
    let workflow = UiWorkflow::from_value(file).unwrap();
    let options = Options {
        texts_as_saved: true,
        ..Options::default()
    };
    let converted = CONVERTER.convert(&workflow, &options, &mut |_| 0);
    let mut wanted = converted.unwrap().prompt;
    wanted.set(&"7".input("text"), json!("{d|e} // f"));
    let written = CONVERTER.write_back(&workflow, &options, wanted).unwrap();
    assert_eq!(values(&written, 6), json!(["a {b|c}"]));
    assert_eq!(values(&written, 7), json!(["{d|e} // f"]));
    assert_eq!(written.warnings, []);
}

#[test]
fn a_text_with_braces_survives_the_way_back() {
    let file = json!({"links": [], "nodes": [{"id": 6, "type": "CLIPTextEncode", "widgets_values": [""]}]});
    let text = json!("{\"url\": \"https://x\"} {a|b}");
    let written = set(file, Dialect::V1_58, &[("6", "text", text)]);
    assert_eq!(messages(&written), [""; 0]);
}

#[test]
fn file_names_follow_the_values_that_they_tell_of() {
    let mut file = sampler(&json!([7, "fixed", 20, 8, "euler", "normal", 1]));
    let save = json!({"id": 9, "type": "SaveImage", "widgets_values": ["%KSampler.seed%"]});
    file["nodes"].as_array_mut().unwrap().push(save);
    let written = set(file, Dialect::V1_58, &[("5", "seed", json!(8))]);
    let sent = written.prompt.node("9").unwrap().input("filename_prefix");
    assert_eq!(sent, Some(&json!("8")));
    assert_eq!(values(&written, 9), json!(["%KSampler.seed%"]));
    assert_eq!(written.warnings, []);
}

#[test]
fn a_value_from_a_primitive_goes_into_the_primitive() {
    let written = set(
        edge_case("primitive_seed"),
        Dialect::V1_58,
        &[("5", "seed", json!(4))],
    );
    assert_eq!(messages(&written), [""; 0]);
    let nodes = written.workflow.fields()["nodes"].as_array().unwrap();
    let primitive = nodes.iter().find(|node| node["type"] == "PrimitiveNode");
    assert_eq!(primitive.unwrap()["widgets_values"][0], json!(4));
}

#[test]
fn a_value_that_several_inputs_show_changes_only_for_all_of_them() {
    let file = edge_case("sub_fanout_widget");
    let first = ("10:101", "text", json!("x"));
    let written = set(file.clone(), Dialect::V1_58, std::slice::from_ref(&first));
    let expected = "`10:101.text`: the editor's graph cannot hold its value: \
        the same widget gives `10:102.text`, which has another value";
    assert_eq!(messages(&written), [expected]);
    assert_eq!(written.workflow.fields(), file.as_object().unwrap());

    let second = ("10:102", "text", json!("x"));
    let written = set(file, Dialect::V1_58, &[first, second]);
    assert_eq!(messages(&written), [""; 0]);
}

#[test]
fn another_option_brings_its_own_inputs() {
    let written = set(
        edge_case("dyncombo_mult"),
        Dialect::V1_58,
        &[("2", "resize_type", json!("scale width"))],
    );
    assert_eq!(values(&written, 2), json!(["scale width", 512, "lanczos"]));
    let node = written.prompt.node("2").unwrap();
    assert_eq!(node.input("resize_type.width"), Some(&json!(512)));
    assert_eq!(node.input("resize_type.multiplier"), None);
    assert_eq!(messages(&written), [""; 0]);
}

#[test]
fn what_a_node_of_a_subgraph_shows_is_its_own_in_the_new_dialect() {
    let file = edge_case("sub_host_values_proxy_legacy");
    let change = [("10:101", "steps", json!(33))];
    let written = set(file.clone(), Dialect::V1_58, &change);
    assert_eq!(messages(&written), [""; 0]);
    assert_ne!(
        values(&written, 10),
        values(&set(file.clone(), Dialect::V1_58, &[]), 10)
    );
    let written = set(file.clone(), Dialect::V1_45, &change);
    assert_eq!(messages(&written), [""; 0]);
    assert_eq!(
        values(&written, 10),
        values(&set(file, Dialect::V1_45, &[]), 10)
    );
}

#[test]
fn links_and_sockets_are_named_as_not_written() {
    let written = set(
        edge_case("basic"),
        Dialect::V1_58,
        &[("5", "latent_image", json!("x")), ("5", "own", json!(1))],
    );
    let expected = [
        "`5.latent_image`: the editor's graph cannot hold its value: the input is linked in it",
        "`5.own`: the editor's graph cannot hold its value: the node has no widget for it",
    ];
    assert_eq!(messages(&written), expected);
}

#[test]
fn a_value_set_in_place_of_a_link_takes_its_place_in_the_graph() {
    let text = |id: i64, link: Value, links: Value| {
        let input = |name: &str, link: &Value| json!({"name": name, "type": "STRING", "widget": {"name": name}, "link": link});
        json!({
            "id": id,
            "type": "StringConcatenate",
            "inputs": [input("string_a", &link), input("string_b", &link)],
            "outputs": [{"name": "STRING", "type": "STRING", "links": links}],
            "widgets_values": ["a", "b", ""],
        })
    };
    let mut second = text(2, json!(null), json!([]));
    second["inputs"][0]["link"] = json!(7);
    second["inputs"][1]["link"] = json!(8);
    let file = json!({
        "nodes": [text(1, json!(null), json!([7, 8])), second],
        "links": [[7, 1, 0, 2, 0, "STRING"], [8, 1, 0, 2, 1, "STRING"]],
    });
    let written = set(file, Dialect::V1_58, &[("2", "string_a", json!("set"))]);
    assert_eq!(messages(&written), [""; 0]);
    let fields = written.workflow.fields();
    assert_eq!(fields["links"], json!([[8, 1, 0, 2, 1, "STRING"]]));
    assert_eq!(fields["nodes"][0]["outputs"][0]["links"], json!([8]));
    assert_eq!(fields["nodes"][1]["inputs"][0]["link"], json!(null));
    assert_eq!(values(&written, 2), json!(["set", "b", ""]));
    let again = CONVERTER.convert(&written.workflow, &Options::default(), &mut |_| 0);
    assert_eq!(again.unwrap().prompt, written.prompt);
}

/// Another value of the same type; `None` for what has none.
fn another(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(value) => Some(json!(!value)),
        Value::String(text) => Some(json!(format!("{text} {{x}} // other"))),
        Value::Number(number) => match number.as_u64() {
            Some(whole) => Some(json!(whole.wrapping_add(8))),
            None => Some(json!(number.as_f64()? + 1.0)),
        },
        // Links, and what only a browser edits.
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// All literal inputs of a prompt with another value for each.
fn other_values(prompt: &Prompt) -> Vec<(InputAddress, Value)> {
    let mut values = Vec::new();
    for (id, node) in prompt.nodes() {
        for (input, value) in node.inputs() {
            // Of the keys of a dynamic combo, any other text would be none.
            let prefix = format!("{input}.");
            let is_key = node.inputs().any(|(other, _)| other.starts_with(&prefix));
            if let (Some(value), false) = (another(value), is_key) {
                values.push((id.input(input), value));
            }
        }
    }
    values
}

/// How many changed inputs were written, and of those that were not the last one of each kind.
#[derive(Default, Serialize)]
struct Tally {
    written: usize,
    not_written: BTreeMap<String, (usize, String)>,
}

impl Tally {
    /// Sets inputs and asserts that the graph gives them again or a warning names them, that the
    /// prompt to send has them, and that it is what the graph gives but for the warnings.
    fn check(
        &mut self,
        name: &str,
        converter: &Converter,
        workflow: &UiWorkflow,
        options: &Options,
        changes: &[(InputAddress, Value)],
    ) {
        let mut wanted = converter
            .convert(workflow, options, &mut |_| 0)
            .unwrap()
            .prompt;
        for (address, value) in changes {
            assert!(wanted.set(address, value.clone()));
        }
        let written = converter.write_back(workflow, options, wanted).unwrap();
        let warned = |node: &str, input: &str| {
            written.warnings.iter().find(|warning| {
                warning.node.as_ref().is_some_and(|id| id.as_str() == node)
                    && warning.input.as_deref() == Some(input)
            })
        };
        let again = converter
            .convert(&written.workflow, options, &mut |_| 1)
            .unwrap();
        for (id, node) in written.prompt.nodes() {
            for (input, value) in node.inputs() {
                let given = again.prompt.node(id.as_str()).unwrap().input(input);
                let named = warned(id.as_str(), input).is_some();
                assert!(
                    given == Some(value) || named,
                    "{name}: {id}.{input} {value} {given:?}"
                );
            }
        }
        for (address, value) in changes {
            let (id, input) = (address.node.as_str(), address.input.as_str());
            assert_eq!(
                written.prompt.node(id).unwrap().input(input),
                Some(value),
                "{name}"
            );
            match warned(id, input) {
                Some(warning) => {
                    assert_eq!(warning.code, Code::NotWrittenBack);
                    let reason = warning.message.split("its value: ").last().unwrap();
                    let kind: String = reason.split('`').step_by(2).collect();
                    let count = self.not_written.get(&kind).map_or(0, |(count, _)| *count);
                    let last = format!("{name} {id}.{input}: {reason}");
                    self.not_written.insert(kind, (count + 1, last));
                }
                None => self.written += 1,
            }
        }
    }
}

fn check_all(corpus: &Corpus, one_by_one: bool) -> Tally {
    let converter = Converter::new(&corpus.definitions);
    let mut tally = Tally::default();
    for dialect in DIALECTS {
        let options = Options {
            dialect,
            ..Options::default()
        };
        for name in corpus.names("inputs") {
            let workflow = corpus.workflow(name);
            let Ok(converted) = converter.convert(&workflow, &options, &mut |_| 0) else {
                continue;
            };
            let changes = other_values(&converted.prompt);
            if one_by_one {
                for change in changes.chunks(1) {
                    tally.check(name, &converter, &workflow, &options, change);
                }
            } else {
                tally.check(name, &converter, &workflow, &options, &changes);
            }
        }
    }
    tally
}

#[test]
fn every_value_of_the_edge_cases_comes_back() {
    insta::assert_json_snapshot!([false, true].map(|one_by_one| check_all(&CORPUS, one_by_one)));
}

#[test]
fn every_value_of_real_workflows_comes_back() {
    let Some(corpus) = Corpus::templates() else {
        eprintln!(
            "SKIPPED: the real workflows are not at {}",
            shared("").display()
        );
        return;
    };
    insta::assert_json_snapshot!(check_all(&corpus, false));
}
