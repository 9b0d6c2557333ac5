//! The widgets that an input has, by its type.

use super::super::plan::{Choice, Content, Kind, Transform, Widget};
use super::super::script;
use super::{Context, Spec};
use serde_json::{Value, json};

/// Type of a combo whose options have inputs of their own.
pub(super) const DYNAMIC_COMBO: &str = "COMFY_DYNAMICCOMBO_V3";

/// Types that the editor has widgets for. Any other input is a socket.
const KNOWN: [&str; 27] = [
    "INT",
    "FLOAT",
    "STRING",
    "BOOLEAN",
    "COMBO",
    DYNAMIC_COMBO,
    "CHART",
    "COLOR",
    "COLORS",
    "COMPOSITOR",
    "CURVE",
    "RANGE",
    "BOUNDING_BOX",
    "BOUNDING_BOXES",
    "MARKDOWN",
    "TEXTAREA",
    "PAINTER",
    "GALLERIA",
    "IMAGECOMPARE",
    "IMAGEUPLOAD",
    "LIGHT_INFO_PREVIEW",
    "LOAD_3D",
    "RESOLUTION_PREVIEW",
    "VIDEO_EDIT",
    "WEBCAM",
    "AUDIO_RECORD",
    "AUDIO_UI",
];

/// Whether inputs of a type have widgets.
pub(super) fn is_known(kind: &str) -> bool {
    KNOWN.contains(&kind)
}

/// Adds the widgets of an input.
pub(super) fn compile(context: &Context, widgets: &mut Vec<Widget>, name: &str, spec: Spec<'_>) {
    let default = spec.default().cloned();
    let or = |fallback: Value| Some(default.clone().unwrap_or(fallback));
    let widget = |kind, default| Widget::new(name, kind, default);
    match spec.widget_kind() {
        "INT" => integer(widgets, name, spec),
        "FLOAT" => {
            let controlled = spec.flag("control_after_generate");
            push_controlled(widgets, widget(float(spec), or(json!(0))), controlled);
        }
        "STRING" => widgets.push(text(name, spec, spec.flag("multiline"))),
        "BOOLEAN" => widgets.push(widget(Kind::Boolean, or(json!(false)))),
        "COMBO" => combo(widgets, name, spec),
        DYNAMIC_COMBO => widgets.push(dynamic_combo(context, name, spec)),
        "CURVE" => {
            let straight = json!({"points": [[0, 0], [1, 1]], "interpolation": "monotone_cubic"});
            widgets.push(widget(Kind::Curve, or(straight)));
        }
        "BOUNDING_BOX" => {
            let whole = json!({"x": 0, "y": 0, "width": 512, "height": 512});
            widgets.push(widget(Kind::Other, or(whole)));
            widgets.extend(["x", "y", "width", "height"].map(Widget::control));
        }
        "IMAGECOMPARE" => {
            let value = json!({"__value__": ["", ""]});
            widgets.push(Widget::constant(name, Kind::Other, value));
        }
        "IMAGEUPLOAD" => widgets.push(Widget::control(name)),
        "LOAD_3D" => viewport(context, widgets, name),
        "WEBCAM" | "AUDIO_RECORD" => widgets.push(widget(Kind::Recording, None)),
        "AUDIO_UI" => widgets.push(Widget::constant(name, Kind::Preview, json!(""))),
        "RESOLUTION_PREVIEW" => {}
        "MARKDOWN" => widgets.push(text(name, spec, true)),
        kind => widgets.push(widget(Kind::Other, or(of_new_node(kind)))),
    }
}

/// What a widget of a type without rules of its own has, where its class does not say.
fn of_new_node(kind: &str) -> Value {
    match kind {
        "BOUNDING_BOXES" | "COLORS" | "GALLERIA" | "LIGHT_INFO_PREVIEW" => json!([]),
        "CHART" | "COMPOSITOR" => json!({}),
        "COLOR" => json!("#000000"),
        "RANGE" => json!({"min": 0, "max": 1}),
        "VIDEO_EDIT" => json!({
            "trim": {"start_time": 0, "duration": 0},
            "crop": {"x": 0, "y": 0, "width": 0, "height": 0},
        }),
        _ => json!(""),
    }
}

fn push_controlled(widgets: &mut Vec<Widget>, mut widget: Widget, controlled: bool) {
    widget.controlled = controlled;
    widgets.push(widget);
    if controlled {
        widgets.push(Widget::control("control_after_generate"));
    }
}

fn integer(widgets: &mut Vec<Widget>, name: &str, spec: Spec<'_>) {
    let number = |option: &str, fallback| {
        spec.option(option)
            .and_then(Value::as_f64)
            .unwrap_or(fallback)
    };
    let kind = Kind::Integer {
        min: number("min", 0.0),
        max: number("max", f64::INFINITY),
        step: number("step", 1.0),
    };
    let default = spec.default().cloned().unwrap_or(json!(0));
    // A seed needs not say that it is one.
    let controlled = match spec.option("control_after_generate") {
        Some(_) => spec.flag("control_after_generate"),
        None => matches!(name, "seed" | "noise_seed"),
    };
    push_controlled(widgets, Widget::new(name, kind, Some(default)), controlled);
}

/// Rounded to the decimal places of its step, unless the class says otherwise.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number of places is cut to what a number can have"
)]
fn float(spec: Spec<'_>) -> Kind {
    let number = |option: &str| spec.option(option).and_then(Value::as_f64);
    let places = -number("step").unwrap_or(0.5).log10().floor();
    let digits = places.clamp(0.0, 17.0) as u8;
    let round = number("round").filter(|round| *round != 0.0);
    let of_step = (digits > 0).then(|| 10_f64.powi(-i32::from(digits)));
    Kind::Float {
        min: number("min").unwrap_or(0.0),
        max: number("max").unwrap_or(2048.0),
        round: round.or(of_step),
        digits,
    }
}

fn text(name: &str, spec: Spec<'_>, multiline: bool) -> Widget {
    let default = spec.default().map(script::text).unwrap_or_default();
    let dynamic = spec.option("dynamicPrompts") == Some(&Value::Bool(true));
    Widget {
        transform: if dynamic {
            Transform::DynamicPrompt
        } else {
            Transform::None
        },
        ..Widget::new(name, Kind::Text { multiline }, Some(default.into()))
    }
}

fn combo(widgets: &mut Vec<Widget>, name: &str, spec: Spec<'_>) {
    let choices = match spec.0.get(0) {
        Some(Value::Array(choices)) => Some(choices),
        _ => spec.option("options").and_then(Value::as_array),
    };
    let first = choices.and_then(|choices| choices.first()).cloned();
    let stated = spec.default().filter(|value| script::truthy(value));
    let controlled = spec.flag("control_after_generate");
    if spec.flag("multi_select") {
        let several = Widget::new(name, Kind::Other, Some(json!([])));
        return push_controlled(widgets, several, controlled);
    }
    let default = stated.or(first.as_ref()).cloned();
    let combo = Widget::new(name, Kind::Combo { first }, default);
    push_controlled(widgets, combo, controlled);
    if controlled {
        widgets.push(Widget::control("control_filter_list"));
    }
    if let Some(remote) = spec.option("remote") {
        widgets.push(Widget::control("Auto-refresh"));
        if remote.get("refresh_button").is_some_and(script::truthy) {
            widgets.push(Widget::new("refresh", Kind::Other, Some(json!("refresh"))));
        }
    }
}

fn dynamic_combo(context: &Context, name: &str, spec: Spec<'_>) -> Widget {
    let options = spec.option("options").and_then(Value::as_array);
    let choices: Vec<Choice> = options
        .into_iter()
        .flatten()
        .filter_map(|option| choice(context, name, option))
        .collect();
    let first = choices.first().map(|choice| Value::from(&*choice.key));
    let default = spec.default().cloned().or(first);
    Widget::new(name, Kind::Dynamic(choices), default)
}

fn choice(context: &Context, combo: &str, option: &Value) -> Option<Choice> {
    let mut content = Content::default();
    for section in ["required", "optional"] {
        let inputs = option
            .get("inputs")
            .and_then(|inputs| inputs.get(section)?.as_object());
        for (name, spec) in inputs.into_iter().flatten() {
            context.add(&mut content, &format!("{combo}.{name}"), Spec(spec));
        }
    }
    // The editor looks for wildcards only in widgets that a new node has.
    for widget in &mut content.widgets {
        widget.transform = Transform::None;
    }
    let key = option.get("key")?.as_str()?.into();
    Some(Choice { key, content })
}

/// The view of a scene, behind the buttons of a class that loads a file into it.
fn viewport(context: &Context, widgets: &mut Vec<Widget>, name: &str) {
    if context.has_model_file {
        let buttons = [
            ("upload 3d model", "upload3dmodel"),
            ("upload extra resources", "uploadExtraResources"),
            ("clear", "clear"),
        ];
        let button =
            |(name, value): (&str, &str)| Widget::new(name, Kind::Other, Some(json!(value)));
        widgets.extend(buttons.map(button));
    }
    widgets.push(Widget::new(name, Kind::Viewport, None));
}
