//! What is promised of large workflows: 200 nodes are checked in a millisecond, and 10 MB from the
//! editor become a prompt in a second and 200 MB.
//!
//! Nodes to check are those of real workflows where they lie beside the clone (`../shared`), else of
//! the committed edge cases, put together until there are 200 or more. The memory is that of the
//! command: `-- --write FILE` gives it the 10 MB.

#![expect(clippy::unwrap_used, reason = "a benchmark has nobody to report to")]

#[path = "../tests/it/corpus.rs"]
#[expect(dead_code, reason = "used in full by the tests")]
mod corpus;

use comfyctl_workflow::check::{Checker, check};
use comfyctl_workflow::convert::{Converter, Options};
use comfyctl_workflow::ui::UiWorkflow;
use comfyctl_workflow::{Document, Prompt};
use corpus::{Corpus, TRUTHS};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use serde_json::{Map, Value};

const NODES: usize = 200;
const BYTES: usize = 10_000_000;

/// With `--write FILE` the large workflow is written there, to be converted by the command.
fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--write");
    match arguments.nth(1) {
        Some(file) => std::fs::write(file, large_workflow(Form::Indented)).unwrap(),
        None => divan::main(),
    }
}

/// Whether the prompts that are put together have faults.
const WITH_FAULTS: [bool; 2] = [false, true];

/// With classes parsed before, as for many workflows of one server.
#[divan::bench(args = WITH_FAULTS)]
fn check_200_nodes(bencher: Bencher<'_, '_>, with_faults: bool) {
    let corpus = Corpus::templates().unwrap_or_else(Corpus::edge_cases);
    let prompt = many_nodes(&corpus, with_faults);
    let checker = Checker::new(&corpus.definitions);
    checker.check(&prompt);
    bencher
        .counter(ItemsCount::new(prompt.len()))
        .bench(|| checker.check(&prompt));
}

/// With the classes parsed on the way, as for a single workflow.
#[divan::bench(args = WITH_FAULTS)]
fn check_200_nodes_once(bencher: Bencher<'_, '_>, with_faults: bool) {
    let corpus = Corpus::templates().unwrap_or_else(Corpus::edge_cases);
    let prompt = many_nodes(&corpus, with_faults);
    bencher
        .counter(ItemsCount::new(prompt.len()))
        .bench(|| check(&prompt, Some(&corpus.definitions)));
}

/// How a workflow is written, which decides how many nodes 10 MB are.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// As the editor exports it.
    Indented,
    /// As the editor saves it on its server.
    Compact,
}

impl Form {
    fn bytes(self, workflow: &Value) -> Vec<u8> {
        match self {
            Self::Indented => serde_json::to_vec_pretty(workflow).unwrap(),
            Self::Compact => serde_json::to_vec(workflow).unwrap(),
        }
    }
}

#[divan::bench(args = [Form::Indented, Form::Compact], sample_count = 20)]
fn convert_10_mb(bencher: Bencher<'_, '_>, form: Form) {
    let bytes = large_workflow(form);
    let definitions = Corpus::edge_cases().definitions;
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| {
        let Ok(Document::Ui(fields)) = Document::from_bytes(&bytes) else {
            unreachable!("the workflow is the editor's")
        };
        let workflow = UiWorkflow::from_value(Value::Object(fields)).unwrap();
        let converter = Converter::new(&definitions);
        let made = converter.convert(&workflow, &Options::default(), &mut |_| 0);
        serde_json::to_vec(&made.unwrap().prompt).unwrap().len()
    });
}

/// Prompts of the editor side by side, again from the first if they do not suffice.
fn many_nodes(corpus: &Corpus, with_faults: bool) -> Prompt {
    let checker = Checker::new(&corpus.definitions);
    let prompts = corpus.names(TRUTHS[1]).filter_map(|name| {
        let prompt = Prompt::from_value(corpus.json(TRUTHS[1], name)?).ok()?;
        let wanted = with_faults || checker.check(&prompt).valid;
        wanted.then(|| serde_json::to_value(prompt).unwrap())
    });
    let prompts: Vec<Value> = prompts.collect();
    let mut nodes = Map::new();
    for (number, prompt) in prompts.iter().cycle().enumerate() {
        add(prompt, number, &mut nodes);
        if nodes.len() >= NODES {
            break;
        }
    }
    Prompt::from_value(nodes.into()).unwrap()
}

/// Adds the nodes of a prompt with ids of their own.
fn add(prompt: &Value, number: usize, nodes: &mut Map<String, Value>) {
    for (id, node) in prompt.as_object().unwrap() {
        let mut node = node.clone();
        for input in node["inputs"].as_object_mut().unwrap().values_mut() {
            let link = input.as_array_mut().map(Vec::as_mut_slice);
            if let Some([Value::String(source), _]) = link {
                *source = format!("{number}:{source}");
            }
        }
        nodes.insert(format!("{number}:{id}"), node);
    }
}

/// The same small workflow side by side with itself, as the editor would save it.
fn large_workflow(form: Form) -> Vec<u8> {
    let small = Corpus::edge_cases().json("inputs", "basic").unwrap();
    let step = 1_000;
    let (mut nodes, mut links) = (Vec::new(), Vec::new());
    let copies = BYTES / form.bytes(&small).len() + 1;
    for copy in 0..copies {
        let shift = i64::try_from(copy * step).unwrap();
        for node in small["nodes"].as_array().unwrap() {
            let mut node = node.clone();
            move_id(&mut node["id"], shift);
            for input in node["inputs"].as_array_mut().into_iter().flatten() {
                move_id(&mut input["link"], shift);
            }
            for output in node["outputs"].as_array_mut().into_iter().flatten() {
                let links = output["links"].as_array_mut().into_iter().flatten();
                links.for_each(|link| move_id(link, shift));
            }
            nodes.push(node);
        }
        for link in small["links"].as_array().unwrap() {
            let mut link = link.clone();
            for place in [0, 1, 3] {
                move_id(&mut link[place], shift);
            }
            links.push(link);
        }
    }
    let mut large = small;
    large["nodes"] = nodes.into();
    large["links"] = links.into();
    let bytes = form.bytes(&large);
    assert!(bytes.len() >= BYTES, "{}", bytes.len());
    bytes
}

fn move_id(id: &mut Value, shift: i64) {
    if let Some(number) = id.as_i64() {
        *id = (number + shift).into();
    }
}
