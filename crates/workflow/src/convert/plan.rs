//! What the editor makes of a node class: its widgets in the order in which their values are
//! saved, and its input slots. Compiled once per class, read by every conversion.

use serde_json::Value;

/// A class, ready for converting its nodes.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Title of nodes without one.
    pub(crate) display_name: Box<str>,
    /// Widgets and inputs.
    pub(crate) content: Content,
    /// Type of each output.
    pub(crate) outputs: Box<[Box<str>]>,
    /// Which entries of a `widgets_values` of exactly this length belong to inputs that were
    /// widgets once and have to be dropped. `None` when no input of the class is such a one.
    pub(crate) former_widgets: Option<Box<[bool]>>,
    /// What is peculiar to the class.
    pub(crate) habit: Habit,
}

/// Classes that the editor treats by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Most.
    None,
    /// Old files have `sample_` before the name of the sampler.
    Sampler,
    /// Grows a text widget for each of its choices.
    CustomCombo,
}

/// Widgets and inputs of a node, or of one option of a dynamic combo.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// In the order of `widgets_values`; those of a dynamic combo's option follow it.
    pub(crate) widgets: Vec<Widget>,
    /// In the order of the node's slots; those of a dynamic combo's option follow it.
    pub(crate) inputs: Vec<Input>,
}

/// A widget.
#[derive(Debug)]
pub(crate) struct Widget {
    /// Name, the same as of its input: `seed`, `resize_type.width`.
    pub(crate) name: Box<str>,
    /// What it holds.
    pub(crate) kind: Kind,
    /// Whether it takes an entry of `widgets_values`.
    pub(crate) saved: bool,
    /// Whether its value goes into the prompt.
    pub(crate) sent: bool,
    /// Whether the entry behind it says what becomes of the value after a run.
    pub(crate) controlled: bool,
    /// What happens to a text on its way into the prompt.
    pub(crate) transform: Transform,
    /// Value of a new node.
    pub(crate) default: Option<Value>,
}

/// What a widget holds.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A whole number. Values from a primitive node snap to the step.
    Integer { min: f64, max: f64, step: f64 },
    /// A number. Values from a primitive node are rounded, if there is a step to round to, and then
    /// kept within the limits.
    Float {
        min: f64,
        max: f64,
        round: Option<f64>,
        digits: u8,
    },
    /// Text; of several lines where true.
    Text { multiline: bool },
    /// True or false.
    Boolean,
    /// One of a list, whose first one stands for null.
    Combo { first: Option<Value> },
    /// One of a list of keys, each with inputs of its own.
    Dynamic(Vec<Choice>),
    /// A curve, which is sent with its type.
    Curve,
    /// What becomes of the value before it after a run, a button, a filter: no input.
    Control,
    /// Anything else, sent as it is.
    Other,
    /// The view of a 3D scene, which a browser draws.
    Viewport,
    /// A picture or sound that a browser records.
    Recording,
    /// The address of a preview in the browser. Sent by older versions only.
    Preview,
}

/// What happens to a text on its way into the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transform {
    /// Nothing.
    None,
    /// Comments go, wildcards are drawn.
    DynamicPrompt,
    /// `%Node.widget%` and `%date:...%` are filled in.
    FileName,
}

/// One option of a dynamic combo.
#[derive(Debug)]
pub(crate) struct Choice {
    /// Its key, the value of the combo.
    pub(crate) key: Box<str>,
    /// Its inputs.
    pub(crate) content: Content,
}

/// An input slot.
#[derive(Debug)]
pub(crate) struct Input {
    /// Name.
    pub(crate) name: Box<str>,
    /// Type, for matching the inputs and outputs of bypassed nodes.
    pub(crate) kind: Box<str>,
    /// What it belongs to.
    pub(crate) role: Role,
}

/// What an input slot belongs to.
#[derive(Debug)]
pub(crate) enum Role {
    /// Itself.
    Socket,
    /// The widget of the same name.
    Widget,
    /// The dynamic combo of the same name.
    Dynamic,
    /// A group that grows with its links; the slot itself does not exist.
    Group(Group),
}

/// Inputs of which there are as many as are linked, and one more.
#[derive(Debug)]
pub(crate) struct Group {
    /// The members that there can be, in order.
    pub(crate) members: Vec<Input>,
    /// How many a new node has.
    pub(crate) initial: usize,
}

impl Widget {
    /// A widget whose value is saved and sent.
    pub(crate) fn new(name: &str, kind: Kind, default: Option<Value>) -> Self {
        Self {
            name: name.into(),
            kind,
            saved: true,
            sent: true,
            controlled: false,
            transform: Transform::None,
            default,
        }
    }

    /// A widget whose value is saved only.
    pub(crate) fn control(name: &str) -> Self {
        Self {
            sent: false,
            ..Self::new(name, Kind::Control, None)
        }
    }

    /// A widget that takes no saved value and sends always the same.
    pub(crate) fn constant(name: &str, kind: Kind, value: Value) -> Self {
        Self {
            saved: false,
            ..Self::new(name, kind, Some(value))
        }
    }
}

/// Never made by a definition: the option that a `CustomCombo` grows.
pub(crate) fn grown_option() -> Widget {
    Widget::new("option", Kind::Other, Some(Value::String(String::new())))
}
