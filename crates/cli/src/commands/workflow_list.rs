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
    let mut saved = Vec::new();
    for source in arguments.source.sources() {
        saved.extend(library::open(*source, context)?.list().await?);
    }
    if let Some(text) = &arguments.text {
        saved.retain(|saved| saved.matches(text));
    }
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
        let size = saved.size.map(|size| format!("{size} bytes"));
        [
            saved.reference().to_string(),
            modified.unwrap_or_default(),
            size.unwrap_or_default(),
            saved.title.clone().unwrap_or_default(),
        ]
    });
    table::render(["NAME", "CHANGED", "SIZE", "TITLE"], rows)
}
