//! Damaged workflows, prompts and definitions: whatever stands where, every look at them ends.

use crate::corpus::{Corpus, TRUTHS};
use comfyctl_workflow::check::check;
use comfyctl_workflow::convert::{Converter, Dialect, Options};
use comfyctl_workflow::edit::InputOf;
use comfyctl_workflow::to_ui::{self, to_ui};
use comfyctl_workflow::ui::UiWorkflow;
use comfyctl_workflow::{
    Analysis, Definitions, Diff, InputAddress, NodePacks, Prompt, connections, mermaid,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static CORPUS: LazyLock<Corpus> = LazyLock::new(Corpus::edge_cases);
static CONVERTER: LazyLock<Converter> = LazyLock::new(|| Converter::new(&CORPUS.definitions));

/// All places of a value, as JSON pointers. Test inputs are shallow.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(item, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// Puts something else at some places: odd values, or parts of the file itself.
fn mutated(mut file: Value, changes: &[(usize, usize)]) -> Value {
    let odd = [
        json!(null),
        json!(-1),
        json!(1),
        json!(-10),
        json!(-20),
        json!(u64::MAX),
        json!(0.5),
        json!(""),
        json!("seed"),
        json!([]),
        json!({}),
        json!([[]]),
        json!(4),
    ];
    for (at, with) in changes {
        let mut all = Vec::new();
        places(&file, "", &mut all);
        let other = match odd.get(with % (odd.len() * 2)) {
            Some(odd) => odd.clone(),
            None => file.pointer(&all[with % all.len()]).unwrap().clone(),
        };
        let place = &all[at % all.len()];
        // The outermost form is what makes it a workflow.
        if !matches!(place.as_str(), "" | "/nodes") {
            *file.pointer_mut(place).unwrap() = other;
        }
    }
    file
}

/// Sets some inputs.
fn with_new_values(mut prompt: Prompt, changes: &[(usize, usize)]) -> Prompt {
    let addresses = prompt.nodes().flat_map(|(id, node)| {
        let inputs = node.inputs();
        inputs.map(|(input, _)| id.input(input))
    });
    let addresses: Vec<InputAddress> = addresses.collect();
    for (at, with) in changes.iter().filter(|_| !addresses.is_empty()) {
        let value = if with % 2 == 0 {
            json!("x")
        } else {
            json!(with)
        };
        prompt.set(&addresses[at % addresses.len()], value);
    }
    prompt
}

fn options(old: bool) -> Options {
    Options {
        dialect: if old { Dialect::V1_45 } else { Dialect::V1_58 },
        named_values: old,
        ..Options::default()
    }
}

/// All that is asked of a prompt, with and without a server.
fn look_at(prompt: &Prompt, definitions: &Definitions, old: bool) {
    for definitions in [None, Some(definitions)] {
        serde_json::to_value(check(prompt, definitions)).unwrap();
        let analysis = Analysis::of(prompt, definitions);
        serde_json::to_value(analysis.parameters.json_schema()).unwrap();
        mermaid(prompt, definitions);
    }
    connections(prompt);
    assert!(Diff::between(prompt, prompt).is_empty());
    let dialect = options(old).dialect;
    let made = to_ui(prompt, definitions, &to_ui::Options { dialect });
    // An error is an answer, too.
    let _ = Converter::new(definitions).convert(&made.workflow, &options(old), &mut |_| 0);
}

/// Converts a damaged file of a corpus and writes new values back; what is sent never kills a server: no link leads nowhere.
fn survives(
    corpus: &Corpus,
    converter: &Converter,
    pick: usize,
    changes: &[(usize, usize)],
    old: bool,
) {
    let names: Vec<&str> = corpus.names("inputs").collect();
    let file = corpus.json("inputs", names[pick % names.len()]).unwrap();
    let workflow = UiWorkflow::from_value(mutated(file, changes)).unwrap();
    NodePacks::of(&workflow, Some(&corpus.definitions));
    if let Ok(made) = converter.convert(&workflow, &options(old), &mut |bound: u64| bound - 1) {
        let dangling = |fault: &comfyctl_workflow::Fault| fault.code.as_str() == "dangling_link";
        assert!(!made.prompt.faults().iter().any(dangling));
        look_at(&made.prompt, &corpus.definitions, old);
        let wanted = with_new_values(made.prompt, changes);
        let written = converter.write_back(&workflow, &options(old), wanted);
        assert!(!written.unwrap().prompt.faults().iter().any(dangling));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn damaged_workflows_are_survived(
        pick: usize,
        changes in prop::collection::vec((any::<usize>(), any::<usize>()), 1..12),
        old: bool,
    ) {
        survives(&CORPUS, &CONVERTER, pick, &changes, old);
    }

    #[test]
    fn damaged_prompts_are_survived(
        pick: usize,
        changes in prop::collection::vec((any::<usize>(), any::<usize>()), 1..12),
        old: bool,
    ) {
        let names: Vec<&str> = CORPUS.names(TRUTHS[1]).collect();
        let file = CORPUS.json(TRUTHS[1], names[pick % names.len()]).unwrap();
        if let Ok(prompt) = Prompt::from_value(mutated(file, &changes)) {
            look_at(&prompt, &CORPUS.definitions, old);
        }
    }

    #[test]
    fn damaged_definitions_are_survived(
        pick: usize,
        changes in prop::collection::vec((any::<usize>(), any::<usize>()), 1..12),
        old: bool,
    ) {
        let names: Vec<&str> = CORPUS.names("inputs").collect();
        let workflow = CORPUS.workflow(names[pick % names.len()]);
        let definitions = mutated(definitions_for(&workflow), &changes).to_string();
        let definitions = Definitions::from_slice(definitions.as_bytes()).unwrap();
        NodePacks::of(&workflow, Some(&definitions));
        let made = Converter::new(&definitions).convert(&workflow, &options(old), &mut |_| 0);
        if let Ok(made) = made {
            look_at(&made.prompt, &definitions, old);
        }
    }
}

/// The classes that a workflow uses, as `GET /object_info` gives them.
fn definitions_for(workflow: &UiWorkflow) -> Value {
    let classes = workflow.classes().into_iter();
    let found = classes.filter_map(|class| {
        let definition = serde_json::from_str(CORPUS.definitions.raw(class)?.get()).unwrap();
        Some((class.to_owned(), definition))
    });
    Value::Object(found.collect::<Map<_, _>>())
}

#[test]
fn a_list_that_must_have_more_members_than_a_list_can_have_is_survived() {
    let definition = json!({"input": {"required": {"images": ["COMFY_AUTOGROW_V3", {"template": {
        "input": {"required": {"image": ["IMAGE", {}]}}, "prefix": "image", "min": u64::MAX}}]}},
        "output": [], "output_node": true});
    let definitions = json!({"Batch": definition}).to_string();
    let definitions = Definitions::from_slice(definitions.as_bytes()).unwrap();
    let prompt = Prompt::from_value(json!({"1": {"class_type": "Batch", "inputs": {}}})).unwrap();
    assert!(!check(&prompt, Some(&definitions)).valid);
    look_at(&prompt, &definitions, false);
}

#[test]
fn a_row_of_very_many_nodes_is_survived() {
    let definitions = json!({
        "Source": {"input": {}, "output": ["IMAGE"]},
        "Invert": {"input": {"required": {"image": ["IMAGE"]}}, "output": ["IMAGE"]},
        "Show": {"input": {"required": {"image": ["IMAGE"]}}, "output": [], "output_node": true},
    });
    let definitions = Definitions::from_slice(definitions.to_string().as_bytes()).unwrap();
    let node = |class: &str, source: usize| json!({"class_type": class, "inputs": {"image": [source.to_string(), 0]}});
    let length = 5_000;
    let mut nodes: Map<String, Value> = (1..length)
        .map(|at| (at.to_string(), node("Invert", at - 1)))
        .collect();
    nodes.insert(
        "0".to_owned(),
        json!({"class_type": "Source", "inputs": {}}),
    );
    nodes.insert("show".to_owned(), node("Show", length - 1));
    let prompt = Prompt::from_value(nodes.into()).unwrap();
    let report = check(&prompt, Some(&definitions));
    let suggestion = report.findings[0].suggestion.as_deref().unwrap();
    assert!(suggestion.contains("in a row"), "{suggestion}");
    look_at(&prompt, &definitions, false);
}

static TEMPLATES: LazyLock<Option<(Corpus, Converter)>> = LazyLock::new(|| {
    let corpus = Corpus::templates()?;
    let converter = Converter::new(&corpus.definitions);
    Some((corpus, converter))
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn damaged_real_workflows_are_survived(
        pick: usize,
        changes in prop::collection::vec((any::<usize>(), any::<usize>()), 1..6),
        old: bool,
    ) {
        // Where they are missing, the test of conversion says so.
        if let Some((corpus, converter)) = &*TEMPLATES {
            survives(corpus, converter, pick, &changes, old);
        }
    }
}
