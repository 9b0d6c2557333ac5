//! Nodes of classes that are gone, for which the server has others: it puts these in their place
//! before it validates a prompt, and so does the check, since all that follows is about them.

use super::classes::ParsedClasses;
use super::finding::Finding;
use crate::prompt::Prompt;
use crate::validation::Classes;
use std::borrow::Cow;

/// The prompt as the server sees it after it has replaced what is gone.
pub(super) fn apply<'p>(
    prompt: &'p Prompt,
    classes: &ParsedClasses<'_>,
    findings: &mut Vec<Finding>,
) -> Cow<'p, Prompt> {
    let gone = prompt.nodes().filter_map(|(id, node)| {
        let class = node.class_type();
        // Few classes are replaced: the cheap question first.
        classes.replacement(class)?;
        let gone = classes.definition(class).is_none();
        let stand_in = gone.then(|| classes.stand_in(class)).flatten()?;
        Some((id, stand_in))
    });
    let gone: Vec<_> = gone.collect();
    if gone.is_empty() {
        return Cow::Borrowed(prompt);
    }
    let mut nodes = prompt.to_fields();
    for (id, replacement) in gone {
        let class = &replacement.class;
        let finding = match replacement.apply(&mut nodes, id.as_str()) {
            Ok(()) => {
                let message =
                    format!("the server no longer has the class and takes `{class}` instead");
                Finding::warning("replaced_node", message)
            }
            Err(stumble) => {
                let message = format!(
                    "the server no longer has the class, would take `{class}`, but {stumble}"
                );
                Finding::error("replaced_node", message)
            }
        };
        let finding = finding.at(prompt, id.as_str());
        findings.push(finding.suggest(Some(format!("use `{class}`"))));
    }
    Prompt::from_value(nodes.into()).map_or(Cow::Borrowed(prompt), Cow::Owned)
}
