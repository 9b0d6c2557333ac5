//! The input slots of a node, in the order in which the editor makes them.

use super::draft::ANY;
use super::values::Saved;
use crate::convert::plan::{Content, Group, Input, Plan, Role};
use crate::node::Node;
use std::collections::HashSet;

/// An input slot.
pub(super) struct InputSlot<'a> {
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    /// Whether it stands for the widget of the same name.
    pub(super) is_widget: bool,
    /// The link that enters it.
    pub(super) link: Option<usize>,
}

/// The slots of a node: those of its class, and those that are linked though the class does not
/// have them, which the editor keeps.
pub(super) fn slots<'a>(plan: &'a Plan, saved: &Saved<'a>, node: &'a Node) -> Vec<InputSlot<'a>> {
    let mut building = Building {
        slots: Vec::with_capacity(plan.content.inputs.len()),
        saved,
        linked: node.links().map(|(name, _)| name).collect(),
    };
    building.add_content(&plan.content, false);
    building.add_undeclared(node);
    building.slots
}

struct Building<'a, 's> {
    slots: Vec<InputSlot<'a>>,
    saved: &'s Saved<'a>,
    linked: HashSet<&'a str>,
}

impl<'a> Building<'a, '_> {
    /// Recursion ends: options nest in definitions, which JSON limits to 128 levels.
    fn add_content(&mut self, content: &'a Content, inside_option: bool) {
        for input in &content.inputs {
            match &input.role {
                Role::Group(group) => self.add_group(group, inside_option),
                Role::Socket => self.add(input, false),
                Role::Widget => self.add(input, true),
                Role::Dynamic => {
                    self.add(input, true);
                    let mut choices = self.saved.choices.iter();
                    if let Some((_, choice)) = choices.find(|(name, _)| *name == &*input.name) {
                        self.add_content(&choice.content, true);
                    }
                }
            }
        }
    }

    fn add(&mut self, input: &'a Input, is_widget: bool) {
        self.slots.push(InputSlot {
            name: &input.name,
            kind: &input.kind,
            is_widget,
            link: None,
        });
    }

    /// A linked member makes the next one exist. In the option of a dynamic combo there are no
    /// others; elsewhere, a member is kept however far behind the others it is.
    fn add_group(&mut self, group: &'a Group, inside_option: bool) {
        let mut count = group.initial;
        for (at, member) in group.members.iter().enumerate() {
            if inside_option && at >= count {
                break;
            }
            if self.linked.contains(&*member.name) {
                count = count.max((at + 2).min(group.members.len()));
            }
        }
        for (at, member) in group.members.iter().take(count).enumerate() {
            // Only members of a new node have widgets.
            let is_widget = matches!(member.role, Role::Widget) && at < group.initial;
            self.add(member, is_widget);
        }
    }

    /// Those that belong to another option of a dynamic combo do not survive.
    fn add_undeclared(&mut self, node: &'a Node) {
        let known: HashSet<&str> = self.slots.iter().map(|slot| slot.name).collect();
        let dynamic: Vec<&str> = self
            .slots
            .iter()
            .filter(|slot| slot.kind == DYNAMIC_COMBO)
            .map(|slot| slot.name)
            .collect();
        for (name, _) in node.links().filter(|(name, _)| !known.contains(name)) {
            if dynamic.iter().any(|combo| is_inside(name, combo)) {
                continue;
            }
            // Some widgets have no slot until they are linked.
            let is_widget = self
                .saved
                .widgets
                .iter()
                .any(|widget| *widget.name == *name);
            self.slots.push(InputSlot {
                name,
                kind: ANY,
                is_widget,
                link: None,
            });
        }
    }
}

const DYNAMIC_COMBO: &str = "COMFY_DYNAMICCOMBO_V3";

/// Whether an input belongs to a dynamic combo.
fn is_inside(name: &str, combo: &str) -> bool {
    name.strip_prefix(combo)
        .is_some_and(|rest| rest.starts_with('.'))
}
