//! Gives the widgets of a node their values.
//!
//! Widgets and saved values are walked together. The value of a dynamic combo brings the widgets
//! of its option, which take the values that follow.

use super::plan::{Choice, Habit, Kind, Plan, Widget, grown_option};
use super::saved::Saved;
use super::script::truthy;
use super::warning::{Code, Notes, short};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::LazyLock;

/// A widget of a node with its value.
#[derive(Debug)]
pub(super) struct Filled<'a> {
    pub(super) widget: &'a Widget,
    pub(super) name: Cow<'a, str>,
    /// `None` where the editor has `undefined`, which is not sent.
    pub(super) value: Option<Cow<'a, Value>>,
    /// The option of a dynamic combo, and whether the file chose it.
    pub(super) choice: Option<(&'a Choice, bool)>,
    /// Whether the file has a value for it.
    pub(super) from_file: bool,
    /// Its place in the list of saved values, which may end before it.
    pub(super) entry: Option<usize>,
    /// Graph and node of the primitive node that wrote the value.
    pub(super) writer: Option<(u32, u32)>,
}

impl<'a> Filled<'a> {
    fn new(widget: &'a Widget, value: Option<Cow<'a, Value>>, from_file: bool) -> Self {
        let name = Cow::Borrowed(&*widget.name);
        Self {
            widget,
            name,
            value,
            choice: None,
            from_file,
            entry: None,
            writer: None,
        }
    }

    fn at(self, entry: Option<usize>) -> Self {
        Self { entry, ..self }
    }

    /// Its value as it is.
    pub(super) fn value(&self) -> Option<&Value> {
        self.value.as_deref()
    }
}

/// The widgets of a node of a class.
pub(super) fn fill<'a>(
    plan: &'a Plan,
    mut saved: Saved<'a>,
    notes: &mut Notes<'_>,
) -> Vec<Filled<'a>> {
    let mut filled = Vec::with_capacity(plan.content.widgets.len());
    fill_content(&plan.content.widgets, &mut saved, &mut filled, notes);
    match plan.habit {
        Habit::None => {}
        Habit::Sampler => strip_sample(&mut filled),
        Habit::CustomCombo => grow_options(&mut filled, &mut saved),
    }
    filled
}

/// Recursion ends: options nest in definitions, which JSON limits to 128 levels.
fn fill_content<'a>(
    widgets: &'a [Widget],
    saved: &mut Saved<'a>,
    filled: &mut Vec<Filled<'a>>,
    notes: &mut Notes<'_>,
) {
    for widget in widgets {
        let (taken, entry) = if widget.saved {
            saved.next(&widget.name)
        } else {
            (None, None)
        };
        let from_file = taken.is_some();
        let value = taken.or(widget.default.as_ref());
        let null = value.is_none_or(Value::is_null);
        match &widget.kind {
            // The editor shows a text of several lines in a field that has no other nothing.
            Kind::Text { multiline: true } if null => {
                let value = Some(Cow::Owned(Value::from("")));
                filled.push(Filled::new(widget, value, from_file).at(entry));
            }
            Kind::Combo { first } if null => {
                let value = first.as_ref().or(value).map(Cow::Borrowed);
                filled.push(Filled::new(widget, value, from_file).at(entry));
            }
            Kind::Dynamic(choices) => {
                // A new node's option has a new node's values.
                let (choice, own) = match choices.first().filter(|_| null) {
                    Some(first) => (Some(first), false),
                    None => (chosen(choices, value), true),
                };
                let value = value.filter(|_| own);
                filled.push(combo(widget, value, choice, from_file, notes).at(entry));
                if let Some(choice) = choice {
                    let saved = if own {
                        &mut *saved
                    } else {
                        &mut Saved::Nothing
                    };
                    fill_content(&choice.content.widgets, saved, filled, notes);
                }
            }
            _ => {
                filled.push(Filled::new(widget, value.map(Cow::Borrowed), from_file).at(entry));
            }
        }
    }
}

pub(crate) fn chosen<'a>(choices: &'a [Choice], value: Option<&Value>) -> Option<&'a Choice> {
    let key = match value? {
        Value::String(key) => Cow::Borrowed(key.as_str()),
        other => Cow::Owned(super::script::text(other)),
    };
    choices.iter().find(|choice| *choice.key == *key)
}

fn combo<'a>(
    widget: &'a Widget,
    own: Option<&'a Value>,
    choice: Option<&'a Choice>,
    from_file: bool,
    notes: &mut Notes<'_>,
) -> Filled<'a> {
    if let (None, Some(value)) = (choice, own) {
        let message = format!(
            "{} is none of its options, so its further inputs are not sent",
            short(value)
        );
        notes.input(Code::UnknownOption, &widget.name, message);
    }
    let first = || choice.map(|choice| Cow::Owned(Value::from(&*choice.key)));
    let value = own.map(Cow::Borrowed).or_else(first);
    let choice = choice.map(|choice| (choice, from_file));
    Filled {
        choice,
        ..Filled::new(widget, value, from_file)
    }
}

fn strip_sample(filled: &mut [Filled<'_>]) {
    for item in filled.iter_mut().filter(|item| item.name == "sampler_name") {
        let sampler = item
            .value()
            .and_then(|value| value.as_str()?.strip_prefix("sample_"));
        if let Some(sampler) = sampler {
            item.value = Some(Cow::Owned(Value::from(sampler)));
        }
    }
}

static OPTION: LazyLock<Widget> = LazyLock::new(grown_option);

/// There is one more option than have text, and the index is where the choice stands.
fn grow_options<'a>(filled: &mut Vec<Filled<'a>>, saved: &mut Saved<'a>) {
    let first = filled.len();
    loop {
        let name = format!("option{}", filled.len() - first + 1);
        let (taken, entry) = saved.next(&name);
        let value = taken.or(OPTION.default.as_ref());
        let grows = value.is_some_and(truthy);
        let option = Filled::new(&OPTION, value.map(Cow::Borrowed), taken.is_some());
        filled.push(Filled {
            name: Cow::Owned(name),
            ..option.at(entry)
        });
        if !grows {
            break;
        }
    }
    let (before, options) = filled.split_at_mut(first);
    let choice = before.iter().find(|item| item.name == "choice");
    let choice = choice.and_then(Filled::value).cloned();
    let at = options
        .iter()
        .position(|option| option.value() == choice.as_ref());
    let index = at.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1);
    if let Some(item) = before.iter_mut().find(|item| item.name == "index") {
        item.value = Some(Cow::Owned(index.into()));
    }
}
