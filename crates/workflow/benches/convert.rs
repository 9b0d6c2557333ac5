//! Conversions of whole sets of workflows: from parsed workflow to prompt, and from bytes to bytes.
//!
//! Over the real workflows where they lie beside the clone (`../shared`), else over the committed
//! edge cases. One iteration is the whole set, so items per second are conversions per second.

#![expect(clippy::unwrap_used, reason = "a benchmark has nobody to report to")]

#[path = "../tests/it/corpus.rs"]
mod corpus;

use comfyctl_workflow::Document;
use comfyctl_workflow::convert::{Converter, Dialect, Options};
use comfyctl_workflow::ui::UiWorkflow;
use corpus::Corpus;
use divan::{Bencher, counter::ItemsCount};
use serde_json::Value;
use std::sync::LazyLock;

static CORPUS: LazyLock<Corpus> =
    LazyLock::new(|| Corpus::templates().unwrap_or_else(Corpus::edge_cases));

const DIALECTS: [Dialect; 2] = [Dialect::V1_45, Dialect::V1_58];

fn main() {
    divan::main();
}

fn warm(converter: &Converter, workflows: &[UiWorkflow], options: &Options) -> usize {
    let convert = |workflow: &&UiWorkflow| converter.convert(workflow, options, &mut |_| 0).is_ok();
    workflows.iter().filter(convert).count()
}

#[divan::bench(args = DIALECTS)]
fn parsed_to_prompt(bencher: Bencher<'_, '_>, dialect: Dialect) {
    let converter = Converter::new(&CORPUS.definitions);
    let workflows: Vec<UiWorkflow> = CORPUS
        .names("inputs")
        .map(|name| CORPUS.workflow(name))
        .collect();
    let options = Options {
        dialect,
        ..Options::default()
    };
    warm(&converter, &workflows, &options);
    bencher
        .counter(ItemsCount::new(workflows.len()))
        .bench(|| warm(&converter, &workflows, &options));
}

#[divan::bench(args = DIALECTS)]
fn bytes_to_bytes(bencher: Bencher<'_, '_>, dialect: Dialect) {
    let converter = Converter::new(&CORPUS.definitions);
    let files: Vec<&[u8]> = CORPUS
        .names("inputs")
        .filter_map(|name| CORPUS.bytes("inputs", name))
        .collect();
    let options = Options {
        dialect,
        ..Options::default()
    };
    let convert = |bytes: &&[u8]| {
        let Ok(Document::Ui(fields)) = Document::from_bytes(bytes) else {
            return 0;
        };
        let workflow = UiWorkflow::from_value(Value::Object(fields)).unwrap();
        let made = converter.convert(&workflow, &options, &mut |_| 0);
        made.map_or(0, |made| serde_json::to_vec(&made.prompt).unwrap().len())
    };
    bencher
        .counter(ItemsCount::new(files.len()))
        .bench(|| files.iter().map(convert).sum::<usize>());
}
