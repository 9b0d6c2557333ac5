//! Each tool with arguments that do not fit: the reason is named, and often what to do.

use crate::support::{Bench, plain};
use serde_json::{Value, json};

/// A tool, what it is given, and the code and part of the message of its failure.
#[expect(clippy::too_many_lines, reason = "a table of all tools")]
fn cases() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let invalid = "invalid_arguments";
    vec![
        ("execute_workflow", json!({}), invalid, "workflow_json"),
        (
            "execute_workflow",
            json!({"workflow_json": "{"}),
            invalid,
            "not JSON",
        ),
        (
            "execute_workflow",
            json!({"workflow_json": "nothing"}),
            "not_found",
            "`nothing`",
        ),
        (
            "execute_workflow",
            json!({"workflow_json": "/etc/hostname"}),
            "not_allowed",
            "outside",
        ),
        (
            "execute_workflow",
            json!({"workflow_json": plain(), "inputs": "{\"widht\": 5}"}),
            "invalid_override",
            "`widht`",
        ),
        (
            "execute_workflow",
            json!({"workflow_json": plain(), "timeout": -1}),
            invalid,
            "timeout",
        ),
        (
            "generate_image",
            json!({"prompt": "x", "steps": "many"}),
            invalid,
            "`steps`",
        ),
        (
            "generate_image",
            json!({"prompt": "x", "checkpoint": "none"}),
            "validation_failed",
            "none",
        ),
        (
            "img2img",
            json!({"input_image_path": "/etc/hostname", "prompt": "x"}),
            "not_allowed",
            "outside",
        ),
        (
            "upload_image",
            json!({"image_path": "absent.png"}),
            "file_error",
            "absent.png",
        ),
        (
            "get_image",
            json!({"filename": "absent.png"}),
            "not_found",
            "",
        ),
        (
            "get_image",
            json!({"filename": "a.png", "image_type": "else"}),
            invalid,
            "image_type",
        ),
        (
            "get_queue_status",
            json!({"connection": "nowhere"}),
            "invalid_connection",
            "`nowhere`",
        ),
        (
            "get_queue_status",
            json!({"prompt_id": "x"}),
            "not_found",
            "`x`",
        ),
        ("cancel_job", json!({"prompt_id": "x"}), "not_found", "`x`"),
        (
            "clear_queue",
            json!({"connection": "nowhere"}),
            "invalid_connection",
            "`nowhere`",
        ),
        (
            "interrupt_execution",
            json!({"connection": "nowhere"}),
            "invalid_connection",
            "`nowhere`",
        ),
        (
            "free_memory",
            json!({"connection": "nowhere"}),
            "invalid_connection",
            "`nowhere`",
        ),
        (
            "get_job_history",
            json!({"status": "done"}),
            invalid,
            "`done`",
        ),
        ("get_job_status", json!({"job_id": "x"}), "not_found", "`x`"),
        ("get_job_statistics", json!({"by": "day"}), invalid, "`by`"),
        (
            "get_system_info",
            json!({"connection": "nowhere"}),
            "invalid_connection",
            "`nowhere`",
        ),
        (
            "list_models",
            json!({"model_type": "checkpoint"}),
            "not_found",
            "`checkpoint`",
        ),
        (
            "list_nodes",
            json!({"node_class": "KSamler"}),
            "not_found",
            "`KSamler`",
        ),
        ("list_connections", json!({"all": true}), invalid, "`all`"),
        (
            "test_connection",
            json!({"connection": "default"}),
            "unreachable",
            "`default`",
        ),
        (
            "list_workflows",
            json!({"connection": "nowhere"}),
            "invalid_connection",
            "`nowhere`",
        ),
        (
            "get_workflow_templates",
            json!({"connection": "nowhere"}),
            "invalid_connection",
            "nowhere",
        ),
        (
            "validate_workflow",
            json!({"workflow_json": "{"}),
            invalid,
            "not JSON",
        ),
        (
            "analyze_workflow",
            json!({"workflow_json": {"nodes": 1}}),
            "invalid_workflow",
            "",
        ),
        ("wait_for_job", json!({"job_id": "x"}), "not_found", "`x`"),
        (
            "explain_failure",
            json!({"job_id": "x"}),
            "not_found",
            "`x`",
        ),
        (
            "edit_workflow",
            json!({"workflow_json": plain(), "operations": [{"op": "set", "at": "9.x", "value": 1}]}),
            "invalid_override",
            "operation 1",
        ),
        (
            "edit_workflow",
            json!({"workflow_json": plain(), "operations": [{"op": "set", "at": "1.widht", "value": 1}]}),
            "invalid_override",
            "no input `widht`",
        ),
        ("run_batch", json!({}), invalid, "either"),
        (
            "run_batch",
            json!({"workflow_json": plain(), "sweeps": {"1.colour": [1]}}),
            "invalid_override",
            "did you mean `color`?",
        ),
        (
            "run_batch",
            json!({"workflow_json": plain(), "sweeps": {"1.width": "@/etc/hostname"}}),
            invalid,
            "sweeps.1.width",
        ),
        ("run_batch", json!({"batch": "x"}), "not_found", "`x`"),
        ("rerun_job", json!({"job_id": "x"}), "not_found", "`x`"),
        (
            "get_node_info",
            json!({"node_class": "KSamler"}),
            "not_found",
            "`KSamler`",
        ),
        (
            "save_workflow",
            json!({"name": "../x", "workflow_json": plain()}),
            invalid,
            "`name`",
        ),
    ]
}

#[tokio::test]
async fn every_refusal_names_its_reason() {
    let bench = Bench::new().await;
    for (tool, arguments, code, part) in cases() {
        let failure = bench.bad(tool, arguments).await;
        assert_eq!(failure["code"], code, "{tool}: {failure}");
        let message = failure["error"].as_str().unwrap();
        assert!(message.contains(part), "{tool}: {failure}");
    }
}
