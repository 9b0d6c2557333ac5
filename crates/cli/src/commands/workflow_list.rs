//! `comfyctl workflow list`.

use crate::arguments::ListWorkflows;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::{library, table};
use comfyctl_manager::SavedWorkflow;
use jiff::tz::TimeZone;
use serde_json::json;

pub(crate) async fn run(
    arguments: ListWorkflows,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let saved = library::of(&arguments.library, context)?.list().await?;
    context
        .printer
        .result(&json!({ "workflows": saved }), || text(&saved));
    Ok(ExitStatus::Success)
}

fn text(saved: &[SavedWorkflow]) -> String {
    if saved.is_empty() {
        return "no saved workflows".to_owned();
    }
    let rows = saved.iter().map(|saved| {
        let modified = saved.modified.map(|time| time.to_zoned(TimeZone::system()));
        let modified = modified.map(|time| time.strftime("%Y-%m-%d %H:%M:%S").to_string());
        [
            saved.name.to_string(),
            modified.unwrap_or_default(),
            format!("{} bytes", saved.size),
        ]
    });
    table::render(["NAME", "CHANGED", "SIZE"], rows)
}
