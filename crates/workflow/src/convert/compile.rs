//! Compiles a definition into a [`Plan`], by the rules by which the editor builds a node.
//!
//! Called once per class. Definitions come from servers, so nothing in them is taken for granted:
//! what has not the expected form is treated as a socket or passed over.

mod group;
mod special;
mod widget;

pub(crate) use special::fills_file_names;

use super::plan::{Content, Habit, Input, Plan, Role};
use serde_json::{Map, Value};

/// Type of an input that takes whatever a group of inputs agrees on.
const MATCHED: &str = "COMFY_MATCHTYPE_V3";

/// A declared input.
#[derive(Clone, Copy)]
struct Declared<'a> {
    name: &'a str,
    spec: Spec<'a>,
    required: bool,
}

/// `[type]` or `[type, options]`.
#[derive(Clone, Copy)]
struct Spec<'a>(&'a Value);

impl<'a> Spec<'a> {
    /// The type; a list of choices is a `COMBO`.
    fn kind(self) -> &'a str {
        match self.0.get(0) {
            Some(Value::String(kind)) => kind,
            Some(Value::Array(_)) => "COMBO",
            _ => "*",
        }
    }

    fn option(self, name: &str) -> Option<&'a Value> {
        self.0.get(1)?.get(name)
    }

    /// The value of a new node, unless the class leaves that to the editor.
    fn default(self) -> Option<&'a Value> {
        self.option("default").filter(|value| !value.is_null())
    }

    /// Whether an option is set to something that JavaScript takes for true.
    fn flag(self, name: &str) -> bool {
        self.option(name).is_some_and(super::script::truthy)
    }

    /// The type of widget that it would have, be there one of that type.
    fn widget_kind(self) -> &'a str {
        let stated = self.option("widgetType").and_then(Value::as_str);
        stated.unwrap_or_else(|| self.kind())
    }

    fn is_widget(self) -> bool {
        !self.flag("forceInput") && widget::is_known(self.widget_kind())
    }

    /// The type of its slot.
    fn slot_kind(self) -> &'a str {
        let template = self.option("template").filter(|_| self.kind() == MATCHED);
        let allowed = template.and_then(|template| template.get("allowed_types")?.as_str());
        allowed.unwrap_or_else(|| self.kind())
    }
}

/// Compiles the definition of `class`. `None` when it has not the form of one.
pub(crate) fn compile(class: &str, definition: &Value) -> Option<Plan> {
    let fields = definition.as_object()?;
    let declared = declared(fields.get("input"));
    let ordered = ordered(&declared, fields.get("input_order"));
    let mut content = Content::default();
    let names: Vec<&str> = declared.iter().map(|input| input.name).collect();
    let context = Context {
        has_model_file: names.contains(&"model_file"),
    };
    for input in ordered.iter().filter(|input| !input.spec.is_widget()) {
        context.add_socket(&mut content, input.name, input.spec);
    }
    for input in ordered.iter().filter(|input| input.spec.is_widget()) {
        context.add_widget(&mut content, input.name, input.spec);
    }
    special::append(class, &declared, &mut content.widgets);
    special::mark_file_name(class, &mut content.widgets);
    let display_name = fields.get("display_name").and_then(Value::as_str);
    Some(Plan {
        display_name: display_name
            .filter(|name| !name.is_empty())
            .unwrap_or(class)
            .into(),
        former_widgets: former_widgets(&declared, &content),
        content,
        outputs: outputs(fields),
        habit: match class {
            "KSampler" | "KSamplerAdvanced" => Habit::Sampler,
            "CustomCombo" => Habit::CustomCombo,
            _ => Habit::None,
        },
    })
}

/// What the inputs of a class depend on besides their own declaration.
struct Context {
    has_model_file: bool,
}

impl Context {
    /// Adds an input in place, as those of a dynamic combo's option are.
    fn add(&self, content: &mut Content, name: &str, spec: Spec<'_>) {
        if spec.is_widget() {
            self.add_widget(content, name, spec);
        } else {
            self.add_socket(content, name, spec);
        }
    }

    fn add_socket(&self, content: &mut Content, name: &str, spec: Spec<'_>) {
        let role = match group::compile(self, name, spec, content) {
            Some(group) => Role::Group(group),
            None => Role::Socket,
        };
        content.inputs.push(Input {
            name: name.into(),
            kind: spec.slot_kind().into(),
            role,
        });
    }

    fn add_widget(&self, content: &mut Content, name: &str, spec: Spec<'_>) {
        if !spec.flag("socketless") {
            let dynamic = spec.widget_kind() == widget::DYNAMIC_COMBO;
            content.inputs.push(Input {
                name: name.into(),
                kind: spec.kind().into(),
                role: if dynamic { Role::Dynamic } else { Role::Widget },
            });
        }
        widget::compile(self, &mut content.widgets, name, spec);
    }
}

/// Required, then optional inputs, in the order of declaration.
fn declared(inputs: Option<&Value>) -> Vec<Declared<'_>> {
    let section = |name: &str, required| {
        let fields = inputs.and_then(|inputs| inputs.get(name)?.as_object());
        fields
            .into_iter()
            .flatten()
            .map(move |(name, spec)| Declared {
                name,
                spec: Spec(spec),
                required,
            })
    };
    let mut declared: Vec<Declared<'_>> = section("required", true).collect();
    for optional in section("optional", false) {
        // One name in both sections is one input.
        if !declared.iter().any(|input| input.name == optional.name) {
            declared.push(optional);
        }
    }
    declared
}

/// The same inputs in the order that the class asks for.
fn ordered<'a>(declared: &[Declared<'a>], order: Option<&Value>) -> Vec<Declared<'a>> {
    let mut rest: Vec<Declared<'a>> = declared.to_vec();
    let mut ordered = Vec::with_capacity(rest.len());
    for section in ["required", "optional"] {
        let names = order.and_then(|order| order.get(section)?.as_array());
        for name in names.into_iter().flatten().filter_map(Value::as_str) {
            if let Some(at) = rest.iter().position(|input| input.name == name) {
                ordered.push(rest.remove(at));
            }
        }
    }
    ordered.append(&mut rest);
    ordered
}

/// Which saved values belong to inputs that are sockets by `forceInput` today and were widgets once.
fn former_widgets(declared: &[Declared<'_>], content: &Content) -> Option<Box<[bool]>> {
    let mut mask = Vec::new();
    for input in declared {
        let former = input.spec.flag("forceInput");
        let present = content
            .widgets
            .iter()
            .any(|widget| *widget.name == *input.name);
        if former || present {
            mask.push(former);
            if input.spec.flag("control_after_generate") {
                mask.push(false);
            }
        }
    }
    mask.contains(&true).then(|| mask.into())
}

/// Types of the outputs. One that follows its inputs has the type that these allow.
fn outputs(fields: &Map<String, Value>) -> Box<[Box<str>]> {
    let list = |name: &str| fields.get(name).and_then(Value::as_array);
    let templates = list("output_matchtypes");
    let kind = |(index, kind): (usize, &Value)| match kind.as_str() {
        Some(MATCHED) => {
            let template = templates.and_then(|templates| templates.get(index)?.as_str());
            template
                .and_then(|id| allowed_types(fields, id))
                .unwrap_or("*")
                .into()
        }
        Some(kind) => kind.into(),
        // A list of choices.
        None => "COMBO".into(),
    };
    list("output")
        .into_iter()
        .flatten()
        .enumerate()
        .map(kind)
        .collect()
}

fn allowed_types<'a>(fields: &'a Map<String, Value>, template_id: &str) -> Option<&'a str> {
    declared(fields.get("input")).into_iter().find_map(|input| {
        let template = input.spec.option("template")?;
        let id = template.get("template_id")?.as_str()?;
        (id == template_id).then(|| template.get("allowed_types")?.as_str())?
    })
}
