//! Promises of [`super::validate_prompt`] that do not need the recorded traffic.

use super::{Malformed, Verdict, validate_prompt};
use crate::definitions::Definitions;
use serde_json::{Value, json};

fn definitions() -> Definitions {
    let body = json!({
        "Source": {"input": {"required": {"width": ["INT", {"min": 1, "max": 16}]}},
            "output": ["IMAGE"]},
        "Invert": {"input": {"required": {"image": ["IMAGE"]}}, "output": ["IMAGE"]},
        "Show": {"input": {"required": {"images": ["IMAGE"]}}, "output": [], "output_node": true},
    });
    Definitions::from_slice(body.to_string().as_bytes()).unwrap()
}

fn judge(prompt: &mut Value) -> Verdict {
    validate_prompt(prompt, &Value::Null, &definitions()).unwrap()
}

#[test]
fn literals_are_converted_in_place() {
    let mut prompt = json!({
        "1": {"class_type": "Source", "inputs": {"width": {"__value__": "8"}}},
        "2": {"class_type": "Show", "inputs": {"images": ["1", 0]}},
    });
    assert!(matches!(judge(&mut prompt), Verdict::Accepted { .. }));
    assert_eq!(prompt["1"]["inputs"]["width"], 8);
}

/// A source, nodes in a row, and an output at their end.
fn row(length: usize) -> Value {
    let mut prompt = json!({
        "0": {"class_type": "Source", "inputs": {"width": 8}},
        "show": {"class_type": "Show", "inputs": {"images": [length.to_string(), 0]}},
    });
    for at in 1..=length {
        prompt[at.to_string()] =
            json!({"class_type": "Invert", "inputs": {"image": [(at - 1).to_string(), 0]}});
    }
    prompt
}

#[test]
fn more_nodes_in_a_row_than_python_can_follow_are_refused() {
    // A ComfyUI 0.28.1 took 980 and refused 985.
    assert!(matches!(judge(&mut row(980)), Verdict::Accepted { .. }));
    for length in [985, 100_000] {
        let mut prompt = row(length);
        let Verdict::Refused { node_errors, .. } = judge(&mut prompt) else {
            panic!("accepted");
        };
        let error = &node_errors.values().next().unwrap()["errors"][0];
        assert_eq!(error["type"], "exception_during_inner_validation");
        assert_eq!(error["extra_info"]["exception_type"], "RecursionError");
        assert_eq!(prompt, row(length));
    }
}

#[test]
fn good_outputs_run_although_others_failed() {
    let mut prompt = json!({
        "1": {"class_type": "Source", "inputs": {"width": 8}},
        "2": {"class_type": "Show", "inputs": {"images": ["1", 0]}},
        "3": {"class_type": "Show", "inputs": {"images": ["99", 0]}},
    });
    let Verdict::Accepted {
        outputs,
        node_errors,
    } = judge(&mut prompt)
    else {
        panic!("the first output is good");
    };
    assert_eq!(outputs, ["2"]);
    assert_eq!(node_errors["3"]["errors"][0]["details"], "'99'");
}

#[test]
fn a_cycle_is_filed_under_each_of_its_nodes() {
    let mut prompt = json!({
        "1": {"class_type": "Invert", "inputs": {"image": ["3", 0]}},
        "3": {"class_type": "Invert", "inputs": {"image": ["1", 0]}},
        "2": {"class_type": "Show", "inputs": {"images": ["1", 0]}},
    });
    let Verdict::Refused { node_errors, .. } = judge(&mut prompt) else {
        panic!("a cycle is refused");
    };
    for id in ["1", "3"] {
        let fault = &node_errors[id]["errors"][0];
        assert_eq!(fault["type"], "dependency_cycle");
        assert_eq!(fault["details"], "1 (Invert) -> 3 (Invert) -> 1 (Invert)");
    }
}

#[test]
fn forms_that_make_the_server_fail_are_told_apart_from_faults() {
    for mut prompt in [
        json!(null),
        json!([]),
        json!({"9": 5}),
        json!({"9": {"inputs": []}}),
    ] {
        let verdict = validate_prompt(&mut prompt, &Value::Null, &definitions());
        assert_eq!(verdict, Err(Malformed));
    }
}
