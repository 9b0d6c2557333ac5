//! Nodes of the editor's graph are muted and bypassed by their ids in the prompt.

use crate::corpus::Corpus;
use comfyctl_workflow::convert::{Converter, ModeError, Options};
use comfyctl_workflow::ui::{Mode, UiWorkflow};
use comfyctl_workflow::{NodeId, Prompt};
use serde_json::{Value, json};

/// A definition with two previews, and as many uses of it as there are ids.
fn previews(hosts: &[i64]) -> UiWorkflow {
    let preview = |id: i64| json!({"id": id, "type": "PreviewAny"});
    let hosts: Vec<Value> = hosts
        .iter()
        .map(|id| json!({"id": id, "type": "s"}))
        .collect();
    let inside = json!({"id": "s", "nodes": [preview(7), preview(8)], "links": []});
    let file = json!({"nodes": hosts, "links": [], "definitions": {"subgraphs": [inside]}});
    UiWorkflow::from_value(file).unwrap()
}

fn ids(prompt: &Prompt) -> Vec<&str> {
    prompt.nodes().map(|(id, _)| id.as_str()).collect()
}

#[test]
fn a_node_is_muted_wherever_it_stands() {
    let corpus = Corpus::edge_cases();
    let converter = Converter::new(&corpus.definitions);
    let mute = |workflow: &UiWorkflow, id: &str| {
        converter.set_mode(workflow, &NodeId::from(id), Mode::Muted)
    };
    let left = |workflow: &UiWorkflow| {
        let made = converter.convert(workflow, &Options::default(), &mut |_| 0);
        made.map(|made| ids(&made.prompt).join(" "))
    };

    let once = previews(&[1]);
    assert_eq!(left(&mute(&once, "1:7").unwrap()).unwrap(), "1:8");
    let muted = mute(&once, "1").unwrap();
    assert_eq!(left(&muted).unwrap_err().code(), "nothing_to_run");

    let twice = previews(&[1, 2]);
    assert_eq!(left(&mute(&twice, "2").unwrap()).unwrap(), "1:7 1:8");
    let shared = ModeError::Shared {
        node: "2:7".into(),
        uses: 2,
    };
    assert_eq!(mute(&twice, "2:7"), Err(shared));
    assert_eq!(mute(&twice, "3"), Err(ModeError::NoNode("3".into())));
}
