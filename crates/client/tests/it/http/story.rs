//! A person's day with a server, through every topic of its routes: on a simulated one, and on a
//! real one where `COMFYUI_URL` names one. Leaves nothing behind but files in its input and temp folders.

use crate::support::client;
use comfyctl_client::{
    Channel, Client, Existing, FileReference, Folder, HistoryRange, ImagePreview, JobFilter,
    JobStatus, Overwrite, PreviewFormat, PromptId, PromptRequest, Upload, Verdict, ViewOptions,
};
use comfyctl_simulator::Simulator;
use comfyctl_workflow::Prompt;
use serde_json::json;
use std::time::Duration;

/// No story takes longer.
const LIMIT: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_day_with_a_real_server() {
    let Ok(url) = std::env::var("COMFYUI_URL") else {
        eprintln!("SKIPPED: COMFYUI_URL names no real server");
        return;
    };
    let client = client(&url);
    a_day(&client).await;
    keep_a_file_with_a_percent_sign(&client).await;
}

#[tokio::test]
async fn a_day_with_a_simulated_server() {
    let simulator = Simulator::builder().start().await.unwrap();
    a_day(&client(&simulator.url())).await;
}

async fn a_day(client: &Client) {
    look_around(client).await;
    keep_files(client).await;
    let image = make_an_image(client).await;
    let uploaded = send_it_back(client, &image).await;
    mask_it(client, &uploaded).await;
    be_told_no(client).await;
    change_ones_mind(client).await;
}

async fn look_around(client: &Client) {
    let stats = client.system_stats().await.unwrap();
    assert!(stats.system.comfyui_version.is_some() && stats.frontend_version().is_some());
    assert!(!stats.devices.is_empty());
    assert!(client.features().await.unwrap().max_upload_size().is_some());
    let definitions = client.definitions().await.unwrap();
    assert!(definitions.contains("KSampler"));
    let sampler = client.definition("KSampler").await.unwrap().unwrap();
    assert!(sampler.input.get("seed").is_some());
    assert!(client.definition("NoSuchClass").await.unwrap().is_none());
    assert!(
        client
            .model_folders()
            .await
            .unwrap()
            .contains(&"checkpoints".to_owned())
    );
    assert!(client.models("checkpoints").await.unwrap().is_some());
    assert!(client.model_files("checkpoints").await.unwrap().is_some());
    assert!(client.models("no such folder").await.unwrap().is_none());
    client.embeddings().await.unwrap();
    assert!(!client.model_folder_details().await.unwrap().is_empty());
    client.workflow_templates().await.unwrap();
    client.global_subgraphs().await.unwrap();
    assert!(client.global_subgraph("unknown").await.unwrap().is_none());
    client.extensions().await.unwrap();
    client.node_replacements().await.unwrap();
    client.translations().await.unwrap();
    client.users().await.unwrap();
    assert!(!client.raw_logs().await.unwrap().entries.is_empty());
    assert!(!client.logs().await.unwrap().is_empty());
    assert!(
        client
            .folder_paths()
            .await
            .unwrap()
            .contains_key("checkpoints")
    );
    client.files(Folder::Input).await.unwrap();
    client.free(false, false).await.unwrap();
}

async fn keep_files(client: &Client) {
    let folder = format!("story ü {}", PromptId::generate());
    let (one, two) = (
        format!("{folder}/sub/one.json"),
        format!("{folder}/two.json"),
    );
    client
        .write_userdata(&one, b"{}".to_vec(), Overwrite::No)
        .await
        .unwrap();
    let taken = client
        .write_userdata(&one, b"1".to_vec(), Overwrite::No)
        .await
        .unwrap_err();
    assert_eq!(taken.status(), Some(409));
    let listed = client.list_userdata(&folder).await.unwrap();
    assert_eq!(
        (listed[0].path.as_str(), listed[0].size),
        ("sub/one.json", 2)
    );
    client
        .move_userdata(&one, &two, Overwrite::No)
        .await
        .unwrap();
    assert_eq!(client.read_userdata(&two).await.unwrap().unwrap(), b"{}");
    assert!(client.read_userdata(&one).await.unwrap().is_none());
    assert!(
        !client
            .userdata_tree(&folder)
            .await
            .unwrap()
            .unwrap()
            .is_empty()
    );
    assert!(client.delete_userdata(&two).await.unwrap());
    assert!(!client.delete_userdata(&two).await.unwrap());

    let name = "comfyctl.story";
    client.set_editor_setting(name, &json!([1])).await.unwrap();
    assert_eq!(client.editor_setting(name).await.unwrap(), json!([1]));
    let nothing = json!({ name: null });
    client
        .set_editor_settings(nothing.as_object().unwrap())
        .await
        .unwrap();
    assert!(client.editor_setting(name).await.unwrap().is_null());
    client.editor_settings().await.unwrap();
}

/// The server decodes names more often than HTTP does.
async fn keep_a_file_with_a_percent_sign(client: &Client) {
    let folder = format!("story %41 {}", PromptId::generate());
    let path = format!("{folder}/one %25.json");
    client
        .write_userdata(&path, b"{}".to_vec(), Overwrite::No)
        .await
        .unwrap();
    assert_eq!(
        client.list_userdata(&folder).await.unwrap()[0].path,
        "one %25.json"
    );
    let tree = client.userdata_tree(&folder).await.unwrap().unwrap();
    assert_eq!(tree[0].name, "one %25.json");
    assert!(client.delete_userdata(&path).await.unwrap());
}

fn graph(color: u32) -> Prompt {
    Prompt::from_value(json!({
        "1": {"class_type": "EmptyImage",
            "inputs": {"width": 32, "height": 16, "batch_size": 1, "color": color}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }))
    .unwrap()
}

async fn ended(client: &Client, id: &PromptId) -> Verdict {
    let look = async {
        loop {
            if let Some(entry) = client.history_entry(id).await.unwrap() {
                return entry.verdict();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LIMIT, look).await.unwrap()
}

async fn make_an_image(client: &Client) -> FileReference {
    let graph = graph(0x00ff_8800);
    let id = PromptId::generate();
    let request = PromptRequest {
        prompt_id: Some(id.clone()),
        ..PromptRequest::new(&graph)
    };
    let accepted = client.submit(&request).await.unwrap();
    assert_eq!(accepted.prompt_id, id);
    assert!(accepted.node_errors.is_empty());
    assert_eq!(ended(client, &id).await, Verdict::Success);

    let latest = client.history(HistoryRange::Latest(1)).await.unwrap();
    assert_eq!(latest.len(), 1);
    let job = client.job(&id).await.unwrap().unwrap();
    assert_eq!(
        (job.status, job.outputs_count),
        (JobStatus::Completed, Some(1))
    );
    let page = client.jobs(&JobFilter::default()).await.unwrap();
    assert!(page.jobs.iter().any(|job| job.id == id));
    let outputs = job.outputs.unwrap();
    let (node, kind, file) = outputs.files().next().unwrap();
    assert_eq!((node.as_str(), kind), ("2", "images"));
    client
        .delete_history(std::slice::from_ref(&id))
        .await
        .unwrap();
    assert!(client.history_entry(&id).await.unwrap().is_none());
    assert!(client.job(&id).await.unwrap().is_none());
    file.file
}

async fn send_it_back(client: &Client, image: &FileReference) -> FileReference {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rec \"src\" 100% ü.png");
    let download = client.view(image, &ViewOptions::default()).await.unwrap();
    download
        .save(&path, Existing::Refuse, |_| ())
        .await
        .unwrap();
    assert!(std::fs::read(&path).unwrap().starts_with(b"\x89PNG"));
    let preview = ImagePreview {
        format: PreviewFormat::Jpeg,
        quality: 50,
    };
    let options = ViewOptions {
        preview: Some(preview),
        ..ViewOptions::default()
    };
    assert!(
        client
            .view_bytes(image, &options)
            .await
            .unwrap()
            .starts_with(b"\xff\xd8")
    );
    let options = ViewOptions {
        channel: Some(Channel::Alpha),
        ..ViewOptions::default()
    };
    assert!(
        client
            .view_bytes(image, &options)
            .await
            .unwrap()
            .starts_with(b"\x89PNG")
    );

    let upload = Upload {
        subfolder: format!("story/{}", PromptId::generate()),
        ..Upload::from_path(&path)
    };
    let uploaded = client.upload_image(&upload).await.unwrap();
    assert_eq!(
        (uploaded.name.as_str(), &uploaded.subfolder),
        (upload.name.as_str(), &upload.subfolder)
    );
    let again = client.upload_image(&upload).await.unwrap();
    assert_eq!(again, uploaded);
    let other = Upload {
        subfolder: upload.subfolder,
        ..Upload::from_bytes("other", upload.name)
    };
    let renamed = client.upload_image(&other).await.unwrap();
    assert_eq!(renamed.name, "rec \"src\" 100% ü (1).png");
    uploaded.reference()
}

async fn mask_it(client: &Client, original: &FileReference) {
    let mask = client
        .view_bytes(
            original,
            &ViewOptions {
                channel: Some(Channel::Alpha),
                ..ViewOptions::default()
            },
        )
        .await
        .unwrap();
    let upload = Upload {
        subfolder: original.subfolder.clone(),
        ..Upload::from_bytes(mask, "mask.png")
    };
    let masked = client.upload_mask(&upload, original).await.unwrap();
    assert!(client.file_exists(&masked.reference()).await.unwrap());
    let missing = FileReference {
        filename: "missing.png".to_owned(),
        ..original.clone()
    };
    let error = client.upload_mask(&upload, &missing).await.unwrap_err();
    assert_eq!(error.code(), "refused_before_sending");
}

async fn be_told_no(client: &Client) {
    let bad = json!({"1": {"class_type": "EmptyImage", "inputs": {"width": -5}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}});
    let bad = Prompt::from_value(bad).unwrap();
    let error = client.submit(&PromptRequest::new(&bad)).await.unwrap_err();
    assert_eq!(error.code(), "validation_failed");
    assert!(
        error.to_string().contains("node `1` (EmptyImage)"),
        "{error}"
    );
    let unknown = json!({"1": {"class_type": "NoSuchClass", "inputs": {}}});
    let unknown = Prompt::from_value(unknown).unwrap();
    let error = client
        .submit(&PromptRequest::new(&unknown))
        .await
        .unwrap_err();
    assert!(error.hint().unwrap().contains("NoSuchClass"));
}

async fn change_ones_mind(client: &Client) {
    let unknown = PromptId::generate();
    assert!(!client.cancel(&unknown).await.unwrap());
    assert!(
        !client
            .cancel_many(std::slice::from_ref(&unknown))
            .await
            .unwrap()
    );
    client.interrupt(Some(&unknown)).await.unwrap();
    client
        .delete_pending(std::slice::from_ref(&unknown))
        .await
        .unwrap();
    assert!(client.queue().await.unwrap().position(&unknown).is_none());
    client.queue_remaining().await.unwrap();
}
