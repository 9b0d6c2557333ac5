//! Each notation, read and filled.

use crate::{Analysis, Origin, ParameterKind, Prompt, Role, ValueType};
use serde_json::{Map, Value, json};

fn prompt(graph: Value) -> Prompt {
    Prompt::from_value(graph).unwrap()
}

fn apply(graph: Value, values: Value) -> Result<Value, String> {
    let prompt = prompt(graph);
    let parameters = Analysis::of(&prompt, None).parameters;
    let values: Map<String, Value> = values.as_object().unwrap().clone();
    let filled = parameters
        .apply(&prompt, &values)
        .map_err(|error| error.to_string())?;
    Ok(serde_json::to_value(filled).unwrap())
}

#[test]
fn braces_are_filled_wherever_they_stand() {
    let graph = json!({
        "1": {"class_type": "A", "inputs": {"text": "{{animal}} in the {{place:snow}}, {{animal}}", "steps": "{{steps:20}}"}},
        "2": {"class_type": "B", "inputs": {"prefix": "{{animal}}"}},
    });
    let filled = apply(graph.clone(), json!({"animal": "a fox"})).unwrap();
    assert_eq!(filled["1"]["inputs"]["text"], "a fox in the snow, a fox");
    assert_eq!(filled["2"]["inputs"]["prefix"], "a fox");
    assert_eq!(
        apply(graph.clone(), json!({"place": "fog"})).unwrap_err(),
        "`animal` needs a value"
    );
    let names: Vec<String> = Analysis::of(&prompt(graph), None)
        .parameters
        .iter()
        .map(|each| each.name.clone())
        .collect();
    assert_eq!(names, ["animal", "place", "steps"]);
}

#[test]
fn a_placeholder_has_the_role_of_its_place() {
    let graph = json!({
        "1": {"class_type": "KSampler", "inputs": {"positive": ["2", 0], "negative": ["3", 0]}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "{{what}}, sharp"}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "{{not:blurry}}"}},
    });
    let parameters = Analysis::of(&prompt(graph), None).parameters;
    let role = |name: &str| parameters.get(name).unwrap().role;
    assert_eq!(
        (role("what"), role("not")),
        (Some(Role::Positive), Some(Role::Negative))
    );
}

#[test]
fn filling_some_leaves_the_others_in_the_file() {
    let graph =
        prompt(json!({"1": {"class_type": "A", "inputs": {"text": "{{a}} {{b}} {{c:x}}"}}}));
    let parameters = Analysis::of(&graph, None).parameters;
    let given = json!({"b": "B"});
    let filled = parameters
        .apply_given(&graph, given.as_object().unwrap())
        .unwrap();
    assert_eq!(
        filled.node("1").unwrap().input("text"),
        Some(&json!("{{a}} B {{c:x}}"))
    );
}

#[test]
fn the_definition_types_a_placeholder_that_is_a_whole_value() {
    let definitions = crate::Definitions::from_slice(
        br#"{"A": {"input": {"required": {
        "steps": ["INT", {"min": 1, "max": 50}]}}, "output_node": true}}"#,
    )
    .unwrap();
    let graph = prompt(json!({"1": {"class_type": "A", "inputs": {"steps": "{{steps:20}}"}}}));
    let parameters = Analysis::of(&graph, Some(&definitions)).parameters;
    let steps = parameters.get("steps").unwrap();
    assert_eq!(
        (steps.value_type, steps.value.clone()),
        (ValueType::Integer, Some(json!(20)))
    );
    let error = |value: Value| {
        let values = Map::from_iter([("steps".to_owned(), value)]);
        parameters.apply(&graph, &values).unwrap_err().to_string()
    };
    assert_eq!(error(json!(51)), "`steps` must be from 1 to 50, not 51");
    assert_eq!(
        error(json!("20")),
        "`steps` must be a whole number, not \"20\""
    );
    let filled = parameters.apply(&graph, &Map::new()).unwrap();
    assert_eq!(filled.node("1").unwrap().input("steps"), Some(&json!(20)));
}

#[test]
fn capital_names_are_required_and_typed_by_their_prefix() {
    let graph = json!({"1": {"class_type": "A", "inputs": {
        "text": "PARAM_PROMPT", "steps": "PARAM_INT_STEPS", "cfg": "PARAM_FLOAT_CFG", "other": "PARAMETERS"}}});
    let parameters = Analysis::of(&prompt(graph.clone()), None).parameters;
    let marked = parameters.marked();
    let found: Vec<_> = marked
        .iter()
        .map(|each| (each.name.as_str(), each.value_type, each.required))
        .collect();
    assert_eq!(
        found,
        [
            ("prompt", ValueType::String, true),
            ("steps", ValueType::Integer, true),
            ("cfg", ValueType::Number, true),
        ]
    );
    let filled = apply(graph, json!({"prompt": "x", "steps": 4, "cfg": 1.5})).unwrap();
    assert_eq!(
        filled["1"]["inputs"],
        json!({"text": "x", "steps": 4, "cfg": 1.5, "other": "PARAMETERS"})
    );
}

#[test]
fn a_title_names_an_input_of_its_node() {
    let graph = json!({
        "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}, "_meta": {"title": "$photo.~image!:The picture to change"}},
        "2": {"class_type": "Blur", "inputs": {"radius": 3, "image": ["1", 0]}, "_meta": {"title": "$Blur Radius.radius"}},
        "3": {"class_type": "Blur", "inputs": {"image": ["1", 0]}, "_meta": {"title": "$linked.image"}},
        "4": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}, "_meta": {"title": "$output.result"}},
    });
    let marked = Analysis::of(&prompt(graph.clone()), None)
        .parameters
        .marked();
    insta::assert_json_snapshot!(marked);
    assert_eq!(
        apply(graph.clone(), json!({})).unwrap_err(),
        "`photo` needs a value"
    );
    let filled = apply(graph, json!({"photo": "b.png", "blur_radius": 5})).unwrap();
    assert_eq!(
        (
            &filled["1"]["inputs"]["image"],
            &filled["2"]["inputs"]["radius"]
        ),
        (&json!("b.png"), &json!(5))
    );
}

#[test]
fn comfy_deploy_nodes_are_parameters() {
    let graph = json!({
        "1": {"class_type": "ComfyUIDeployExternalText", "inputs": {
            "input_id": "prompt", "default_value": "a cat", "display_name": "Prompt", "description": "What to show"}},
        "2": {"class_type": "ComfyUIDeployExternalNumberSliderInt", "inputs": {
            "input_id": "steps", "default_value": 20, "min_value": 1, "max_value": 50}},
        "3": {"class_type": "ComfyUIDeployExternalEnum", "inputs": {
            "input_id": "style", "default_value": "oil", "options": "[\"oil\", \"ink\"]"}},
        "4": {"class_type": "ComfyUIDeployExternalImage", "inputs": {"input_id": "photo"}},
        "5": {"class_type": "ComfyUIDeployExternalSeed", "inputs": {
            "input_id": "seed", "default_value": -1, "min_value": 1, "max_value": 4_294_967_295_u64}},
    });
    let marked = Analysis::of(&prompt(graph.clone()), None)
        .parameters
        .marked();
    insta::assert_json_snapshot!(marked);
    let filled = apply(
        graph,
        json!({"photo": "http://x/y.png", "prompt": "a fox", "steps": 4}),
    )
    .unwrap();
    assert_eq!(filled["1"]["inputs"]["input_id"], "a fox");
    assert_eq!(filled["1"]["inputs"]["default_value"], "a fox");
    assert_eq!(filled["2"]["inputs"]["default_value"], 4);
    assert_eq!(filled["4"]["inputs"]["input_id"], "http://x/y.png");
}

#[test]
fn comfy_pack_nodes_are_named_by_title_or_by_what_they_feed() {
    let graph = json!({
        "1": {"class_type": "CPackInputString", "inputs": {"value": "a cat"}, "_meta": {"title": "prompt"}},
        "2": {"class_type": "CPackInputInt", "inputs": {"value": 20, "min": 1, "max": i64::MAX}, "_meta": {"title": "Int Input"}},
        "3": {"class_type": "CPackInputAny", "inputs": {"any": "euler"},
              "_meta": {"title": "Any Input", "options": {"values": ["euler", "heun"]}}},
        "9": {"class_type": "KSampler", "inputs": {"steps": ["2", 0], "sampler_name": ["3", 0]}},
    });
    let marked = Analysis::of(&prompt(graph.clone()), None)
        .parameters
        .marked();
    let found: Vec<_> = marked
        .iter()
        .map(|each| (each.name.as_str(), each.kind, each.origin))
        .collect();
    assert_eq!(
        found,
        [
            ("prompt", ParameterKind::Text, Origin::ComfyPack),
            ("steps", ParameterKind::Number, Origin::ComfyPack),
            ("sampler_name", ParameterKind::Choice, Origin::ComfyPack),
        ]
    );
    assert_eq!(marked.get("steps").unwrap().maximum, None);
    assert_eq!(
        apply(graph.clone(), json!({"steps": 0})).unwrap_err(),
        "`steps` must be at least 1, not 0"
    );
    assert_eq!(
        apply(graph, json!({"sampler_name": "lms"})).unwrap_err(),
        "`sampler_name` cannot be \"lms\""
    );
}
