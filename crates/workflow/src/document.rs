//! What a file holds: an API-format graph, a UI-format graph, or neither and why.
//!
//! Called with the bytes of a JSON file or of a file that ComfyUI saved its workflow in. The format is found by
//! looking at the content, never at a file's name.

use crate::json;
use crate::media::{Embedded, Format};
use crate::prompt::{Faults, Prompt};
use serde_json::{Map, Value};

/// The workflow in a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// API format: can be run.
    Prompt(Prompt),
    /// The format that the editor saves: nodes, links, widget values.
    Ui(Map<String, Value>),
}

/// Why a file holds no workflow that we can read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DocumentError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Text that is not JSON.
    #[error("not JSON: {message}")]
    NotJson {
        /// What the parser says, with line and column.
        message: String,
    },
    /// A number that JSON does not have and that corrupts a server's answers.
    #[error("`{path}` is {number}, which is not a number that JSON has")]
    NotFinite {
        /// Where, as a JSON pointer.
        path: String,
        /// `NaN`, `Infinity` or `-Infinity`.
        number: String,
    },
    /// JSON, but no graph in either format.
    #[error("JSON, but no ComfyUI workflow: {reason}")]
    NotAWorkflow {
        /// What was looked for and not found.
        reason: String,
    },
    /// An API-format graph with malformed nodes.
    #[error(transparent)]
    Malformed(#[from] Faults),
    /// A file of a known format that cannot be read.
    #[error("a damaged {format}: {reason}")]
    Damaged {
        /// What it seems to be.
        format: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of a known format without a workflow in it.
    #[error("a {format} without a ComfyUI workflow in it")]
    NothingEmbedded {
        /// What it is.
        format: &'static str,
    },
    /// Not a format that ComfyUI saves workflows in.
    #[error("neither an image nor a video, audio or latent file that ComfyUI saves")]
    CarriesNothing,
    /// Bytes of another kind.
    #[error("{0}, not a workflow")]
    OtherFile(&'static str),
}

impl DocumentError {
    /// Stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::NotJson { .. } => "not_json",
            Self::NotFinite { .. } => "not_finite",
            Self::NotAWorkflow { .. } | Self::OtherFile(_) | Self::CarriesNothing => {
                "not_a_workflow"
            }
            Self::Malformed(_) => "invalid_graph",
            Self::Damaged { .. } => "damaged_file",
            Self::NothingEmbedded { .. } => "no_embedded_workflow",
        }
    }

    /// What to try next.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NothingEmbedded { .. } => Some(
                "use the file as ComfyUI saved it; many sites and chat programs strip the data",
            ),
            Self::NotAWorkflow { .. } | Self::OtherFile(_) | Self::CarriesNothing | Self::Empty => {
                Some("give a file that ComfyUI saved: `File > Export (API)`, or a PNG output")
            }
            Self::NotFinite { .. } => Some("replace it by a finite number"),
            Self::NotJson { .. } | Self::Malformed(_) | Self::Damaged { .. } => None,
        }
    }
}

impl Document {
    /// Finds the workflow in a JSON file, or in an image, video, audio or latent file.
    ///
    /// Besides bare graphs, the bodies around them are understood: `{"prompt": ...}` of
    /// `POST /prompt` and `{"output": ..., "workflow": ...}` of the editor's `graphToPrompt`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DocumentError> {
        if Format::of(bytes).is_some() {
            return from_media(Embedded::from_bytes(bytes)?);
        }
        match other_file(bytes) {
            Some(kind) => Err(DocumentError::OtherFile(kind)),
            None => from_json(bytes),
        }
    }
}

fn other_file(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("a JPEG image"),
        [b'G', b'I', b'F', b'8', ..] => Some("a GIF image"),
        [b'P', b'K', 3, 4, ..] => Some("a ZIP archive"),
        _ => None,
    }
}

fn from_json(bytes: &[u8]) -> Result<Document, DocumentError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(DocumentError::Empty);
    }
    let value = match json::from_slice_tight(bytes) {
        Ok(value) => value,
        Err(error) => {
            let message = error.to_string();
            let marked = json::from_slice_marking_non_finite(bytes);
            let value = marked.map_err(|_| DocumentError::NotJson { message })?;
            refuse_non_finite(&value)?;
            value
        }
    };
    from_value(value)
}

fn from_value(value: Value) -> Result<Document, DocumentError> {
    let Value::Object(mut object) = value else {
        return Err(not_a_workflow("it is not an object"));
    };
    if looks_like_ui(&object) {
        return Ok(Document::Ui(object));
    }
    for wrapper in ["prompt", "output"] {
        if object
            .get(wrapper)
            .and_then(Value::as_object)
            .is_some_and(looks_like_prompt)
        {
            let inner = object.remove(wrapper).unwrap_or_default();
            return Ok(Document::Prompt(Prompt::from_value(inner)?));
        }
    }
    if looks_like_prompt(&object) {
        return Ok(Document::Prompt(Prompt::from_value(Value::Object(object))?));
    }
    Err(not_a_workflow(&what_it_has(&object)))
}

fn looks_like_ui(object: &Map<String, Value>) -> bool {
    object.get("nodes").is_some_and(Value::is_array)
        && ["links", "version", "last_node_id", "state"]
            .iter()
            .any(|key| object.contains_key(*key))
}

/// One node with a class is enough: what is wrong with the others is then said node by node.
fn looks_like_prompt(object: &Map<String, Value>) -> bool {
    object.values().any(|node| node.get("class_type").is_some())
}

fn what_it_has(object: &Map<String, Value>) -> String {
    if object.is_empty() {
        return "the object is empty".to_owned();
    }
    let keys: Vec<String> = object
        .keys()
        .take(5)
        .map(|key| format!("`{key}`"))
        .collect();
    format!(
        "no node with a `class_type`, no `nodes`; the top-level keys are {}",
        keys.join(", ")
    )
}

fn not_a_workflow(reason: &str) -> DocumentError {
    DocumentError::NotAWorkflow {
        reason: reason.to_owned(),
    }
}

/// The graph that ran is preferred to the editor's graph.
fn from_media(embedded: Embedded) -> Result<Document, DocumentError> {
    match embedded.prompt {
        Some(text) => embedded_prompt(&text).map(Document::Prompt),
        None => from_json(embedded.workflow.unwrap_or_default().as_bytes()),
    }
}

fn embedded_prompt(text: &str) -> Result<Prompt, DocumentError> {
    let marked = json::from_slice_marking_non_finite(text.as_bytes());
    let value = marked.map_err(|error| DocumentError::NotJson {
        message: error.to_string(),
    })?;
    let mut prompt = Prompt::from_value(value)?;
    // `is_changed` is where a server leaves NaN, so it goes before the search for NaN.
    prompt.forget_execution();
    for (id, node) in prompt.nodes() {
        for (input, value) in node.inputs() {
            refuse_non_finite_at(value, &format!("/{id}/inputs/{input}"))?;
        }
    }
    Ok(prompt)
}

fn refuse_non_finite(value: &Value) -> Result<(), DocumentError> {
    refuse_non_finite_at(value, "")
}

fn refuse_non_finite_at(value: &Value, path: &str) -> Result<(), DocumentError> {
    match value {
        Value::String(text) => match text.strip_prefix(json::NON_FINITE_MARK) {
            Some(number) => Err(DocumentError::NotFinite {
                path: path.to_owned(),
                number: number.to_owned(),
            }),
            None => Ok(()),
        },
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| refuse_non_finite_at(item, &format!("{path}/{index}"))),
        Value::Object(fields) => fields
            .iter()
            .try_for_each(|(key, item)| refuse_non_finite_at(item, &format!("{path}/{key}"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    const GRAPH: &str = r#"{"1": {"class_type": "EmptyImage", "inputs": {"width": 64}}}"#;

    fn png_with(chunks: &[(&str, &str)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
        for (keyword, text) in chunks {
            encoder
                .add_text_chunk((*keyword).to_owned(), (*text).to_owned())
                .unwrap();
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[0]).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[rstest]
    #[case::bare(GRAPH.to_owned())]
    #[case::with_byte_order_mark(format!("\u{feff}{GRAPH}"))]
    #[case::body_of_a_post(format!(r#"{{"prompt": {GRAPH}, "client_id": "x"}}"#))]
    #[case::of_the_editor(format!(r#"{{"workflow": {{"nodes": []}}, "output": {GRAPH}}}"#))]
    fn an_api_graph_is_found(#[case] text: String) {
        let document = Document::from_bytes(text.as_bytes()).unwrap();
        let expected = Prompt::from_value(serde_json::from_str(GRAPH).unwrap()).unwrap();
        assert_eq!(document, Document::Prompt(expected));
    }

    #[test]
    fn a_ui_graph_is_told_apart() {
        let document = Document::from_bytes(br#"{"nodes": [], "links": []}"#).unwrap();
        assert!(matches!(document, Document::Ui(_)));
    }

    #[test]
    fn a_png_gives_the_graph_that_ran_without_its_traces() {
        let ran = r#"{"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}, "is_changed": [NaN]}}"#;
        let png = png_with(&[
            ("workflow", r#"{"nodes": [], "links": []}"#),
            ("prompt", ran),
        ]);
        let Document::Prompt(prompt) = Document::from_bytes(&png).unwrap() else {
            panic!()
        };
        assert_eq!(
            serde_json::to_value(&prompt).unwrap(),
            json!({"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}})
        );
    }

    #[rstest]
    #[case::nothing(b" \n".to_vec())]
    #[case::text(b"hello".to_vec())]
    #[case::half(br#"{"1": {"class_type": "#.to_vec())]
    #[case::list(b"[1, 2]".to_vec())]
    #[case::settings(br#"{"version": "2.0.0", "mcp": {}}"#.to_vec())]
    #[case::not_finite(br#"{"1": {"class_type": "K", "inputs": {"cfg": NaN}}}"#.to_vec())]
    #[case::infinite_in_png(png_with(&[("prompt", r#"{"1": {"class_type": "K", "inputs": {"cfg": -Infinity}}}"#)]))]
    #[case::png_without(png_with(&[("Software", "x")]))]
    #[case::png_cut(png_with(&[("prompt", GRAPH)])[..30].to_vec())]
    #[case::jpeg(vec![0xff, 0xd8, 0xff, 0xe0])]
    #[case::malformed_nodes(br#"{"1": {"class_type": "K"}, "2": {}}"#.to_vec())]
    fn anything_else_is_refused_with_the_reason(#[case] bytes: Vec<u8>) {
        let error = Document::from_bytes(&bytes).unwrap_err();
        let case = std::thread::current().name().unwrap_or_default().to_owned();
        let case = case.rsplit("::").next().unwrap_or_default().to_owned();
        insta::assert_snapshot!(
            format!("refused_{case}"),
            format!(
                "{}: {error}\n{}",
                error.code(),
                error.hint().unwrap_or_default()
            )
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Document::from_bytes(&bytes);
        }

        #[test]
        fn a_damaged_png_is_survived(at in 8usize..120, byte: u8) {
            let mut png = png_with(&[("prompt", GRAPH)]);
            let at = at % png.len();
            png[at] = byte;
            let _ = Document::from_bytes(&png);
        }
    }
}
