//! `comfyctl connections test`.

use super::system::usage;
use crate::arguments::TestConnections;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::table;
use comfyctl_manager::ConnectionChoice;
use comfyctl_manager::connection_report::{ConnectionReport, DeviceReport, test_connection};
use futures_util::{StreamExt, stream};
use serde_json::json;

/// How many connections are tested at once.
const AT_ONCE: usize = 8;

/// Ends as the first connection that does not work.
pub(crate) async fn run(
    arguments: TestConnections,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let settings = manager.settings();
    let named = |name: &str| settings.connection(&ConnectionChoice::Named(name.to_owned()));
    let connections = match (arguments.all, &arguments.name) {
        (true, _) => settings.connections(),
        (false, Some(name)) => vec![(name.as_str(), Ok(named(name)?))],
        (false, None) => vec![("", Ok(settings.connection(&context.choice())?))],
    };
    let reports = connections
        .into_iter()
        .map(async |(name, connection)| match connection {
            Ok(connection) => test_connection(&connection).await,
            Err(error) => ConnectionReport::unusable(name, &error),
        });
    let reports: Vec<_> = stream::iter(reports).buffered(AT_ONCE).collect().await;
    context
        .printer
        .result(&json!({ "connections": reports }), || {
            let texts: Vec<_> = reports.iter().map(text).collect();
            texts.join("\n\n")
        });
    let problem = reports.iter().find_map(|report| report.error.as_ref());
    Ok(problem.map_or(ExitStatus::Success, |problem| problem.code.into()))
}

fn text(report: &ConnectionReport) -> String {
    let mut rows = vec![("connection".to_owned(), report.name.clone())];
    if !report.url.is_empty() {
        rows.push(("address".to_owned(), report.url.clone()));
    }
    if let Some(problem) = &report.error {
        rows.push(("works".to_owned(), "no".to_owned()));
        rows.push(("reason".to_owned(), problem.message.clone()));
        rows.extend(problem.hint.clone().map(|hint| ("try".to_owned(), hint)));
        return table::fields(rows);
    }
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
    rows.push(("works".to_owned(), "yes".to_owned()));
    rows.extend(
        report
            .latency_ms
            .map(|latency| ("latency".to_owned(), format!("{latency} ms"))),
    );
    rows.extend(report.queue.map(|queue| {
        (
            "queue".to_owned(),
            format!("{} running, {} waiting", queue.running, queue.pending),
        )
    }));
    rows.push(("ComfyUI".to_owned(), known(&report.comfyui_version)));
    rows.push(("frontend".to_owned(), known(&report.frontend_version)));
    rows.push(("Python".to_owned(), known(&report.python_version)));
    rows.push(("PyTorch".to_owned(), known(&report.pytorch_version)));
    rows.push(("system".to_owned(), known(&report.os)));
    rows.push((
        "memory".to_owned(),
        usage(report.ram_total, report.ram_free),
    ));
    rows.extend(report.devices.iter().map(device));
    rows.push(("models".to_owned(), models(report)));
    table::fields(rows)
}

fn device(device: &DeviceReport) -> (String, String) {
    let usage = usage(device.vram_total, device.vram_free);
    (
        device.place.clone(),
        format!("{usage}  {}", device.name).trim_end().to_owned(),
    )
}

/// Folders that hold something.
fn models(report: &ConnectionReport) -> String {
    let Some(models) = &report.models else {
        return "unknown".to_owned();
    };
    let counts = models.iter().filter(|(_, count)| **count > 0);
    let counts: Vec<_> = counts
        .map(|(folder, count)| format!("{count} in {folder}"))
        .collect();
    if counts.is_empty() {
        "none".to_owned()
    } else {
        counts.join(", ")
    }
}
