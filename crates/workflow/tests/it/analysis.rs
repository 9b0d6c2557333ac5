//! Analysis, fingerprint and diff over the prompts that the editor made of real workflows.

use crate::corpus::{Corpus, TRUTHS, shared};
use comfyctl_workflow::{Analysis, Diff, Fingerprint, Origin, Prompt, Role, mermaid};
use serde_json::{Map, Value, json};

#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests has to know what they left out"
)]
fn skipped() {
    eprintln!(
        "SKIPPED: the real workflows are not at {}",
        shared("").display()
    );
}

/// The prompts of the committed cases and, where they are present, of the real workflows.
fn for_each_prompt(promise: impl Fn(&str, &Corpus, &Prompt)) {
    let templates = Corpus::templates();
    if templates.is_none() {
        skipped();
    }
    for corpus in [Some(Corpus::edge_cases()), templates]
        .into_iter()
        .flatten()
    {
        for name in corpus.names(TRUTHS[1]) {
            let graph = corpus.json(TRUTHS[1], name).unwrap();
            if let Ok(prompt) = Prompt::from_value(graph) {
                promise(name, &corpus, &prompt);
            }
        }
    }
}

#[test]
fn every_value_that_is_offered_can_be_given_back_unchanged() {
    for_each_prompt(|name, corpus, prompt| {
        let parameters = Analysis::of(prompt, Some(&corpus.definitions)).parameters;
        let mut names: Vec<&str> = parameters.iter().map(|each| each.name.as_str()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|two| two[0] != two[1]), "{name}");
        let values: Map<String, Value> = parameters
            .iter()
            .filter(|each| each.origin == Origin::Input)
            .filter_map(|each| Some((each.name.clone(), each.value.clone()?)))
            // Some workflows were saved for other versions of their nodes, or for other models.
            .filter(|(name, value)| parameters.get(name).unwrap().check(value).is_ok())
            .collect();
        let unchanged = parameters.apply_given(prompt, &values).unwrap();
        assert_eq!(
            Fingerprint::of(&unchanged),
            Fingerprint::of(prompt),
            "{name}"
        );
    });
}

#[test]
fn encoded_texts_that_reach_a_sampler_have_their_role_with_and_without_definitions() {
    for_each_prompt(|name, corpus, prompt| {
        for definitions in [None, Some(&corpus.definitions)] {
            let Analysis {
                parameters, order, ..
            } = Analysis::of(prompt, definitions);
            for (id, node) in prompt.nodes() {
                for wanted in [Role::Positive, Role::Negative] {
                    let link = node
                        .input(wanted.as_str())
                        .and_then(|link| link.get(0)?.as_str());
                    let encoder = link.and_then(|source| prompt.node(source));
                    let is_encoder = encoder.is_some_and(|node| {
                        node.class_type() == "CLIPTextEncode"
                            && node.input("text").is_some_and(Value::is_string)
                    });
                    let samples = node.class_type() == "KSampler" && order.contains(id);
                    if !is_encoder || !samples {
                        continue;
                    }
                    let found = parameters.iter().find(|each| {
                        Some(each.targets[0].node.as_str()) == link
                            && each.targets[0].input == "text"
                    });
                    // A text that is wanted by one and unwanted by another counts as wanted.
                    let role = found.and_then(|each| each.role);
                    assert!(
                        role == Some(wanted) || role == Some(Role::Positive),
                        "{name}: {wanted:?} of node {id} is {role:?}"
                    );
                }
            }
        }
    });
}

#[test]
fn renumbering_a_real_workflow_is_no_difference() {
    for_each_prompt(|name, _, prompt| {
        let renumbered = renumbered(prompt);
        assert_eq!(
            Fingerprint::of(&renumbered),
            Fingerprint::of(prompt),
            "{name}"
        );
        let diff = Diff::between(prompt, &renumbered);
        assert!(diff.is_empty(), "{name}:\n{diff}");
    });
}

#[test]
fn all_that_runs_is_in_the_order_after_what_feeds_it() {
    for_each_prompt(|name, corpus, prompt| {
        let analysis = Analysis::of(prompt, Some(&corpus.definitions));
        let place = |id: &str| analysis.order.iter().position(|each| each.as_str() == id);
        for (at, id) in analysis.order.iter().enumerate() {
            for (_, link) in prompt.node(id.as_str()).unwrap().links() {
                assert!(
                    place(link.node).is_some_and(|before| before < at),
                    "{name}: {id}"
                );
            }
        }
        assert!(mermaid(prompt, None).starts_with("flowchart LR\n"));
    });
}

/// The same prompt with other ids, which are partly those of other nodes, in reverse order.
fn renumbered(prompt: &Prompt) -> Prompt {
    let fresh = |id: &str| {
        let place = prompt.nodes().position(|(each, _)| each.as_str() == id);
        place.map_or_else(|| id.to_owned(), |place| (place * 3 + 1).to_string())
    };
    let mut graph = Map::new();
    for (id, node) in prompt.nodes().collect::<Vec<_>>().into_iter().rev() {
        let mut node = serde_json::to_value(node).unwrap();
        let links: Vec<(String, String)> = prompt
            .node(id.as_str())
            .unwrap()
            .links()
            .map(|(input, link)| (input.to_owned(), fresh(link.node)))
            .collect();
        for (input, source) in links {
            node["inputs"][&input][0] = json!(source);
        }
        graph.insert(fresh(id.as_str()), node);
    }
    Prompt::from_value(Value::Object(graph)).unwrap()
}
