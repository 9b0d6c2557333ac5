//! Prompts become workflows that the editor sends as the same prompts again.

use crate::compare::differences;
use crate::corpus::{Corpus, TRUTHS, shared};
use comfyctl_workflow::convert::{self, Converter, Dialect};
use comfyctl_workflow::to_ui::{Code, Options, UiConversion, to_ui};
use comfyctl_workflow::{Link, Prompt};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const DIALECTS: [(Dialect, &str); 2] = [(Dialect::V1_45, TRUTHS[0]), (Dialect::V1_58, TRUTHS[1])];

/// How many prompts came back, by the warnings that were given on the way.
#[derive(Debug, Default, Serialize)]
struct Tally {
    total: usize,
    exact: usize,
    /// The same but for new ids of nodes.
    renumbered: usize,
    /// Prompts with at least one warning of the kind.
    warned: BTreeMap<&'static str, usize>,
}

#[test]
fn edge_cases_come_back() {
    insta::assert_json_snapshot!(come_back(&Corpus::edge_cases()));
}

#[test]
fn real_prompts_come_back() {
    let Some(corpus) = Corpus::templates() else {
        eprintln!(
            "SKIPPED: the real workflows are not at {}",
            shared("").display()
        );
        return;
    };
    insta::assert_json_snapshot!(come_back(&corpus));
}

/// One tally for each dialect.
fn come_back(corpus: &Corpus) -> Vec<Tally> {
    let converter = Converter::new(&corpus.definitions);
    let tally = |(dialect, truths): &(Dialect, &str)| {
        let mut tally = Tally::default();
        for name in corpus.names(truths) {
            let truth = corpus.json(truths, name).unwrap();
            // One edge case is a node without a class, which is no prompt.
            let Ok(prompt) = Prompt::from_value(truth) else {
                continue;
            };
            let made = to_ui(&prompt, &corpus.definitions, &Options { dialect: *dialect });
            assert_comes_back(name, &prompt, &made, &converter, *dialect);
            tally.count(&made);
        }
        tally
    };
    DIALECTS.iter().map(tally).collect()
}

impl Tally {
    fn count(&mut self, made: &UiConversion) {
        self.total += 1;
        let codes: BTreeSet<&str> = made
            .warnings
            .iter()
            .map(|warning| warning.code.as_str())
            .collect();
        match codes.iter().collect::<Vec<_>>().as_slice() {
            [] => self.exact += 1,
            [code] if **code == Code::NodeRenumbered.as_str() => self.renumbered += 1,
            _ => {}
        }
        for code in codes {
            *self.warned.entry(code).or_default() += 1;
        }
    }
}

/// Asserts that the prompt comes back but for what warnings name.
fn assert_comes_back(
    name: &str,
    prompt: &Prompt,
    made: &UiConversion,
    converter: &Converter,
    dialect: Dialect,
) {
    let options = convert::Options {
        dialect,
        ..convert::Options::default()
    };
    let back = converter
        .convert(&made.workflow, &options, &mut |_| 0)
        .unwrap();
    let wanted = renumbered(prompt, made);
    let ignored: Vec<(String, String)> = made
        .warnings
        .iter()
        .filter_map(|warning| {
            let id = made.node_ids[warning.node.as_ref()?].to_string();
            Some((id, warning.input.clone()?))
        })
        .collect();
    let back = serde_json::to_value(&back.prompt).unwrap();
    assert_eq!(differences(&wanted, &back, &ignored), [""; 0], "{name}");
    for (id, node) in wanted.as_object().unwrap() {
        if let Some(title) = node["_meta"].get("title") {
            assert_eq!(&back[id]["_meta"]["title"], title, "{name}: {id}");
        }
    }
}

/// The prompt with the ids of the workflow.
fn renumbered(prompt: &Prompt, made: &UiConversion) -> Value {
    let mut nodes = Map::new();
    for (id, node) in prompt.nodes() {
        let mut fields = serde_json::to_value(node).unwrap();
        for (_, value) in fields["inputs"].as_object_mut().unwrap() {
            let source = Link::from_value(value).and_then(|link| made.node_ids.get(link.node));
            if let Some(source) = source.copied() {
                value[0] = json!(source.to_string());
            }
        }
        nodes.insert(made.node_ids[id].to_string(), fields);
    }
    Value::Object(nodes)
}
