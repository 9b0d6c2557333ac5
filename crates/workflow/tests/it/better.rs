//! Where the editor fails or sends what no server takes, we do better and say so; and what the
//! editor offers beyond plain conversion.

use crate::corpus::Corpus;
use comfyctl_workflow::convert::{
    Code, Conversion, Converter, Dialect, LocalTime, Options, SeedMode,
};
use comfyctl_workflow::ui::UiWorkflow;
use serde_json::{Value, json};
use std::sync::LazyLock;

static CORPUS: LazyLock<Corpus> = LazyLock::new(Corpus::edge_cases);
static CONVERTER: LazyLock<Converter> = LazyLock::new(|| Converter::new(&CORPUS.definitions));

fn convert(file: Value, options: Options) -> Conversion {
    convert_by_chance(file, options, |bound| bound / 2)
}

fn convert_by_chance(
    file: Value,
    options: Options,
    mut random: impl FnMut(u64) -> u64,
) -> Conversion {
    let workflow = UiWorkflow::from_value(file).unwrap();
    CONVERTER.convert(&workflow, &options, &mut random).unwrap()
}

fn edge_case(name: &str, dialect: Dialect) -> Conversion {
    convert(
        CORPUS.json("inputs", name).unwrap(),
        Options {
            dialect,
            ..Options::default()
        },
    )
}

/// Code, node and input of each warning.
fn warnings(made: &Conversion) -> Vec<(Code, &str, &str)> {
    made.warnings
        .iter()
        .map(|warning| {
            let node = warning.node.as_ref().map_or("", |node| node.as_str());
            (
                warning.code,
                node,
                warning.input.as_deref().unwrap_or_default(),
            )
        })
        .collect()
}

fn input<'c>(made: &'c Conversion, node: &str, input: &str) -> Option<&'c Value> {
    made.prompt.node(node).unwrap().input(input)
}

fn sampler(values: Value) -> Value {
    json!({"links": [], "nodes": [{"id": 5, "type": "KSampler", "widgets_values": values}]})
}

#[test]
fn links_from_nowhere_are_dropped() {
    for dialect in [Dialect::V1_45, Dialect::V1_58] {
        let made = edge_case("link_missing_in_table", dialect);
        assert_eq!(warnings(&made), [(Code::LinkNotFound, "5", "latent_image")]);
        assert_eq!(input(&made, "5", "latent_image"), None);
        let made = edge_case("link_origin_node_missing", dialect);
        assert_eq!(
            warnings(&made),
            [(Code::OriginNotFound, "5", "latent_image")]
        );
    }
}

#[test]
fn a_loop_of_bypassed_nodes_is_named() {
    let workflow = CORPUS.workflow("cycle_bypassed");
    let error = CONVERTER
        .convert(&workflow, &Options::default(), &mut |_| 0)
        .unwrap_err();
    insta::assert_snapshot!(error, @"input `images` of node `3` is fed by a loop of nodes none of which runs");
}

#[test]
fn unknown_classes_are_listed() {
    let workflow = CORPUS.workflow("missing_type_in_path");
    let error = CONVERTER
        .convert(&workflow, &Options::default(), &mut |_| 0)
        .unwrap_err();
    insta::assert_snapshot!(error, @"the server has no node class `NoSuchNode` (node 60)");
}

#[test]
fn whole_numbers_stay_exact() {
    let made = edge_case("widgets_bigint", Dialect::V1_58);
    assert_eq!(input(&made, "5", "seed"), Some(&json!(u64::MAX)));
    assert_eq!(warnings(&made), [(Code::ExactInteger, "5", "seed")]);
}

#[test]
fn null_of_a_subgraph_means_the_value_inside() {
    let mut file = CORPUS
        .json("inputs", "sub_host_values_proxy_legacy")
        .unwrap();
    let host = file["nodes"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .find(|node| node["id"] == 10)
        .unwrap();
    host["widgets_values"] = json!([null, 9]);
    let made = convert(file, Options::default());
    assert_eq!(input(&made, "10:101", "seed"), Some(&json!(11)));
    assert_eq!(input(&made, "10:101", "steps"), Some(&json!(9)));
    assert_eq!(warnings(&made), [(Code::NullHostValue, "10", "seed")]);
}

#[test]
fn null_for_a_widget_that_no_slot_leads_to_means_the_value_inside_too() {
    let sampler =
        json!({"id": 1, "type": "KSampler", "inputs": [], "widgets_values": [7, "fixed"]});
    let host = json!({"id": 10, "type": "s", "widgets_values": [null, null],
        "properties": {"proxyWidgets": [["1", "seed"], ["1", "control_after_generate"]]}});
    let definition = json!({"id": "s", "nodes": [sampler], "links": [], "inputs": []});
    let file = json!({"nodes": [host], "links": [], "definitions": {"subgraphs": [definition]}});
    let made = convert(file, Options::default());
    assert_eq!(input(&made, "10:1", "seed"), Some(&json!(7)));
    assert_eq!(warnings(&made), [(Code::NullHostValue, "10", "seed")]);
}

#[test]
fn a_value_of_a_subgraph_node_is_newer_than_what_the_file_keeps_of_its_past() {
    let mut file = CORPUS.json("inputs", "sub_nested").unwrap();
    let host = |node: &&mut Value| node["id"] == 10;
    let nodes = file["nodes"].as_array_mut().unwrap();
    let host = nodes.iter_mut().find(host).unwrap();
    host["widgets_values"] = json!([55, 6]);
    host["properties"] = json!({"proxyWidgetErrorQuarantine": [
        {"originalEntry": ["-1", "seed"], "hostValue": 7},
        {"originalEntry": ["-1", "steps"], "hostValue": 6},
    ]});
    let made = convert(file, Options::default());
    assert_eq!(input(&made, "10:300:201", "seed"), Some(&json!(55)));
    assert_eq!(warnings(&made), [(Code::OlderHostValue, "10", "seed")]);
}

#[test]
fn what_passes_straight_through_a_subgraph_is_followed() {
    let link = |id: i64, origin: i64, target: i64| {
        json!({"id": id, "origin_id": origin, "origin_slot": 0, "target_id": target,
            "target_slot": 0, "type": "IMAGE"})
    };
    let slot = json!({"name": "image", "type": "IMAGE", "linkIds": [1]});
    let straight = json!({"id": "s", "nodes": [], "links": [link(1, -10, -20)],
        "inputs": [slot], "outputs": [slot]});
    let fed = |id: i64, class: &str, input: &str, link: i64| json!({"id": id, "type": class, "inputs": [{"name": input, "type": "*", "link": link}]});
    let nodes = json!([{"id": 1, "type": "LoadImage"}, fed(2, "s", "image", 1), fed(3, "PreviewAny", "source", 2)]);
    let links = [link(1, 1, 2), link(2, 2, 3)];
    let file = json!({"nodes": nodes, "links": links, "definitions": {"subgraphs": [straight]}});
    let made = convert(file, Options::default());
    assert_eq!(input(&made, "3", "source"), Some(&json!(["1", 0])));
    assert_eq!(warnings(&made), [(Code::PassedThrough, "3", "source")]);
}

#[test]
fn a_value_of_the_wrong_kind_is_sent_and_remarked_upon() {
    let made = convert(
        sampler(json!(["x", "fixed", 20, 8, "euler", "normal", 1])),
        Options::default(),
    );
    assert_eq!(input(&made, "5", "seed"), Some(&json!("x")));
    assert_eq!(warnings(&made), [(Code::UnexpectedType, "5", "seed")]);
}

#[test]
fn values_are_taken_by_name_when_asked() {
    let mut file = sampler(json!(["of another version", 1, 2]));
    file["nodes"][0]["widgets_values_named"] = json!({"seed": 7, "steps": 9, "cfg": 2.5});
    let made = convert(
        file,
        Options {
            named_values: true,
            ..Options::default()
        },
    );
    assert_eq!(input(&made, "5", "steps"), Some(&json!(9)));
    assert_eq!(input(&made, "5", "denoise"), Some(&json!(1.0)));
    assert_eq!(warnings(&made), []);
}

#[test]
fn an_object_of_values_is_taken_by_name() {
    let made = convert(sampler(json!({"steps": 9})), Options::default());
    assert_eq!(input(&made, "5", "steps"), Some(&json!(9)));
}

#[test]
fn seeds_change_as_asked_unless_their_author_fixed_them() {
    let seed = |seed: Value, control: &str, seeds: SeedMode| {
        let file = sampler(json!([seed, control, 20, 8, "euler", "normal", 1]));
        let made = convert(
            file,
            Options {
                seeds,
                ..Options::default()
            },
        );
        input(&made, "5", "seed").unwrap().clone()
    };
    assert_eq!(seed(json!(7), "randomize", SeedMode::Saved), 7);
    assert_eq!(seed(json!(7), "randomize", SeedMode::Increment), 8);
    assert_eq!(
        seed(json!(7), "randomize", SeedMode::Randomize),
        562_949_953_421_312_u64
    );
    assert_eq!(seed(json!(7), "fixed", SeedMode::Randomize), 7);
    assert_eq!(
        seed(json!(u64::MAX), "increment", SeedMode::Increment),
        u64::MAX
    );
}

#[test]
fn a_primitive_node_changes_once_for_all_that_it_feeds_and_says_itself_whether() {
    let seeds = |control: &str| {
        let link = |id: i64| json!({"name": "seed", "type": "INT", "widget": {"name": "seed"}, "link": id});
        let sampler = |id: i64, inputs: Value| {
            let values = json!([1, "fixed", 20, 8, "euler", "normal", 1]);
            json!({"id": id, "type": "KSampler", "inputs": [inputs], "widgets_values": values})
        };
        let file = json!({
            "nodes": [
                {"id": 3, "type": "PrimitiveNode", "widgets_values": [7, control],
                    "outputs": [{"name": "INT", "type": "INT", "links": [1, 2]}]},
                sampler(5, link(1)),
                sampler(6, link(2)),
            ],
            "links": [[1, 3, 0, 5, 0, "INT"], [2, 3, 0, 6, 0, "INT"]],
        });
        let mut drawn = 0;
        let options = Options {
            seeds: SeedMode::Randomize,
            ..Options::default()
        };
        let made = convert_by_chance(file, options, |_| {
            drawn += 1;
            drawn
        });
        ["5", "6"].map(|node| input(&made, node, "seed").unwrap().clone())
    };
    assert_eq!(seeds("randomize"), [json!(1), json!(1)]);
    assert_eq!(seeds("fixed"), [json!(7), json!(7)]);
}

#[test]
fn a_seed_that_shows_on_a_subgraph_changes_too() {
    let file = CORPUS.json("inputs", "sub_nested").unwrap().to_string();
    let file: Value = serde_json::from_str(&file.replace("\"fixed\"", "\"randomize\"")).unwrap();
    for dialect in [Dialect::V1_45, Dialect::V1_58] {
        let options = Options {
            dialect,
            seeds: SeedMode::Randomize,
            ..Options::default()
        };
        let made = convert_by_chance(file.clone(), options, |_| 4711);
        assert_eq!(input(&made, "10:300:201", "seed"), Some(&json!(4711)));
    }
}

#[test]
fn file_names_tell_of_other_nodes_and_of_the_time() {
    let prefix = "%KSampler.seed%/%My Loader.ckpt_name%_%date:yyyy-MM-dd%_%width%_%Nobody.x%_100%";
    let nodes = json!([
        {"id": 5, "type": "KSampler", "widgets_values": [42]},
        {"id": 6, "type": "CheckpointLoaderSimple", "title": "My Loader", "widgets_values": ["a/b.safetensors"]},
        {"id": 7, "type": "SaveImage", "widgets_values": [prefix]},
    ]);
    let now = LocalTime {
        year: 2026,
        month: 11,
        day: 2,
        hour: 3,
        minute: 4,
        second: 5,
    };
    let options = Options {
        now: Some(now),
        ..Options::default()
    };
    let made = convert(json!({"nodes": nodes, "links": []}), options);
    assert_eq!(
        input(&made, "7", "filename_prefix"),
        Some(&json!(
            "42/a_b.safetensors_2026-11-02_%width%_%Nobody.x%_100%"
        ))
    );
    assert_eq!(
        warnings(&made),
        [(Code::UnknownReference, "7", "filename_prefix")]
    );
}

#[test]
fn getters_and_setters_are_seen_through() {
    let nodes = json!([
        {"id": 1, "type": "LoadImage"},
        {"id": 2, "type": "SetNode", "widgets_values": ["photo"], "inputs": [{"name": "IMAGE", "type": "IMAGE", "link": 1}]},
        {"id": 3, "type": "GetNode", "widgets_values": ["photo"], "outputs": [{"name": "IMAGE", "type": "IMAGE"}]},
        {"id": 4, "type": "PreviewAny", "inputs": [{"name": "source", "type": "*", "link": 2}]},
    ]);
    let links = json!([[1, 1, 0, 2, 0, "IMAGE"], [2, 3, 0, 4, 0, "IMAGE"]]);
    let made = convert(json!({"nodes": nodes, "links": links}), Options::default());
    assert_eq!(input(&made, "4", "source"), Some(&json!(["1", 0])));
}

#[test]
fn titles_and_packs_are_told_in_the_dialect() {
    let nodes = json!([{"id": 1, "type": "LoadImage", "title": "Photo",
        "properties": {"cnr_id": "comfy-core", "ver": "0.3.1"}}, {"id": 2, "type": "LoadImage"}]);
    let meta = |dialect| {
        let made = convert(
            json!({"nodes": nodes, "links": []}),
            Options {
                dialect,
                ..Options::default()
            },
        );
        let prompt = serde_json::to_value(&made.prompt).unwrap();
        (prompt["1"]["_meta"].clone(), prompt["2"]["_meta"].clone())
    };
    let plain = json!({"title": "Load Image"});
    assert_eq!(
        meta(Dialect::V1_45),
        (json!({"title": "Photo"}), plain.clone())
    );
    let told = json!({"title": "Photo", "cnr_id": "comfy-core", "ver": "0.3.1"});
    assert_eq!(meta(Dialect::V1_58), (told, plain));
    assert_eq!(meta("1.55.18".parse().unwrap()), meta(Dialect::V1_45));
    assert_eq!(meta("1.57.5".parse().unwrap()), meta(Dialect::V1_58));
}

#[test]
fn old_files_whose_slots_are_fewer_keep_their_links() {
    // Before every widget had a slot, sockets stood alone and in another order.
    let sampler = json!({"id": 5, "type": "KSampler", "widgets_values": [7, "fixed", 20, 8, "euler", "normal", 1],
        "inputs": [{"name": "latent_image", "type": "LATENT", "link": 2}, {"name": "model", "type": "MODEL", "link": 1}]});
    let nodes = json!([{"id": 1, "type": "CheckpointLoaderSimple"}, {"id": 2, "type": "EmptyLatentImage"}, sampler]);
    let links = json!([[1, 1, 0, 5, 1, "MODEL"], [2, 2, 0, 5, 0, "LATENT"]]);
    for dialect in [Dialect::V1_45, Dialect::V1_58] {
        let options = Options {
            dialect,
            ..Options::default()
        };
        let made = convert(json!({"nodes": nodes, "links": links}), options);
        assert_eq!(input(&made, "5", "model"), Some(&json!(["1", 0])));
        assert_eq!(input(&made, "5", "latent_image"), Some(&json!(["2", 0])));
        assert_eq!(input(&made, "5", "seed"), Some(&json!(7)));
    }
}
