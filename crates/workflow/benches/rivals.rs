//! Our conversion beside that of comfy-cli, in one run over the real workflows: how many prompts are
//! exactly what the editor sends, and how many conversions there are in a second of processor time.
//!
//! `make bench-convert` installs comfy-cli and names its Python in `COMFY_CLI_PYTHON`; without it
//! there are only our own figures. One thread each, definitions loaded, one after the other.

#![expect(clippy::unwrap_used, reason = "a benchmark has nobody to report to")]
#![expect(clippy::print_stdout, reason = "its figures are its output")]

#[path = "../tests/it/compare.rs"]
mod compare;
#[expect(dead_code, reason = "only the real workflows are of interest here")]
#[path = "../tests/it/corpus.rs"]
mod corpus;

use comfyctl_workflow::Document;
use comfyctl_workflow::convert::{Converter, Dialect, Options};
use comfyctl_workflow::ui::UiWorkflow;
use compare::{differences, ignored};
use corpus::{Corpus, TRUTHS, shared};
use cpu_time::ProcessTime;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROUNDS: usize = 15;

const DIALECTS: [Dialect; 2] = [Dialect::V1_45, Dialect::V1_58];

fn main() {
    let Some(corpus) = Corpus::templates() else {
        println!(
            "SKIPPED: the real workflows are not at {}",
            shared("").display()
        );
        return;
    };
    let workflows = corpus.names("inputs").count();
    println!("{workflows} workflows, {ROUNDS} rounds; conversions per second, median (fastest)");
    for (dialect, truths) in DIALECTS.into_iter().zip(TRUTHS) {
        let (figures, exact) = ours(&corpus, dialect, truths);
        let name = format!("comfyctl like {}", truths.trim_start_matches("truth-"));
        report(&name, &figures, workflows, &[exact]);
    }
    let Some(python) = std::env::var_os("COMFY_CLI_PYTHON").filter(|path| !path.is_empty()) else {
        println!("SKIPPED: comfy-cli, which `make bench-convert` installs");
        return;
    };
    let (figures, exact) = comfy_cli(&corpus, Path::new(&python));
    let name = format!("comfy-cli {}", figures.version);
    report(&name, &figures, workflows, &exact);
}

/// Seconds of processor time of rounds over the whole set, as the driver of comfy-cli prints them.
#[derive(Debug, Default, Deserialize)]
struct Figures {
    version: String,
    /// From parsed workflow to prompt.
    parsed: Vec<f64>,
    /// From bytes to bytes.
    bytes: Vec<f64>,
}

/// How many of a set of truths were met, in words.
type Exact = String;

fn ours(corpus: &Corpus, dialect: Dialect, truths: &str) -> (Figures, Exact) {
    let converter = Converter::new(&corpus.definitions);
    let options = Options {
        dialect,
        ..Options::default()
    };
    let convert = |workflow: &UiWorkflow| converter.convert(workflow, &options, &mut |_| 0).ok();
    let from_bytes = |bytes: &[u8]| {
        let Ok(Document::Ui(fields)) = Document::from_bytes(bytes) else {
            return None;
        };
        let made = convert(&UiWorkflow::from_value(Value::Object(fields)).ok()?)?;
        serde_json::to_vec(&made.prompt).ok()
    };
    let names: Vec<&str> = corpus.names("inputs").collect();
    let workflows: Vec<UiWorkflow> = names.iter().map(|name| corpus.workflow(name)).collect();
    let files: Vec<&[u8]> = names
        .iter()
        .filter_map(|name| corpus.bytes("inputs", name))
        .collect();
    let figures = Figures {
        version: String::new(),
        parsed: seconds(&workflows, convert),
        bytes: seconds(&files, |bytes| from_bytes(bytes)),
    };
    let made = |name: &str| {
        let made = convert(&corpus.workflow(name))?;
        serde_json::to_value(&made.prompt).ok()
    };
    (figures, exact(corpus, truths, made))
}

/// Times of rounds over all items, after one that does not count.
fn seconds<Item, Made>(items: &[Item], work: impl Fn(&Item) -> Made) -> Vec<f64> {
    let round = |_| {
        let start = ProcessTime::now();
        for item in items {
            black_box(work(item));
        }
        start.elapsed().as_secs_f64()
    };
    (0..=ROUNDS).map(round).skip(1).collect()
}

fn comfy_cli(corpus: &Corpus, python: &Path) -> (Figures, Vec<Exact>) {
    let folder = write_out(corpus);
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rivals.py");
    let output = Command::new(python)
        .arg(driver)
        .arg(&folder)
        .arg(ROUNDS.to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "comfy-cli does not run: {said}");
    let figures = serde_json::from_slice(&output.stdout).unwrap();
    let made = |name: &str| {
        let file = folder.join("made").join(format!("{name}.json"));
        serde_json::from_slice(&std::fs::read(file).ok()?).ok()
    };
    let exact = TRUTHS.map(|truths| exact(corpus, truths, made));
    (figures, exact.to_vec())
}

/// The set as files, in a fresh folder below `target`.
fn write_out(corpus: &Corpus) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rivals");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("inputs")).unwrap();
    for name in corpus.names("inputs") {
        let file = folder.join("inputs").join(format!("{name}.json"));
        std::fs::write(file, corpus.bytes("inputs", name).unwrap()).unwrap();
    }
    let classes = corpus.definitions.class_names();
    let definitions: BTreeMap<&str, &RawValue> = classes
        .filter_map(|class| Some((class, corpus.definitions.raw(class)?)))
        .collect();
    let definitions = serde_json::to_vec(&definitions).unwrap();
    std::fs::write(folder.join("definitions.json"), definitions).unwrap();
    folder
}

fn exact(corpus: &Corpus, truths: &str, made: impl Fn(&str) -> Option<Value>) -> Exact {
    let is_exact = |name: &&str| {
        let truth = corpus.json(truths, name).unwrap();
        made(name).is_some_and(|made| {
            made.is_object() && differences(&truth, &made, &ignored(name)).is_empty()
        })
    };
    let right = corpus.names(truths).filter(is_exact).count();
    let total = corpus.names(truths).count();
    format!(
        "{right} of {total} exactly as {}",
        truths.trim_start_matches("truth-")
    )
}

fn report(name: &str, figures: &Figures, workflows: usize, exact: &[Exact]) {
    println!("{name}");
    for (what, seconds) in [
        ("parsed to prompt", &figures.parsed),
        ("bytes to bytes", &figures.bytes),
    ] {
        let mut sorted = seconds.clone();
        sorted.sort_by(f64::total_cmp);
        #[expect(clippy::cast_precision_loss, reason = "a few hundred workflows")]
        let rate = |seconds: f64| workflows as f64 / seconds;
        let (median, fastest) = (rate(sorted[sorted.len() / 2]), rate(sorted[0]));
        println!("  {what:<18} {median:>9.0} ({fastest:.0})");
    }
    for exact in exact {
        println!("  {exact}");
    }
}
