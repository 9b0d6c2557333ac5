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
                    if let Some(value) = self.value(pattern) {
                        filled.push_str(&value);
                    } else {
                        // The server knows these two itself.
                        if !matches!(pattern, "width" | "height") {
                            unknown(pattern);
                        }
                        filled.extend(["%", pattern, "%"]);
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
        Some(safe(&text.unwrap_or_default()))
    }
}

/// The text without characters that no file name should have.
fn safe(text: &str) -> String {
    let unsafe_in_names =
        |character: char| "/?<>\\:*|\"".contains(character) || character.is_ascii_control();
    text.replace(unsafe_in_names, "_")
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

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn values_become_safe_in_file_names() {
        assert_eq!(safe("a/b:c\n%\u{e9}"), "a_b_c_%\u{e9}");
    }
}
