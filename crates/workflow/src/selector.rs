//! How people name an input of a graph: `6.text`, `"Positive Prompt".text`,
//! `CLIPTextEncode[1].text`.
//!
//! A selector is a node and, after the first unquoted dot, the name of the input (which may hold
//! further dots). The node is an id, a class or a title; quoted, a title is tried first. `[n]` counts
//! nodes of that class or title from 0 in file order. `6.inputs.text` means `6.text`.

use crate::node::{Node, NodeId};
use crate::prompt::{InputAddress, Prompt};
use crate::suggest::nearest;
use std::fmt;
use std::str::FromStr;

/// Names one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSelector {
    name: String,
    quoted: bool,
    index: Option<usize>,
}

/// Names one input of one node.
///
/// ```
/// use comfyctl_workflow::{Prompt, Selector};
/// use serde_json::json;
///
/// let prompt = Prompt::from_value(json!({
///     "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat"}, "_meta": {"title": "Positive"}},
/// }))?;
/// for text in ["6.text", "Positive.text", "\"Positive\".text", "CLIPTextEncode[0].text"] {
///     let selector: Selector = text.parse()?;
///     assert_eq!(selector.resolve(&prompt)?.node.as_str(), "6");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// The node.
    pub node: NodeSelector,
    /// Name of the input.
    pub input: String,
}

/// Why a text is no selector, or a selector names no single node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// The text has not the form of a selector.
    #[error("`{text}` is not a selector: {reason}")]
    Malformed {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No node has that id, class or title.
    #[error("no node is called `{selector}`")]
    NoNode {
        /// The node part of the selector.
        selector: String,
        /// The nearest id, class or title.
        nearest: Option<String>,
    },
    /// Several nodes have that class or title.
    #[error("`{selector}` names {} nodes: {}", candidates.len(), candidates.join(", "))]
    Ambiguous {
        /// The node part of the selector.
        selector: String,
        /// The nodes, as `id (class, "title")`.
        candidates: Vec<String>,
    },
    /// `[n]` counts further than there are nodes.
    #[error("`{selector}` counts from 0 and there are {count} such nodes")]
    IndexOutOfRange {
        /// The node part of the selector.
        selector: String,
        /// Number of nodes of that class or title.
        count: usize,
    },
}

impl SelectorError {
    /// What to try next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Malformed { .. } => {
                Some("write NODE.INPUT, such as `6.text` or `\"Positive Prompt\".text`".to_owned())
            }
            Self::NoNode { nearest, .. } => nearest
                .as_ref()
                .map(|name| format!("did you mean `{name}`?")),
            Self::Ambiguous { .. } => {
                Some("use the node's id, or count with `[0]`, `[1]`, ...".to_owned())
            }
            Self::IndexOutOfRange { .. } => None,
        }
    }
}

impl Selector {
    /// Finds the node. Whether it has the input already is the caller's question: optional inputs
    /// are often absent from a file.
    pub fn resolve(&self, prompt: &Prompt) -> Result<InputAddress, SelectorError> {
        let node = self.node.resolve(prompt)?;
        Ok(InputAddress {
            node,
            input: self.input.clone(),
        })
    }
}

impl NodeSelector {
    /// Finds the one node that is meant.
    pub fn resolve(&self, prompt: &Prompt) -> Result<NodeId, SelectorError> {
        let candidates = self.candidates(prompt);
        match (self.index, candidates.as_slice()) {
            (_, []) => Err(SelectorError::NoNode {
                selector: self.to_string(),
                nearest: nearest(&self.name, names(prompt)).map(str::to_owned),
            }),
            (None, [(id, _)]) => Ok((*id).clone()),
            (None, several) => Err(SelectorError::Ambiguous {
                selector: self.to_string(),
                candidates: several
                    .iter()
                    .map(|(id, node)| describe(id, node))
                    .collect(),
            }),
            (Some(index), several) => {
                several
                    .get(index)
                    .map(|(id, _)| (*id).clone())
                    .ok_or_else(|| SelectorError::IndexOutOfRange {
                        selector: self.to_string(),
                        count: several.len(),
                    })
            }
        }
    }

    /// Nodes of that name under the first reading that fits any.
    fn candidates<'a>(&self, prompt: &'a Prompt) -> Vec<(&'a NodeId, &'a Node)> {
        let by_id = || matching(prompt, |id, _| id.as_str() == self.name);
        let by_class = || matching(prompt, |_, node| node.class_type() == self.name);
        let by_title = || matching(prompt, |_, node| node.title() == Some(&self.name));
        let readings: [&dyn Fn() -> _; 3] = if self.quoted {
            [&by_title, &by_id, &by_class]
        } else {
            [&by_id, &by_class, &by_title]
        };
        readings
            .iter()
            .map(|read| read())
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }
}

fn matching(prompt: &Prompt, fits: impl Fn(&NodeId, &Node) -> bool) -> Vec<(&NodeId, &Node)> {
    prompt.nodes().filter(|(id, node)| fits(id, node)).collect()
}

fn names(prompt: &Prompt) -> impl Iterator<Item = &str> {
    prompt.nodes().flat_map(|(id, node)| {
        [Some(id.as_str()), Some(node.class_type()), node.title()]
            .into_iter()
            .flatten()
    })
}

fn describe(id: &NodeId, node: &Node) -> String {
    match node.title() {
        Some(title) => format!("{id} ({}, \"{title}\")", node.class_type()),
        None => format!("{id} ({})", node.class_type()),
    }
}

impl FromStr for NodeSelector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        match parse_node(text)? {
            (node, "") => Ok(node),
            _ => Err(malformed(
                text,
                "only the node is expected here, without an input",
            )),
        }
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let (node, rest) = parse_node(text)?;
        let input = rest.strip_prefix('.').unwrap_or_default();
        let input = input.strip_prefix("inputs.").unwrap_or(input);
        if input.is_empty() {
            return Err(malformed(
                text,
                "a dot and the name of an input must follow the node",
            ));
        }
        Ok(Self {
            node,
            input: input.to_owned(),
        })
    }
}

/// Parses the node part; returns the rest, which is empty or starts with a dot.
fn parse_node(text: &str) -> Result<(NodeSelector, &str), SelectorError> {
    let (name, quoted, rest) = if let Some(inside) = text.strip_prefix('"') {
        let (name, rest) = unquote(inside)
            .ok_or_else(|| malformed(text, "the closing quotation mark is missing"))?;
        (name, true, rest)
    } else {
        let end = text.find(['.', '[']).unwrap_or(text.len());
        (text[..end].to_owned(), false, &text[end..])
    };
    if name.is_empty() {
        return Err(malformed(text, "the node is missing"));
    }
    let (index, rest) = parse_index(text, rest)?;
    if rest.is_empty() || rest.starts_with('.') {
        Ok((
            NodeSelector {
                name,
                quoted,
                index,
            },
            rest,
        ))
    } else {
        Err(malformed(text, "a dot must follow the node"))
    }
}

fn parse_index<'a>(text: &str, rest: &'a str) -> Result<(Option<usize>, &'a str), SelectorError> {
    let Some(inside) = rest.strip_prefix('[') else {
        return Ok((None, rest));
    };
    let parsed = inside
        .split_once(']')
        .and_then(|(n, rest)| Some((n.parse().ok()?, rest)));
    let (index, rest) =
        parsed.ok_or_else(|| malformed(text, "brackets hold a count from 0, such as `[1]`"))?;
    Ok((Some(index), rest))
}

/// Reads up to the closing quotation mark; `\"` and `\\` stand for the characters themselves.
fn unquote(inside: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut characters = inside.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((name, &inside[at + 1..])),
            '\\' => name.push(characters.next()?.1),
            _ => name.push(character),
        }
    }
    None
}

fn malformed(text: &str, reason: &'static str) -> SelectorError {
    SelectorError::Malformed {
        text: text.to_owned(),
        reason,
    }
}

impl fmt::Display for NodeSelector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.quoted {
            let name = self.name.replace('\\', r"\\").replace('"', "\\\"");
            write!(formatter, "\"{name}\"")?;
        } else {
            formatter.write_str(&self.name)?;
        }
        self.index
            .map_or(Ok(()), |index| write!(formatter, "[{index}]"))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.node, self.input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    fn sample() -> Prompt {
        Prompt::from_value(json!({
            "3": {"class_type": "KSampler", "inputs": {"seed": 1}},
            "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ""}, "_meta": {"title": "Positive Prompt"}},
            "7": {"class_type": "CLIPTextEncode", "inputs": {"text": ""}, "_meta": {"title": "a.b \"c\""}},
            "2.0.1": {"class_type": "Resize", "inputs": {"mode.width": 1}, "_meta": {"title": "3"}},
        }))
        .unwrap()
    }

    fn resolve(text: &str) -> Result<String, SelectorError> {
        let address = text.parse::<Selector>()?.resolve(&sample())?;
        Ok(format!("{} {}", address.node, address.input))
    }

    #[rstest]
    #[case("6.text", "6 text")]
    #[case("6.inputs.text", "6 text")]
    #[case("KSampler.seed", "3 seed")]
    #[case("CLIPTextEncode[1].text", "7 text")]
    #[case("Positive Prompt.text", "6 text")]
    #[case(r#""Positive Prompt".text"#, "6 text")]
    #[case(r#""a.b \"c\"".text"#, "7 text")]
    #[case(r#""2.0.1".mode.width"#, "2.0.1 mode.width")]
    #[case("3.seed", "3 seed")]
    #[case(r#""3".x"#, "2.0.1 x")]
    fn names_a_single_input(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(resolve(text).unwrap(), expected);
    }

    #[rstest]
    #[case("CLIPTextEncode.text")]
    #[case("CLIPTextEncode[2].text")]
    #[case("Ksampler.seed")]
    #[case("nothing alike.seed")]
    #[case("6")]
    #[case(".text")]
    #[case("6.inputs.")]
    #[case("\"open.text")]
    #[case("6[x].text")]
    #[case("6[0]text")]
    fn an_error_names_the_selector_and_the_way_out(#[case] text: &str) {
        let error = resolve(text).unwrap_err();
        let name = text.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        insta::assert_snapshot!(
            format!("selector_{name}"),
            format!("{error}\n{}", error.hint().unwrap_or_default())
        );
    }

    proptest! {
        #[test]
        fn a_selector_prints_as_it_is_parsed(name in ".{1,12}", quoted: bool, index: Option<u8>, input in "[a-z._]{1,8}") {
            prop_assume!(quoted || !name.contains(['.', '[']) && !name.starts_with('"'));
            prop_assume!(!input.starts_with("inputs."));
            let node = NodeSelector { name, quoted, index: index.map(usize::from) };
            let selector = Selector { node, input };
            prop_assert_eq!(selector.to_string().parse::<Selector>().unwrap(), selector);
        }

        #[test]
        fn any_text_is_survived(text in ".{0,30}") {
            let _ = text.parse::<Selector>();
        }
    }
}
