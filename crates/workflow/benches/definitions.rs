//! Reading the definitions of a server with all of ComfyUI's own nodes: lazily, and whole.
//!
//! Over the recorded answer of a ComfyUI 0.28.1 where it lies beside the clone (`../shared`), else
//! over 808 made-up classes of the same size. Divan also prints the peak of memory.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

use comfyctl_workflow::Definitions;
use divan::{AllocProfiler, Bencher, counter::BytesCount};
use serde_json::{Map, Value, json};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// With indentation, as the server sends it, which makes it 1.4 MB.
fn body() -> Vec<u8> {
    let recorded = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/wire/object_info.facts.json"
    );
    let value: Value = match std::fs::read(recorded) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap(),
        Err(_) => made_up(),
    };
    let mut body = Vec::new();
    let indent = serde_json::ser::PrettyFormatter::with_indent(b" ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut body, indent);
    serde::Serialize::serialize(&value, &mut serializer).unwrap();
    body
}

fn made_up() -> Value {
    let number = |name: String| {
        let options = json!({"default": 1, "min": 0, "max": 4096, "step": 1, "display": "number"});
        (name, json!(["INT", options]))
    };
    let class = |index: usize| {
        let inputs: Map<String, Value> = (0..10)
            .map(|input| number(format!("input_{input}")))
            .collect();
        let definition =
            json!({"input": {"required": inputs}, "output": ["IMAGE"], "output_node": false});
        (format!("MadeUp{index}"), definition)
    };
    Value::Object((0..808).map(class).collect())
}

#[divan::bench]
fn lazily(bencher: Bencher<'_, '_>) {
    let body = body();
    let count = BytesCount::of_slice(&body);
    bencher
        .counter(count)
        .bench(|| Definitions::from_slice(&body).unwrap());
}

#[divan::bench]
fn lazily_and_one_class(bencher: Bencher<'_, '_>) {
    let body = body();
    let last = Definitions::from_slice(&body)
        .unwrap()
        .class_names()
        .last()
        .unwrap()
        .to_owned();
    bencher.bench(|| {
        Definitions::from_slice(&body)
            .unwrap()
            .get(&last)
            .unwrap()
            .unwrap()
    });
}

#[divan::bench]
fn every_class(bencher: Bencher<'_, '_>) {
    let body = body();
    bencher.bench(|| {
        let definitions = Definitions::from_slice(&body).unwrap();
        let classes: Vec<String> = definitions.class_names().map(str::to_owned).collect();
        classes
            .iter()
            .map(|class| definitions.get(class).unwrap().unwrap())
            .collect::<Vec<_>>()
    });
}

#[divan::bench]
fn whole_as_plain_json(bencher: Bencher<'_, '_>) {
    let body = body();
    bencher.bench(|| serde_json::from_slice::<Value>(&body).unwrap());
}
