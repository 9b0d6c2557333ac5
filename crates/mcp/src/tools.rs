//! All tools, one file each. The first 22 are those of version 2.0.0, under its names.

mod analyze_workflow;
mod cancel_job;
mod clear_queue;
mod edit_workflow;
mod execute_workflow;
mod explain_failure;
mod free_memory;
mod generate_image;
mod get_image;
mod get_job_history;
mod get_job_statistics;
mod get_job_status;
mod get_node_info;
mod get_queue_status;
mod get_system_info;
mod get_workflow_templates;
mod img2img;
mod interrupt_execution;
mod list_connections;
mod list_models;
pub(crate) mod list_nodes;
mod list_workflows;
mod rerun_job;
mod run_batch;
mod save_workflow;
mod test_connection;
mod upload_image;
mod validate_workflow;
mod wait_for_job;

use crate::call::Call;
use crate::tool::Registered;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// In the order in which they are listed.
pub(crate) fn all() -> Vec<Registered> {
    vec![
        Registered::of::<execute_workflow::ExecuteWorkflow>(),
        Registered::of::<generate_image::GenerateImage>(),
        Registered::of::<img2img::Img2Img>(),
        Registered::of::<upload_image::UploadImage>(),
        Registered::of::<get_image::GetImage>(),
        Registered::of::<get_queue_status::GetQueueStatus>(),
        Registered::of::<cancel_job::CancelJob>(),
        Registered::of::<clear_queue::ClearQueue>(),
        Registered::of::<interrupt_execution::InterruptExecution>(),
        Registered::of::<get_job_history::GetJobHistory>(),
        Registered::of::<get_job_status::GetJobStatus>(),
        Registered::of::<get_job_statistics::GetJobStatistics>(),
        Registered::of::<get_system_info::GetSystemInfo>(),
        Registered::of::<list_models::ListModels>(),
        Registered::of::<list_nodes::ListNodes>(),
        Registered::of::<free_memory::FreeMemory>(),
        Registered::of::<list_connections::ListConnections>(),
        Registered::of::<test_connection::TestConnection>(),
        Registered::of::<list_workflows::ListWorkflows>(),
        Registered::of::<get_workflow_templates::GetWorkflowTemplates>(),
        Registered::of::<validate_workflow::ValidateWorkflow>(),
        Registered::of::<analyze_workflow::AnalyzeWorkflow>(),
        Registered::of::<wait_for_job::WaitForJob>(),
        Registered::of::<explain_failure::ExplainFailure>(),
        Registered::of::<get_node_info::GetNodeInfo>(),
        Registered::of::<edit_workflow::EditWorkflow>(),
        Registered::of::<run_batch::RunBatch>(),
        Registered::of::<rerun_job::RerunJob>(),
        Registered::of::<save_workflow::SaveWorkflow>(),
    ]
}

/// Parameters of a tool that has none.
#[derive(Deserialize, JsonSchema)]
struct Nothing {}

/// Parameters of a tool that is about a server.
#[derive(Deserialize, JsonSchema)]
struct OfConnection {
    connection: Option<String>,
}

/// Results of a tool that has nothing to tell but that it is done.
#[derive(Serialize, JsonSchema)]
struct Done {}

/// Entries of a page, where nothing is said.
fn page_size() -> usize {
    50
}

/// How a question names a server.
fn server_in_words(connection: Option<&str>, call: &Call) -> String {
    match (call.server(connection), connection) {
        (Ok(server), _) => {
            let url = server.client().base_url().to_string();
            // A server that is given by its address is called by it.
            if url.ends_with(server.name()) {
                url
            } else {
                format!("`{}` ({url})", server.name())
            }
        }
        (Err(_), Some(name)) => format!("`{name}`"),
        (Err(_), None) => "the default server".to_owned(),
    }
}
