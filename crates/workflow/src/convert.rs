//! From the editor's format to a prompt: exactly what the editor would send, and better where the
//! editor fails or sends what no server takes. Every difference is a [`Warning`].
//!
//! Called by everything that runs or shows a workflow. Pure: chance and the time of day are given
//! by the caller. Each step has a file of its own: `scene` takes the file apart, `load` gives nodes
//! their widgets and slots, `primitive` and `promoted` settle values that come from other nodes,
//! `resolve` follows links and `emit` writes. Input of any form ends in a prompt or an error, in
//! time and memory bounded by the file's size.

mod bypass;
pub(crate) mod compile;
mod dialect;
mod emit;
mod error;
pub(crate) mod fill;
mod load;
mod local_time;
mod mode;
pub(crate) mod plan;
mod primitive;
mod promoted;
mod reference;
mod resolve;
mod saved;
mod scene;
mod script;
mod seed;
mod slots;
mod table;
mod warning;
pub(crate) mod wildcard;
mod write_back;

pub use dialect::{Dialect, NotAVersion};
pub use error::{ConvertError, MissingClass};
pub use local_time::LocalTime;
pub use mode::ModeError;
pub(crate) use scene::lives_in_editor;
pub use warning::{Code, Warning};
pub use write_back::WrittenBack;

use crate::definitions::Definitions;
use crate::prompt::Prompt;
use crate::ui::UiWorkflow;
use emit::Emitter;
use load::LoadedGraph;
use plan::Plan;
use promoted::{HostValues, Promoted};
use reference::References;
use resolve::Resolver;
use scene::Scene;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::OnceLock;

/// How to convert.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The version of the editor to convert like.
    pub dialect: Dialect,
    /// What becomes of seeds.
    pub seeds: SeedMode,
    /// Whether values are taken by name where the file has names beside the list
    /// (`widgets_values_named`). That survives changes of a class, and the editor does not do it.
    pub named_values: bool,
    /// Whether texts stay as they are saved, with their comments, wildcards and references, for
    /// someone who looks at a file or changes it. What is sent has none of them.
    pub texts_as_saved: bool,
    /// The time for file names with `%date:...%`. Without it they stay as they are.
    pub now: Option<LocalTime>,
}

impl Options {
    /// What happens to the text of a widget.
    fn transform(&self, widget: &plan::Widget) -> plan::Transform {
        if self.texts_as_saved {
            plan::Transform::None
        } else {
            widget.transform
        }
    }
}

/// What becomes of values that the editor may change after a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SeedMode {
    /// They stay as they are saved.
    #[default]
    Saved,
    /// Those that their author did not fix are drawn anew.
    Randomize,
    /// Those that their author did not fix go up by their step.
    Increment,
}

/// Chance, for wildcards and drawn seeds.
pub trait RandomSource {
    /// A number from 0 to `bound` - 1; `bound` is never 0.
    fn below(&mut self, bound: u64) -> u64;
}

impl<F: FnMut(u64) -> u64> RandomSource for F {
    fn below(&mut self, bound: u64) -> u64 {
        self(bound)
    }
}

/// What came of a conversion.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    /// The graph to post.
    pub prompt: Prompt,
    /// Where it is not what the editor would send, and what looks wrong.
    pub warnings: Vec<Warning>,
}

/// Converts workflows with the definitions of one server. Each class is compiled when it is first
/// met, and then kept: make one converter for many workflows.
///
/// ```
/// use comfyctl_workflow::convert::{Converter, Options};
/// use comfyctl_workflow::{Definitions, ui::UiWorkflow};
/// use serde_json::json;
///
/// let definitions = Definitions::from_slice(br#"{"EmptyImage": {"input": {"required": {
///     "width": ["INT", {"default": 512}], "height": ["INT", {"default": 512}]}}}}"#).unwrap();
/// let file = json!({"links": [], "nodes": [{"id": 1, "type": "EmptyImage", "widgets_values": [64]}]});
/// let workflow = UiWorkflow::from_value(file).unwrap();
///
/// let converter = Converter::new(&definitions);
/// let converted = converter.convert(&workflow, &Options::default(), &mut |_| 0).unwrap();
/// let node = converted.prompt.node("1").unwrap();
/// assert_eq!((node.input("width"), node.input("height")), (Some(&json!(64)), Some(&json!(512))));
/// ```
#[derive(Debug)]
pub struct Converter {
    classes: HashMap<String, Class>,
}

#[derive(Debug)]
struct Class {
    definition: Box<serde_json::value::RawValue>,
    plan: OnceLock<Option<Box<Plan>>>,
}

impl Converter {
    /// Takes the definitions of a server. They are not parsed yet.
    pub fn new(definitions: &Definitions) -> Self {
        let class = |name: &str| {
            let definition = definitions.raw(name)?.to_owned();
            let plan = OnceLock::new();
            Some((name.to_owned(), Class { definition, plan }))
        };
        Self {
            classes: definitions.class_names().filter_map(class).collect(),
        }
    }

    /// Converts a workflow. `random` is asked for wildcards and for seeds that are to be drawn.
    pub fn convert(
        &self,
        workflow: &UiWorkflow,
        options: &Options,
        random: &mut dyn RandomSource,
    ) -> Result<Conversion, ConvertError> {
        let mut warnings = Vec::new();
        let loaded = Loaded::new(workflow, self, options, &mut warnings)?;
        let mut emitter = Emitter {
            resolver: Resolver::new(&loaded),
            options,
            random,
            references: References::new(&loaded.scene, &loaded.graphs, options.now),
            seeds: seed::Seeds::default(),
            warnings: &mut warnings,
        };
        let prompt = emitter.prompt()?;
        Ok(Conversion { prompt, warnings })
    }

    /// The plan of a class; `None` for one that the server does not have or describes wrongly.
    pub(crate) fn plan(&self, class: &str) -> Option<&Plan> {
        let found = self.classes.get(class)?;
        let compile = || {
            let definition: Value = serde_json::from_str(found.definition.get()).ok()?;
            compile::compile(class, &definition).map(Box::new)
        };
        found.plan.get_or_init(compile).as_deref()
    }
}

/// A workflow as the editor has it after loading: every widget with its value.
struct Loaded<'a> {
    scene: Scene<'a>,
    graphs: Vec<LoadedGraph<'a>>,
    promoted: Promoted,
    hosts: HostValues<'a>,
}

impl<'a> Loaded<'a> {
    fn new(
        workflow: &'a UiWorkflow,
        converter: &'a Converter,
        options: &Options,
        warnings: &mut Vec<Warning>,
    ) -> Result<Self, ConvertError> {
        let mut scene = Scene::new(workflow, converter, options.dialect, warnings)?;
        let mut graphs = load::load(&scene, options, warnings);
        let mut promoted = Promoted::new(&scene, &graphs);
        let hosts = if options.dialect.hosts_have_values() {
            HostValues::read(&mut scene, &mut graphs, &mut promoted, warnings)?
        } else {
            HostValues::default()
        };
        primitive::apply(&scene, &mut graphs, &promoted, options);
        Ok(Self {
            scene,
            graphs,
            promoted,
            hosts,
        })
    }
}

/// Converts one workflow: [`Converter`] for a single use.
pub fn convert(
    workflow: &UiWorkflow,
    definitions: &Definitions,
    options: &Options,
    random: &mut dyn RandomSource,
) -> Result<Conversion, ConvertError> {
    Converter::new(definitions).convert(workflow, options, random)
}
