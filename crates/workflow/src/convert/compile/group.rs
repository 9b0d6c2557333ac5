//! Inputs of which there are as many as are linked (`COMFY_AUTOGROW_V3`).

use super::super::plan::{Content, Group, Input, Role};
use super::{Context, Spec};
use serde_json::Value;

/// Members of a group that states no limit.
const MOST_MEMBERS: u64 = 100;

/// The group that an input is, if it is one. Members that are widgets are added to `content`.
pub(super) fn compile(
    context: &Context,
    name: &str,
    spec: Spec<'_>,
    content: &mut Content,
) -> Option<Group> {
    if spec.kind() != "COMFY_AUTOGROW_V3" {
        return None;
    }
    let template = spec.option("template")?;
    let parts: Vec<(&String, Spec<'_>)> = ["required", "optional"]
        .into_iter()
        .filter_map(|section| template.get("input")?.get(section)?.as_object())
        .flat_map(|fields| fields.iter().map(|(name, spec)| (name, Spec(spec))))
        .collect();
    let names = template.get("names").and_then(Value::as_array);
    let prefix = template
        .get("prefix")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let number = |name: &str| template.get(name).and_then(Value::as_u64);
    let limit = match names {
        Some(names) => names.len() as u64,
        None => number("max").unwrap_or(MOST_MEMBERS).min(1000),
    };
    // There is always one more than are needed, and never none.
    let initial = number("min").unwrap_or(0).saturating_add(1).min(limit);
    let mut group = Group {
        members: Vec::new(),
        initial: 0,
    };
    for ordinal in 0..limit {
        for (part, spec) in &parts {
            let stated =
                names.and_then(|names| names.get(usize::try_from(ordinal).ok()?)?.as_str());
            let base = match stated {
                Some(stated) => stated.to_owned(),
                None if parts.len() == 1 => format!("{prefix}{ordinal}"),
                None => format!("{part}{ordinal}"),
            };
            add_member(
                context,
                &mut group,
                content,
                &format!("{name}.{base}"),
                *spec,
                ordinal < initial,
            );
        }
    }
    Some(group)
}

fn add_member(
    context: &Context,
    group: &mut Group,
    content: &mut Content,
    name: &str,
    spec: Spec<'_>,
    initial: bool,
) {
    let is_widget = spec.is_widget();
    if is_widget && initial {
        super::widget::compile(context, &mut content.widgets, name, spec);
    }
    group.members.push(Input {
        name: name.into(),
        kind: spec.slot_kind().into(),
        role: if is_widget {
            Role::Widget
        } else {
            Role::Socket
        },
    });
    group.initial += usize::from(initial);
}
