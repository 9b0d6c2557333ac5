//! Each change: what it does, what happens to neighbours, and that a failure changes nothing.

use super::*;
use crate::parameters::Role;
use crate::{Definitions, Fingerprint};
use proptest::prelude::*;
use serde_json::json;

fn definitions() -> Definitions {
    Definitions::from_slice(
        br#"{
        "Load": {"output": ["MODEL", "CLIP"], "output_name": ["MODEL", "CLIP"], "input": {"required": {"ckpt": [["a", "b"]]}}},
        "Lora": {"output": ["MODEL", "CLIP"], "output_name": ["MODEL", "CLIP"], "input": {"required": {
            "model": ["MODEL"], "clip": ["CLIP"], "name": [["x"]], "strength": ["FLOAT", {"default": 1.0}]}}},
        "LoraModelOnly": {"output": ["MODEL"], "output_name": ["MODEL"], "input": {"required": {
            "model": ["MODEL"], "name": [["x"]], "amount": ["FLOAT", {"default": 0.5}]}}},
        "Swapped": {"output": ["CLIP", "MODEL"], "output_name": ["CLIP", "MODEL"], "input": {"required": {"model": ["MODEL"]}}},
        "Encode": {"output": ["CONDITIONING"], "output_name": ["CONDITIONING"], "input": {"required": {"text": ["STRING"], "clip": ["CLIP"]}}},
        "Sample": {"output": ["LATENT"], "output_name": ["LATENT"], "output_node": true, "input": {"required": {
            "model": ["MODEL"], "positive": ["CONDITIONING"], "steps": ["INT", {"default": 20}]}}}
    }"#,
    )
    .unwrap()
}

fn prompt() -> Prompt {
    Prompt::from_value(json!({
        "1": {"class_type": "Load", "inputs": {"ckpt": "a"}},
        "2": {"class_type": "Lora", "inputs": {"model": ["1", 0], "clip": ["1", 1], "name": "x", "strength": 0.7}},
        "3": {"class_type": "Encode", "inputs": {"text": "a cat", "clip": ["2", 1]}},
        "4": {"class_type": "Sample", "inputs": {"model": ["2", 0], "positive": ["3", 0], "steps": 20}},
    }))
    .unwrap()
}

fn input(node: &str, name: &str) -> InputAddress {
    node.input(name)
}

fn value(draft: &Draft, node: &str, name: &str) -> Option<Value> {
    draft.inputs(node)?.get(name).cloned()
}

#[test]
fn values_are_set_and_taken_away() {
    let mut draft = Draft::of(&prompt());
    assert_eq!(
        draft.set(&input("4", "steps"), json!(30)),
        Ok(Some(json!(20)))
    );
    assert_eq!(draft.set(&input("4", "new"), json!(1)), Ok(None));
    assert_eq!(draft.unset(&input("4", "steps")), Ok(json!(30)));
    let error = draft.unset(&input("4", "positiv")).unwrap_err();
    assert_eq!(
        (error.code(), error.hint().unwrap().as_str()),
        ("no_input", "did you mean `positive`?")
    );
    assert_eq!(
        draft.set(&input("40", "x"), json!(1)).unwrap_err().code(),
        "no_node"
    );
    assert_eq!(
        draft
            .set(&input("4", "x"), json!(["9", 0]))
            .unwrap_err()
            .code(),
        "no_node"
    );
}

#[test]
fn links_are_checked_before_they_are_made() {
    let mut draft = Draft::of(&prompt());
    let definitions = definitions();
    let known = Some(&definitions);
    assert_eq!(
        draft.connect("1", 0, &input("4", "model"), known),
        Ok(Some(json!(["2", 0])))
    );
    let refused = [
        draft
            .connect("1", 1, &input("4", "model"), known)
            .unwrap_err(),
        draft
            .connect("1", 7, &input("4", "model"), known)
            .unwrap_err(),
        draft
            .connect("1", 0, &input("4", "modle"), known)
            .unwrap_err(),
        draft
            .connect("4", 0, &input("2", "model"), None)
            .unwrap_err(),
        draft.disconnect(&input("4", "steps")).unwrap_err(),
        draft.disconnect(&input("4", "nothing")).unwrap_err(),
    ];
    let told: Vec<String> = refused
        .iter()
        .map(|error| format!("{}: {error}", error.code()))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(draft.disconnect(&input("4", "model")), Ok(json!(["1", 0])));
    assert_eq!(value(&draft, "4", "model"), None);
}

#[test]
fn a_node_that_feeds_others_goes_only_when_asked_for() {
    let mut draft = Draft::of(&prompt());
    let before = draft.clone();
    let error = draft.remove("2", Consumers::Refuse).unwrap_err();
    assert_eq!(
        error.to_string(),
        "node `2` feeds `clip` of node `3`, `model` of node `4`"
    );
    assert_eq!(draft, before);
    assert_eq!(
        draft.mute("2"),
        Ok(vec![input("3", "clip"), input("4", "model")])
    );
    assert_eq!(value(&draft, "4", "model"), None);
    assert!(draft.finish().unwrap().faults().is_empty());
}

#[test]
fn a_bypassed_node_passes_on_what_it_took_by_type() {
    let mut draft = Draft::of(&prompt());
    let outcome = draft.bypass("2", &definitions()).unwrap();
    assert_eq!(outcome.rewired, [input("3", "clip"), input("4", "model")]);
    assert_eq!(value(&draft, "4", "model"), Some(json!(["1", 0])));
    assert_eq!(value(&draft, "3", "clip"), Some(json!(["1", 1])));
    let outcome = draft.bypass("3", &definitions()).unwrap();
    assert_eq!(
        outcome.unlinked,
        [input("4", "positive")],
        "a text is no conditioning"
    );
}

#[test]
fn bypassing_an_unknown_class_is_refused() {
    let mut draft = Draft::of(&prompt());
    draft.replace_class("2", "Loraa", None).unwrap();
    let error = draft.bypass("2", &definitions()).unwrap_err();
    assert_eq!(
        (error.code(), error.hint().unwrap().as_str()),
        ("unknown_class", "did you mean `Lora`?")
    );
}

#[test]
fn another_class_keeps_what_it_can() {
    let mut draft = Draft::of(&prompt());
    let outcome = draft
        .replace_class("2", "LoraModelOnly", Some(&definitions()))
        .unwrap();
    assert_eq!(outcome.dropped, ["clip", "strength"]);
    assert_eq!(outcome.defaulted, ["amount"]);
    assert_eq!(outcome.unlinked, [input("3", "clip")]);
    assert_eq!(value(&draft, "2", "amount"), Some(json!(0.5)));
    let mut draft = Draft::of(&prompt());
    let outcome = draft
        .replace_class("2", "Swapped", Some(&definitions()))
        .unwrap();
    assert_eq!(outcome.moved, [input("3", "clip"), input("4", "model")]);
    assert_eq!(value(&draft, "4", "model"), Some(json!(["2", 1])));
}

#[test]
fn nodes_are_added_under_free_ids_and_renamed() {
    let mut draft = Draft::of(&prompt());
    let id = draft
        .add(NewNode {
            title: Some("New".into()),
            ..NewNode::of_class("Load")
        })
        .unwrap();
    assert_eq!(id.as_str(), "5");
    let taken = NewNode {
        id: Some(id.clone()),
        ..NewNode::of_class("Load")
    };
    assert_eq!(draft.add(taken).unwrap_err().code(), "node_exists");
    let stray = NewNode {
        inputs: Map::from_iter([("x".into(), json!(["77", 0]))]),
        ..NewNode::of_class("Load")
    };
    assert_eq!(draft.add(stray).unwrap_err().code(), "no_node");
    draft.rename("1", Some("Base")).unwrap();
    draft.rename("5", None).unwrap();
    let prompt = draft.finish().unwrap();
    assert_eq!(prompt.node("1").unwrap().title(), Some("Base"));
    assert_eq!(prompt.node("5").unwrap().title(), None);
}

#[test]
fn the_last_node_cannot_go() {
    let only = Prompt::from_value(json!({"1": {"class_type": "A", "inputs": {}}})).unwrap();
    let mut draft = Draft::of(&only);
    draft.remove("1", Consumers::Refuse).unwrap();
    assert_eq!(draft.finish().unwrap_err().code(), "nothing_left");
}

fn text_to_image() -> Prompt {
    Prompt::from_value(json!({
        "3": {"class_type": "KSampler", "inputs": {
            "seed": 1, "steps": ["8", 0], "cfg": 8, "sampler_name": "euler", "positive": ["7", 0], "negative": ["6", 0]}},
        "4": {"class_type": "KSamplerAdvanced", "inputs": {
            "noise_seed": 1, "steps": 20, "cfg": ["9", 0], "positive": ["7", 0], "negative": ["6", 0]}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 4}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry"}, "_meta": {"title": "Negative Prompt"}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat"}},
        "8": {"class_type": "PrimitiveInt", "inputs": {"value": 20}},
        "9": {"class_type": "Math", "inputs": {"a": 1, "b": 2}},
        "10": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
    }))
    .unwrap()
}

fn at<'p>(prompt: &'p Prompt, node: &str, input: &str) -> &'p Value {
    prompt.node(node).unwrap().input(input).unwrap()
}

#[test]
fn the_helper_for_texts_follows_links_even_when_the_negative_comes_first() {
    let mut prompt = text_to_image();
    assert_eq!(
        prompt.set_text_prompt(Role::Positive, "a fox", None),
        Ok(vec![input("7", "text")])
    );
    assert_eq!(
        (at(&prompt, "7", "text"), at(&prompt, "6", "text")),
        (&json!("a fox"), &json!("blurry"))
    );
    let unknown = prompt
        .set_text_prompt(Role::Positive, "x", Some(&"99".into()))
        .unwrap_err();
    assert_eq!(unknown.code(), "no_target");
    assert_eq!(at(&prompt, "7", "text"), &json!("a fox"));
}

#[test]
fn the_text_of_a_named_node_is_set_where_it_comes_from() {
    let mut prompt = Prompt::from_value(json!({
        "1": {"class_type": "CLIPTextEncode", "inputs": {"text": ["2", 0]}},
        "2": {"class_type": "PrimitiveString", "inputs": {"value": "a cat"}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": ["4", 0]}},
        "4": {"class_type": "TextGenerate", "inputs": {"prompt": "a cat", "seed": 1}},
    }))
    .unwrap();
    let set = prompt.set_text_prompt(Role::Positive, "a fox", Some(&"1".into()));
    assert_eq!(set, Ok(vec![input("2", "value")]));
    let computed = prompt.set_text_prompt(Role::Positive, "a fox", Some(&"3".into()));
    assert_eq!(computed.unwrap_err().code(), "computed");
}

#[test]
fn texts_that_differ_are_not_overwritten_at_once() {
    let mut prompt = Prompt::from_value(json!({
        "1": {"class_type": "KSampler", "inputs": {"positive": ["3", 0]}},
        "2": {"class_type": "KSampler", "inputs": {"positive": ["4", 0]}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "a"}},
        "4": {"class_type": "CLIPTextEncode", "inputs": {"text": "b"}},
    }))
    .unwrap();
    let error = prompt
        .set_text_prompt(Role::Positive, "x", None)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "several inputs hold a positive prompt: `text` of node `3`, `text` of node `4`"
    );
    assert_eq!(
        prompt.set_text_prompt(Role::Positive, "x", Some(&"4".into())),
        Ok(vec![input("4", "text")])
    );
}

#[test]
fn sampler_settings_go_where_they_are_taken_and_links_stay() {
    let mut prompt = text_to_image();
    let settings = SamplerSettings {
        seed: Some(u64::MAX),
        steps: Some(30),
        ..SamplerSettings::default()
    };
    prompt.set_sampler_settings(&settings, None).unwrap();
    assert_eq!(at(&prompt, "3", "seed"), &json!(u64::MAX));
    assert_eq!(at(&prompt, "4", "noise_seed"), &json!(u64::MAX));
    assert_eq!(at(&prompt, "3", "steps"), &json!(["8", 0]));
    assert_eq!(at(&prompt, "8", "value"), &json!(30));
    assert_eq!(prompt.node("4").unwrap().input("seed"), None);

    let before = prompt.clone();
    let settings = SamplerSettings {
        seed: Some(1),
        cfg: Some(7.0),
        ..SamplerSettings::default()
    };
    let error = prompt.set_sampler_settings(&settings, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "input `cfg` of node `4` is computed by node `9`"
    );
    let settings = SamplerSettings {
        denoise: Some(0.5),
        ..SamplerSettings::default()
    };
    assert_eq!(
        prompt
            .set_sampler_settings(&settings, None)
            .unwrap_err()
            .code(),
        "no_target"
    );
    let settings = SamplerSettings {
        cfg: Some(f64::NAN),
        ..SamplerSettings::default()
    };
    let error = prompt
        .set_sampler_settings(&settings, Some(&"3".into()))
        .unwrap_err();
    assert_eq!(error.code(), "not_finite");
    assert_eq!(prompt, before);
}

#[test]
fn size_and_image_are_set_and_the_batch_stays() {
    let mut prompt = text_to_image();
    let size = ImageSize {
        width: Some(768),
        height: Some(1024),
        batch_size: None,
    };
    prompt.set_image_size(size, None).unwrap();
    assert_eq!(at(&prompt, "5", "width"), &json!(768));
    assert_eq!(at(&prompt, "5", "batch_size"), &json!(4));
    prompt.set_image_input("b.png", None).unwrap();
    assert_eq!(at(&prompt, "10", "image"), &json!("b.png"));
}

proptest! {
    #[test]
    fn whatever_is_done_to_any_graph_ends_well(
        graph in crate::test_graphs::graphs(),
        steps in proptest::collection::vec((0..8u8, 0..14usize, 0..14usize), 0..12),
    ) {
        let prompt = Prompt::from_value(graph).unwrap();
        let dangling = |prompt: &Prompt| prompt.faults().iter().filter(|fault| fault.code == crate::FaultCode::DanglingLink).count();
        let before = dangling(&prompt);
        let mut draft = Draft::of(&prompt);
        prop_assert_eq!(draft.clone().finish().unwrap(), prompt.clone());
        for (kind, one, other) in steps {
            let (one, other) = (one.to_string(), other.to_string());
            let state = draft.clone();
            let failed = match kind {
                0 => draft.set(&one.as_str().input("text"), json!(1)).is_err(),
                1 => draft.unset(&one.as_str().input("text")).is_err(),
                2 => draft.connect(&one, 0, &other.as_str().input("text"), None).is_err(),
                3 => draft.disconnect(&one.as_str().input("positive")).is_err(),
                4 => draft.remove(&one, Consumers::Unlink).is_err(),
                5 => draft.remove(&one, Consumers::Refuse).is_err(),
                6 => draft.bypass(&one, &definitions()).is_err(),
                _ => draft.replace_class(&one, "Lora", Some(&definitions())).is_err(),
            };
            if failed {
                prop_assert_eq!(&draft, &state);
            }
        }
        if let Ok(changed) = draft.finish() {
            prop_assert!(dangling(&changed) <= before, "no change leaves a link to nowhere");
            let _ = Fingerprint::of(&changed);
        }
    }
}
