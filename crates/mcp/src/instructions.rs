//! What every client is told about the server as a whole: what a model cannot learn from one tool.

/// Kept short: it is part of every conversation.
pub(crate) const INSTRUCTIONS: &str = "Runs ComfyUI workflows. Every run is a job with a job_id; a \
    wait that runs out returns it, and wait_for_job goes on. Workflows are given as JSON (API or \
    editor format), saved name or path. Failures have `code`, `error` and often `hint`.";
