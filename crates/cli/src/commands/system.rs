//! `comfyctl system`.

use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::table;
use comfyctl_client::{Device, SystemStats};
use indicatif::HumanBytes;
use serde::Serialize;
use std::time::Instant;

/// A server as `--json` gives it.
#[derive(Debug, Serialize)]
struct SystemView {
    url: String,
    latency_ms: f64,
    queue_remaining: u64,
    #[serde(flatten)]
    stats: SystemStats,
}

pub(crate) async fn run(context: &Context) -> Result<ExitStatus, Failure> {
    let client = context.client()?;
    let stats = client.system_stats().await?;
    // The connection stands by now: this is what a request costs.
    let asked = Instant::now();
    let queue_remaining = client.queue_remaining().await?;
    let latency_ms = (asked.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
    let view = SystemView {
        url: client.base_url().to_string(),
        latency_ms,
        queue_remaining,
        stats,
    };
    context.printer.result(&view, || text(&view));
    Ok(ExitStatus::Success)
}

fn text(view: &SystemView) -> String {
    let system = &view.stats.system;
    let known = |value: Option<&str>| value.unwrap_or("unknown").to_owned();
    // Python gives its whole build after its version.
    let python = system.python_version.as_deref().unwrap_or("unknown");
    let python = python.split(' ').next().unwrap_or_default();
    let prompts = match view.queue_remaining {
        0 => "empty".to_owned(),
        1 => "1 prompt".to_owned(),
        count => format!("{count} prompts"),
    };
    let mut rows = vec![
        ("server".to_owned(), view.url.clone()),
        ("latency".to_owned(), format!("{} ms", view.latency_ms)),
        ("queue".to_owned(), prompts),
        (
            "ComfyUI".to_owned(),
            known(system.comfyui_version.as_deref()),
        ),
        ("frontend".to_owned(), known(view.stats.frontend_version())),
        ("Python".to_owned(), python.to_owned()),
        (
            "PyTorch".to_owned(),
            known(system.pytorch_version.as_deref()),
        ),
        ("system".to_owned(), known(system.os.as_deref())),
        (
            "memory".to_owned(),
            usage(system.ram_total, system.ram_free),
        ),
    ];
    rows.extend(view.stats.devices.iter().map(device));
    table::fields(rows)
}

fn device(device: &Device) -> (String, String) {
    let place = match device.index {
        Some(index) => format!("{}:{index}", device.kind),
        None => device.kind.clone(),
    };
    // PyTorch repeats the place: `cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync`.
    let name = device.name.strip_prefix(&place).unwrap_or(&device.name);
    let usage = usage(device.vram_total, device.vram_free);
    (
        place,
        format!("{usage}  {}", name.trim()).trim_end().to_owned(),
    )
}

pub(super) fn usage(total: Option<u64>, free: Option<u64>) -> String {
    match (total, free) {
        (Some(total), Some(free)) => {
            let used = HumanBytes(total.saturating_sub(free));
            format!("{used} of {} used", HumanBytes(total))
        }
        (Some(total), None) => HumanBytes(total).to_string(),
        (None, _) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn view(stats: serde_json::Value, queue_remaining: u64) -> SystemView {
        SystemView {
            url: "http://gpu:8188".to_owned(),
            latency_ms: 0.5,
            queue_remaining,
            stats: serde_json::from_value(stats).unwrap(),
        }
    }

    #[test]
    fn a_card_is_shown_by_its_place_its_memory_and_its_name() {
        let stats = json!({
            "system": {"os": "linux", "comfyui_version": "0.28.1"},
            "devices": [
                {"name": "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync", "type": "cuda", "index": 0,
                 "vram_total": 25_757_220_864_u64, "vram_free": 24_110_891_008_u64},
                {"name": "cpu", "type": "cpu", "index": null}
            ]
        });
        insta::assert_snapshot!(text(&view(stats, 2)));
    }
}
