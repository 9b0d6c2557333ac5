//! The input slots of a node, as the editor has them after loading it, with their links.
//!
//! The class says which slots there are, the file says which links they have: the two are matched
//! by name. Slots that only the file has stay behind those of the class.

use super::fill::Filled;
use super::plan::{Content, Group, Input, Plan, Role};
use super::warning::{Code, Notes};
use crate::ui::{Key, UiNode, UiSlot};
use std::collections::HashMap;

/// An input slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot<'a> {
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    pub(super) wire: Wire,
    pub(super) backing: Backing,
}

/// What stands behind an input slot and gives its value when nothing hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backing {
    /// Nothing.
    None,
    /// A widget.
    Widget,
    /// A widget that decides which other inputs there are.
    DynamicCombo,
}

/// What hangs on an input slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// Nothing.
    None,
    /// The link at this place in the graph's list.
    Link(u32),
    /// A link that the file does not have.
    Missing,
}

/// Finds a graph's links by their ids.
pub(super) type LinkIndex<'a> = HashMap<Key<'a>, u32>;

impl<'a> Slot<'a> {
    fn of_class(input: &'a Input) -> Self {
        Self {
            name: &input.name,
            kind: &input.kind,
            wire: Wire::None,
            backing: match input.role {
                Role::Socket | Role::Group(_) => Backing::None,
                Role::Widget => Backing::Widget,
                Role::Dynamic => Backing::DynamicCombo,
            },
        }
    }

    /// A slot that only the file knows.
    pub(super) fn of_file(slot: &UiSlot<'a>, links: &LinkIndex<'a>) -> Self {
        Self {
            name: slot.name(),
            kind: slot.kind(),
            wire: wire(slot, links),
            backing: Backing::None,
        }
    }
}

/// The wire of a slot of the file.
pub(super) fn wire(slot: &UiSlot<'_>, links: &LinkIndex<'_>) -> Wire {
    match slot.link().map(|id| links.get(&id)) {
        None => Wire::None,
        Some(Some(&link)) => Wire::Link(link),
        Some(None) => Wire::Missing,
    }
}

/// The slots of a node of a class, and the links of those that went with a dynamic combo's option.
pub(super) fn slots<'a>(
    plan: &'a Plan,
    node: &UiNode<'a>,
    filled: &[Filled<'a>],
    links: &LinkIndex<'a>,
    notes: &mut Notes<'_>,
) -> (Vec<Slot<'a>>, Vec<u32>) {
    let mut building = Building {
        slots: Vec::with_capacity(plan.content.inputs.len()),
        growing: Vec::new(),
        rebuilt: Vec::new(),
        stray: Vec::new(),
        filled,
    };
    building.add_content(&plan.content, false);
    let declared = building.slots.len();
    for slot in node.inputs() {
        building.attach(&slot, declared, links, notes);
    }
    (building.slots, building.stray)
}

struct Building<'a, 'f> {
    slots: Vec<Slot<'a>>,
    /// Groups inside options of dynamic combos, with the number of members that they have.
    growing: Vec<(&'a Group, usize)>,
    /// Dynamic combos that the file set, whose inputs were made anew.
    rebuilt: Vec<&'a str>,
    /// Links of inputs that went with them.
    stray: Vec<u32>,
    filled: &'f [Filled<'a>],
}

impl<'a> Building<'a, '_> {
    fn add_content(&mut self, content: &'a Content, inside_option: bool) {
        for input in &content.inputs {
            match &input.role {
                Role::Group(group) => self.add_group(group, inside_option),
                Role::Socket | Role::Widget => self.slots.push(Slot::of_class(input)),
                Role::Dynamic => {
                    self.slots.push(Slot::of_class(input));
                    self.add_choice(&input.name);
                }
            }
        }
    }

    fn add_group(&mut self, group: &'a Group, inside_option: bool) {
        let initial = group.members.iter().take(group.initial);
        self.slots.extend(initial.map(Slot::of_class));
        if inside_option {
            self.growing.push((group, group.initial));
        }
    }

    fn add_choice(&mut self, combo: &'a str) {
        let filled = self.filled.iter().find(|item| item.name == combo);
        let choice = filled.and_then(|item| item.choice);
        if filled.is_some_and(|item| item.from_file) {
            self.rebuilt.push(combo);
        }
        if let Some((choice, _)) = choice {
            self.add_content(&choice.content, true);
        }
    }

    /// Gives a slot of the file its place. Only the first `declared` slots are compared, which
    /// keeps this linear for files with any number of slots.
    fn attach(
        &mut self,
        slot: &UiSlot<'a>,
        declared: usize,
        links: &LinkIndex<'a>,
        notes: &mut Notes<'_>,
    ) {
        let name = slot.name();
        let wire = wire(slot, links);
        if let Some(at) = self.slots[..declared]
            .iter()
            .position(|known| known.name == name)
        {
            self.slots[at].wire = wire;
            if wire != Wire::None {
                self.grow(name);
            }
            return;
        }
        if let Some(member) = self.grown_member(name) {
            self.slots.push(Slot {
                wire,
                ..Slot::of_class(member)
            });
            if wire != Wire::None {
                self.grow(name);
            }
            return;
        }
        let in_option = self.rebuilt.iter().any(|combo| is_inside(name, combo));
        let widget = slot.widget();
        let widget_gone = |widget| !self.filled.iter().any(|item| item.name == widget);
        if in_option || widget.is_some_and(widget_gone) {
            if wire != Wire::None {
                let message = "the node has no such input any more, so its link is dropped";
                notes.input(Code::InputDropped, name, message);
            }
            if let (true, Wire::Link(link)) = (in_option, wire) {
                self.stray.push(link);
            }
            return;
        }
        let backing = if widget.is_some() {
            Backing::Widget
        } else {
            Backing::None
        };
        self.slots.push(Slot {
            backing,
            ..Slot::of_file(slot, links)
        });
    }

    /// A member of a group that exists because one before it is linked.
    fn grown_member(&self, name: &str) -> Option<&'a Input> {
        let members = self
            .growing
            .iter()
            .map(|(group, count)| (group.initial, *count, *group));
        members
            .flat_map(|(initial, count, group)| &group.members[initial.min(count)..count])
            .find(|member| *member.name == *name)
    }

    /// A linked member makes the next one exist.
    fn grow(&mut self, name: &str) {
        for (group, count) in &mut self.growing {
            let at = group
                .members
                .iter()
                .position(|member| *member.name == *name);
            if let Some(at) = at {
                *count = (*count).max((at + 2).min(group.members.len()));
            }
        }
    }
}

/// Whether an input belongs to a dynamic combo.
fn is_inside(name: &str, combo: &str) -> bool {
    name.strip_prefix(combo)
        .is_some_and(|rest| rest.starts_with('.'))
}
