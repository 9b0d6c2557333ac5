//! Classes that are gone, in whose place the server puts others.

use crate::support::{get, post};
use comfyctl_simulator::Simulator;
use comfyctl_workflow::Definitions;
use serde_json::{Value, json};

/// A server that has what stands for `ResizeImagesByLongerEdge`.
async fn server() -> Simulator {
    let definitions = json!({"ImageScaleToMaxDimension": {
        "input": {"required": {
            "image": ["IMAGE"],
            "upscale_method": [["area", "lanczos"]],
            "largest_size": ["INT", {"default": 512}],
        }},
        "output": ["IMAGE"],
    }});
    let definitions = Definitions::from_slice(definitions.to_string().as_bytes()).unwrap();
    Simulator::builder()
        .definitions(definitions)
        .start()
        .await
        .unwrap()
}

fn prompt_with(resize: Value) -> Value {
    json!({"prompt": {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
        "2": resize,
        "3": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}},
    }})
}

#[tokio::test]
async fn a_class_that_is_gone_is_replaced_before_validation() {
    let simulator = server().await;
    let resize = json!({"class_type": "ResizeImagesByLongerEdge", "_meta": {"title": "Resize"},
        "inputs": {"images": ["1", 0], "longer_edge": 4}});
    let (status, answer) = post(&simulator, prompt_with(resize)).await;
    assert_eq!(status, 200, "{answer}");
    let id = answer["prompt_id"].as_str().unwrap();
    let job = get(&simulator, &format!("/api/jobs/{id}")).await;
    assert_eq!(
        job["workflow"]["prompt"]["2"],
        json!({"class_type": "ImageScaleToMaxDimension", "_meta": {"title": "Resize"},
            "inputs": {"image": ["1", 0], "largest_size": 4, "upscale_method": "lanczos"}})
    );
}

#[tokio::test]
async fn the_server_stumbles_over_a_replaced_node_without_a_title() {
    let simulator = server().await;
    let resize = json!({"class_type": "ResizeImagesByLongerEdge",
        "inputs": {"images": ["1", 0], "longer_edge": 4}});
    let (status, _) = post(&simulator, prompt_with(resize)).await;
    assert_eq!(status, 500);
}
