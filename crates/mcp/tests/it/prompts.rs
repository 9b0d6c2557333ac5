//! What people commonly ask for.

use crate::support::Bench;
use rmcp::model::{ArgumentInfo, CompleteRequestParams, GetPromptRequestParams, Reference};
use serde_json::json;

#[tokio::test]
async fn prompts_are_listed_filled_in_and_completed() {
    let bench = Bench::new().await;
    let prompts = bench.client.list_all_prompts().await.unwrap();
    insta::assert_json_snapshot!(prompts);
    let arguments = json!({"workflow": "portrait"})
        .as_object()
        .cloned()
        .unwrap();
    let request = GetPromptRequestParams::new("run_workflow").with_arguments(arguments);
    let prompt = bench.client.get_prompt(request).await.unwrap();
    insta::assert_json_snapshot!(prompt);
    let reference = Reference::for_prompt("run_workflow");
    let argument = ArgumentInfo::new("workflow", "");
    let request = CompleteRequestParams::new(reference, argument);
    let completed = bench.client.complete(request).await.unwrap();
    assert!(completed.completion.values.is_empty());
}
