//! The classes that are executed, together in one job, and one that is not.

use crate::support::{Socket, post, small_prompt};
use comfyctl_simulator::Simulator;
use comfyctl_workflow::Definitions;
use serde_json::{Value, json};
use std::io::{BufReader, Cursor};

async fn run(simulator: &Simulator, body: Value) -> Vec<Value> {
    let mut socket = Socket::open(&simulator.url(), "/ws?clientId=me")
        .await
        .unwrap();
    let (status, answer) = post(simulator, body).await;
    assert_eq!(status, 200, "{answer}");
    socket.until_end().await
}

/// An uploaded image, changed, sampled again with an add-on, saved, and a text shown.
fn image_to_image() -> Value {
    json!({
        "1": {"class_type": "LoadImage", "inputs": {"image": "source.png"}},
        "2": {"class_type": "ImageScale", "inputs": {"image": ["1", 0], "width": 128, "height": 64,
            "upscale_method": "lanczos", "crop": "center"}},
        "3": {"class_type": "ImageInvert", "inputs": {"image": ["2", 0]}},
        "4": {"class_type": "ImageBatch", "inputs": {"image1": ["3", 0], "image2": ["1", 0]}},
        "5": {"class_type": "CheckpointLoaderSimple",
            "inputs": {"ckpt_name": "v1-5-pruned-emaonly.safetensors"}},
        "6": {"class_type": "LoraLoader", "inputs": {"model": ["5", 0], "clip": ["5", 1],
            "lora_name": "add_detail.safetensors", "strength_model": 0.5, "strength_clip": 1}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lake", "clip": ["6", 1]}},
        "8": {"class_type": "VAEEncode", "inputs": {"pixels": ["4", 0], "vae": ["5", 2]}},
        "9": {"class_type": "KSampler", "inputs": {"model": ["6", 0], "positive": ["7", 0],
            "negative": ["7", 0], "latent_image": ["8", 0], "seed": u64::MAX, "steps": 3,
            "cfg": 5, "sampler_name": "euler", "scheduler": "karras", "denoise": 0.5}},
        "10": {"class_type": "VAEDecode", "inputs": {"samples": ["9", 0], "vae": ["5", 2]}},
        "11": {"class_type": "SaveImage",
            "inputs": {"images": ["10", 0], "filename_prefix": "lake"}},
        "12": {"class_type": "PreviewAny", "inputs": {"source": "done"}},
    })
}

#[tokio::test]
async fn all_classes_work_together_and_files_hold_prompt_and_workflow() {
    let simulator = Simulator::builder().start().await.unwrap();
    let source = simulator.directory().join("input/source.png");
    image::RgbImage::from_pixel(40, 40, image::Rgb([200, 10, 10]))
        .save(source)
        .unwrap();
    let workflow = json!({"workflow": {"id": "w", "nodes": []}});
    let body = json!({"prompt": image_to_image(), "client_id": "me",
        "extra_data": {"extra_pnginfo": workflow}});
    let messages = run(&simulator, body).await;
    let outputs: Vec<&Value> = messages
        .iter()
        .filter(|message| message["type"] == "executed")
        .map(|message| &message["data"]["output"])
        .collect();
    assert!(outputs.contains(&&json!({"text": ["done"]})));
    let files = outputs
        .iter()
        .find_map(|output| output["images"].as_array())
        .unwrap();
    assert_eq!(files.len(), 2, "a batch of two");
    let bytes = std::fs::read(simulator.directory().join("output/lake_00002_.png")).unwrap();
    let decoder = png::Decoder::new(BufReader::new(Cursor::new(bytes)));
    let reader = decoder.read_info().unwrap();
    assert_eq!(reader.info().size(), (128, 64));
    let chunks = &reader.info().uncompressed_latin1_text;
    let chunk = |keyword: &str| -> Value {
        let chunk = chunks
            .iter()
            .find(|chunk| chunk.keyword == keyword)
            .unwrap();
        serde_json::from_str(&chunk.text).unwrap()
    };
    assert_eq!(chunk("workflow"), workflow["workflow"]);
    let prompt = chunk("prompt");
    assert_eq!(prompt["9"]["inputs"]["seed"], json!(u64::MAX));
    assert_eq!(prompt["1"]["is_changed"][0].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn a_class_that_was_only_given_validates_and_fails_when_it_runs() {
    let definition = br#"{"Sharpen": {"input": {"required": {"image": ["IMAGE"]}},
        "output": ["IMAGE"], "output_node": false}}"#;
    let definitions = Definitions::from_slice(definition).unwrap();
    let simulator = Simulator::builder()
        .definitions(definitions)
        .start()
        .await
        .unwrap();
    let mut prompt = small_prompt(1);
    prompt["3"] = json!({"class_type": "Sharpen", "inputs": {"image": ["1", 0]}});
    prompt["2"]["inputs"]["images"] = json!(["3", 0]);
    let messages = run(&simulator, json!({"prompt": prompt, "client_id": "me"})).await;
    let error = messages
        .iter()
        .find(|message| message["type"] == "execution_error")
        .unwrap();
    assert_eq!(error["data"]["node_id"], "3");
    assert_eq!(
        error["data"]["exception_message"],
        "the simulator can validate `Sharpen`, but not execute it\n"
    );
}
