//! What nodes produced: files on the server, texts, and whatever else a node chooses to say.

use comfyctl_workflow::NodeId;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Folder of a server that files are read from and written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Folder {
    /// Results that are kept.
    #[default]
    Output,
    /// What was uploaded.
    Input,
    /// Previews, which a restart of the server deletes.
    Temp,
}

/// Names a file on a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileReference {
    /// Name without folders.
    pub filename: String,
    /// Path below the folder; empty for none.
    #[serde(default)]
    pub subfolder: String,
    /// Folder that the file is in.
    #[serde(default, rename = "type")]
    pub folder: Folder,
}

/// A file that a node made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputFile {
    /// Where it is.
    #[serde(flatten)]
    pub file: FileReference,
    /// What else the node says of it, such as `format` or `frame_rate`.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// All that the nodes of a prompt produced, by node, as the server wrote it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outputs(pub IndexMap<NodeId, Value>);

/// One item of what a node produced.
#[derive(Debug, Clone, PartialEq)]
pub struct Output<'a> {
    /// The node.
    pub node: &'a NodeId,
    /// Kind, such as `images`, `audio` or `text`. Videos come as `images` too.
    pub kind: &'a str,
    /// The item itself.
    pub value: OutputValue<'a>,
}

/// What an item of an output is.
#[derive(Debug, Clone, PartialEq)]
pub enum OutputValue<'a> {
    /// A file that can be downloaded.
    File(OutputFile),
    /// Text.
    Text(&'a str),
    /// Anything else, such as the `true` of `animated`.
    Other(&'a Value),
}

impl Folder {
    /// The word that ComfyUI has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::Input => "input",
            Self::Temp => "temp",
        }
    }
}

impl Outputs {
    /// Every item, in the order of the server.
    pub fn iter(&self) -> impl Iterator<Item = Output<'_>> {
        self.0.iter().flat_map(|(node, produced)| {
            let kinds = produced.as_object().into_iter().flatten();
            kinds.flat_map(move |(kind, items)| {
                items_of(items).iter().map(move |item| Output {
                    node,
                    kind,
                    value: OutputValue::of(item),
                })
            })
        })
    }

    /// Every file, with its node and kind.
    pub fn files(&self) -> impl Iterator<Item = (&NodeId, &str, OutputFile)> {
        self.iter().filter_map(|output| match output.value {
            OutputValue::File(file) => Some((output.node, output.kind, file)),
            _ => None,
        })
    }

    /// Whether no node produced anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A kind is a list by custom, not by rule.
fn items_of(items: &Value) -> &[Value] {
    items
        .as_array()
        .map_or(std::slice::from_ref(items), Vec::as_slice)
}

impl<'a> OutputValue<'a> {
    fn of(item: &'a Value) -> Self {
        match item {
            Value::String(text) => Self::Text(text),
            Value::Object(_) => match OutputFile::deserialize(item) {
                Ok(file) if !file.file.filename.is_empty() => Self::File(file),
                _ => Self::Other(item),
            },
            _ => Self::Other(item),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn files_texts_and_oddities_are_told_apart_and_kept() {
        let json = json!({
            "9": {"images": [{"filename": "a.webp", "subfolder": "s", "type": "temp", "id": 7}], "animated": [true]},
            "3": {"text": ["32"], "count": 5, "odd": [{"filename": "x", "type": "elsewhere"}]},
            "4": null
        });
        let outputs: Outputs = serde_json::from_value(json.clone()).unwrap();
        let (node, kind, file) = outputs.files().next().unwrap();
        assert_eq!(
            (node.as_str(), kind, file.file.folder),
            ("9", "images", Folder::Temp)
        );
        assert_eq!(file.rest["id"], 7);
        let others: Vec<_> = outputs
            .iter()
            .skip(1)
            .map(|output| (output.kind, output.value))
            .collect();
        assert_eq!(
            others,
            [
                ("animated", OutputValue::Other(&json!(true))),
                ("text", OutputValue::Text("32")),
                ("count", OutputValue::Other(&json!(5))),
                (
                    "odd",
                    OutputValue::Other(&json!({"filename": "x", "type": "elsewhere"}))
                ),
            ]
        );
        assert_eq!(serde_json::to_value(outputs).unwrap(), json);
    }
}
