//! The simulator against recorded traffic of ComfyUI 0.28.1.
//!
//! For each scenario the recorded requests are sent again, and status codes, bodies and WebSocket
//! messages are compared, both sides normalised in the same way (see [`normal`]). What is not
//! replayed stands in [`table`] with the reason. Without the recordings the tests say so and pass.

mod http;
mod listener;
mod normal;
mod replay;
mod routes;
mod setting;
mod table;
mod traps;

use serde_json::Value;
use std::path::PathBuf;

/// The recordings lie beside the project where they exist.
fn recordings() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("../../../shared/wire");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there are no recordings at {}", folder.display());
    None
}

fn read(name: &str) -> Option<Value> {
    let bytes = std::fs::read(recordings()?.join(format!("{name}.json"))).unwrap();
    Some(serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn scenarios_play_as_recorded() {
    let mut failures = Vec::new();
    for scenario in table::SCENARIOS {
        for left_out in scenario.left_out {
            println!(
                "{}: left out: {} ({})",
                scenario.name, left_out.what, left_out.why
            );
        }
        let Some(recording) = read(scenario.name) else {
            return;
        };
        let differences = replay::play(scenario, &recording).await;
        println!("{}: {} differences", scenario.name, differences.len());
        failures.extend(
            differences
                .iter()
                .map(|difference| format!("{}: {difference}", scenario.name)),
        );
    }
    for (name, why) in table::NOT_REPLAYED {
        println!("{name}: not replayed: {why}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
