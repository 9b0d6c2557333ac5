//! `%Node.widget%` and `%date:yyyy-MM-dd%` in file names.

use super::load::LoadedGraph;
use super::plan::Plan;
use super::scene::{Node, Role, Scene};
use super::{LocalTime, compile, script};
use std::collections::HashMap;

/// Finds the widgets that file names refer to.
pub(super) struct References<'s, 'a> {
    scene: &'s Scene<'a>,
    graphs: &'s [LoadedGraph<'a>],
    now: Option<LocalTime>,
    /// Nodes by name, made when the first file name asks.
    named: Option<Names<'s>>,
}

/// For each name the first node that has it.
#[derive(Default)]
struct Names<'s> {
    by_property: HashMap<&'s str, (usize, usize)>,
    by_title: HashMap<&'s str, (usize, usize)>,
}

impl<'s, 'a> References<'s, 'a> {
    pub(super) fn new(
        scene: &'s Scene<'a>,
        graphs: &'s [LoadedGraph<'a>],
        now: Option<LocalTime>,
    ) -> Self {
        Self {
            scene,
            graphs,
            now,
            named: None,
        }
    }

    /// Fills in all references; those to nothing known stay and are handed to `unknown`.
    pub(super) fn fill_in(&mut self, text: &str, unknown: &mut dyn FnMut(&str)) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            filled.push_str(before);
            match after.split_once('%') {
                Some((pattern, behind)) if !pattern.is_empty() => {
                    match self.value(pattern) {
                        Some(value) => filled.push_str(&value),
                        None => {
                            // The server knows these two itself.
                            if !matches!(pattern, "width" | "height") {
                                unknown(pattern);
                            }
                            filled.extend(["%", pattern, "%"]);
                        }
                    }
                    rest = behind;
                }
                _ => {
                    filled.push('%');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn value(&mut self, pattern: &str) -> Option<String> {
        let mut parts = pattern.split('.');
        let (Some(node), Some(widget), None) = (parts.next(), parts.next(), parts.next()) else {
            let format = pattern.strip_prefix("date:")?.split('.').next()?;
            return Some(self.now?.format(format));
        };
        let (scene, graphs) = (self.scene, self.graphs);
        let names = self.named.get_or_insert_with(|| Names::new(scene));
        let &(graph, at) = names
            .by_property
            .get(node)
            .or_else(|| names.by_title.get(node))?;
        let loaded = graphs.get(graph)?.nodes.get(at)?;
        let item = &loaded.widgets[loaded.widget(widget)?];
        let text = item
            .value()
            .filter(|value| !value.is_null())
            .map(script::text);
        Some(text.unwrap_or_default().replace(is_unsafe, "_"))
    }
}

/// Characters that no file name should have.
fn is_unsafe(character: char) -> bool {
    matches!(
        character,
        '/' | '?' | '<' | '>' | '\\' | ':' | '*' | '|' | '"'
    ) || character.is_ascii_control()
}

impl<'s> Names<'s> {
    fn new(scene: &'s Scene<'_>) -> Self {
        let mut names = Self::default();
        for (graph_at, graph) in scene.graphs.iter().enumerate() {
            if graph.first_instance.is_none() {
                continue;
            }
            for (at, node) in graph.nodes.iter().enumerate() {
                if let Some(name) = own_name(node) {
                    names.by_property.entry(name).or_insert((graph_at, at));
                }
                names.by_title.entry(title(node)).or_insert((graph_at, at));
            }
        }
        names
    }
}

/// Its name for such references; by default its class.
fn own_name<'s>(node: &'s Node<'_>) -> Option<&'s str> {
    match node.file.property("Node name for S&R") {
        Some(name) => name.as_str(),
        None if compile::fills_file_names(node.file.class()) => None,
        None => Some(node.file.class()),
    }
}

fn title<'s>(node: &'s Node<'_>) -> &'s str {
    let of_class = |plan: &'s Plan| &*plan.display_name;
    match (node.file.title(), node.role) {
        (Some(title), _) => title,
        (None, Role::Class(plan)) => of_class(plan),
        (None, _) => node.file.class(),
    }
}

impl LocalTime {
    /// Writes the time by a pattern of `d`, `M`, `h`, `m`, `s` (once or twice), `yy` and `yyyy`.
    fn format(self, pattern: &str) -> String {
        let mut text = String::with_capacity(pattern.len());
        let mut rest = pattern;
        while let Some(letter) = rest.chars().next() {
            let run = rest.chars().take_while(|next| *next == letter).count();
            let part = match letter {
                'd' => Some(self.day),
                'M' => Some(self.month),
                'h' => Some(self.hour),
                'm' => Some(self.minute),
                's' => Some(self.second),
                _ => None,
            };
            let length = match (letter, part, run) {
                (_, Some(part), _) => {
                    let width = run.min(2);
                    text.push_str(&format!("{part:0width$}"));
                    width
                }
                ('y', _, 4..) => {
                    text.push_str(&self.year.to_string());
                    4
                }
                ('y', _, 2) => {
                    let year = self.year.to_string();
                    text.push_str(year.get(2..).unwrap_or_default());
                    2
                }
                _ => {
                    text.push(letter);
                    letter.len_utf8()
                }
            };
            rest = &rest[length..];
        }
        text
    }
}

/// A widget's value as it would stand in a file name.
#[cfg(test)]
fn cleaned(value: &Value) -> String {
    script::text(value).replace(is_unsafe, "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("yyyy-MM-dd", "2026-03-07")]
    #[case("hhmmss", "090502")]
    #[case("d.M.yy", "7.3.26")]
    #[case("yyy y \u{e9}", "yyy y \u{e9}")]
    fn a_date_is_written_by_its_pattern(#[case] pattern: &str, #[case] expected: &str) {
        let time = LocalTime {
            year: 2026,
            month: 3,
            day: 7,
            hour: 9,
            minute: 5,
            second: 2,
        };
        assert_eq!(time.format(pattern), expected);
    }

    #[test]
    fn values_become_safe_in_file_names() {
        assert_eq!(cleaned(&json!("a/b:c\n")), "a_b_c_");
        assert_eq!(cleaned(&json!(8.0)), "8");
    }
}
