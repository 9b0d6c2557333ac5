//! From prompts to workflows of the editor: the real set, and graphs larger than people make.
//!
//! Over the real prompts where they lie beside the clone (`../shared`), else over the committed edge
//! cases.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

#[expect(
    dead_code,
    reason = "the benchmark of the other direction takes the rest"
)]
#[path = "../tests/it/corpus.rs"]
mod corpus;

use comfyctl_workflow::Prompt;
use comfyctl_workflow::to_ui::{Options, to_ui};
use corpus::{Corpus, TRUTHS};
use divan::{Bencher, counter::ItemsCount};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static CORPUS: LazyLock<Corpus> =
    LazyLock::new(|| Corpus::templates().unwrap_or_else(Corpus::edge_cases));

fn main() {
    divan::main();
}

/// Items are prompts.
#[divan::bench]
fn real_prompts(bencher: Bencher<'_, '_>) {
    let parsed = |name| Prompt::from_value(CORPUS.json(TRUTHS[1], name)?).ok();
    let prompts: Vec<Prompt> = CORPUS.names(TRUTHS[1]).filter_map(parsed).collect();
    let options = Options::default();
    let nodes = |prompt: &Prompt| to_ui(prompt, &CORPUS.definitions, &options).node_ids.len();
    bencher
        .counter(ItemsCount::new(prompts.len()))
        .bench(|| prompts.iter().map(nodes).sum::<usize>());
}

/// Items are nodes. Each joins two of those before it.
#[divan::bench(args = [200, 2_000, 20_000])]
fn nodes(bencher: Bencher<'_, '_>, count: usize) {
    let prompt = joined_images(count);
    bencher
        .counter(ItemsCount::new(count))
        .bench(|| to_ui(&prompt, &CORPUS.definitions, &Options::default()));
}

fn joined_images(count: usize) -> Prompt {
    let node = |at: usize| {
        let node = if at < 2 {
            json!({"class_type": "LoadImage", "inputs": {"image": "fox.png"}})
        } else {
            // Far back and near: a number without a pattern, and the same in every run.
            let far = at.wrapping_mul(2_654_435_761) % at;
            json!({"class_type": "ImageBatch",
                "inputs": {"image1": [(at - 1).to_string(), 0], "image2": [far.to_string(), 0]}})
        };
        (at.to_string(), node)
    };
    let nodes: Map<String, Value> = (0..count).map(node).collect();
    Prompt::from_value(Value::Object(nodes)).unwrap()
}
