//! The node classes that are executed for real.
//!
//! Called by the executor. A class is a function from its inputs to its outputs; it reads and writes
//! files only through the folders of the server, and looks for an interruption wherever it waits.

mod images;
mod load_image;
mod models;
mod preview_any;
mod sampler;
mod save_image;
mod sleep;

use crate::data::{Data, Latents};
use crate::execution::{Events, Progress};
use crate::fault::FaultKind;
use crate::job::Job;
use crate::queue::Waited;
use crate::save_path::Counters;
use crate::server::Server;
use comfyctl_workflow::validation::python;
use image::RgbImage;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// What a node gave.
#[derive(Debug)]
pub(crate) struct Produced {
    /// One value per output slot.
    pub(crate) outputs: Vec<Data>,
    /// What an output node shows.
    pub(crate) ui: Option<Value>,
}

impl From<Vec<Data>> for Produced {
    fn from(outputs: Vec<Data>) -> Self {
        Self { outputs, ui: None }
    }
}

/// Why a node gave nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Somebody interrupted the job.
    Interrupted,
    /// The server is killed.
    Killed,
    /// An exception, with the name of its type in Python.
    Raised { kind: String, message: String },
}

impl Failure {
    pub(crate) fn raised(kind: &str, message: impl Into<String>) -> Self {
        Self::Raised {
            kind: kind.to_owned(),
            message: message.into(),
        }
    }
}

/// The inputs of a node, links already followed.
#[derive(Debug, Default, Clone)]
pub(crate) struct Inputs(IndexMap<String, Data>);

impl Inputs {
    pub(crate) fn insert(&mut self, name: &str, data: Data) {
        self.0.insert(name.to_owned(), data);
    }

    /// As an execution error shows them.
    pub(crate) fn shown(&self) -> Map<String, Value> {
        let shown = self.0.iter();
        shown
            .map(|(name, data)| (name.clone(), json!([data.shown()])))
            .collect()
    }

    fn get(&self, name: &str) -> Result<&Data, Failure> {
        let missing = || format!("execute() missing 1 required positional argument: '{name}'");
        self.0
            .get(name)
            .ok_or_else(|| Failure::raised("TypeError", missing()))
    }

    fn images(&self, name: &str) -> Result<&[Arc<RgbImage>], Failure> {
        match self.get(name)? {
            Data::Images(images) => Ok(images),
            other => Err(no_attribute(other, "shape")),
        }
    }

    fn latents(&self, name: &str) -> Result<&Latents, Failure> {
        match self.get(name)? {
            Data::Latents(latents) => Ok(latents),
            other => Err(Failure::raised(
                "TypeError",
                format!("'{}' object is not subscriptable", other.type_name()),
            )),
        }
    }

    /// What a model, an encoder, a decoder or a conditioning was made of.
    fn named(&self, name: &str) -> Result<&Arc<str>, Failure> {
        match self.get(name)? {
            Data::Model(made_of)
            | Data::Clip(made_of)
            | Data::Vae(made_of)
            | Data::Conditioning(made_of) => Ok(made_of),
            other => Err(no_attribute(other, "clone")),
        }
    }

    fn literal(&self, name: &str) -> Result<&Value, Failure> {
        match self.get(name)? {
            Data::Literal(value) => Ok(value),
            other => Err(no_attribute(other, "value")),
        }
    }

    fn text(&self, name: &str) -> Result<String, Failure> {
        Ok(python::text(self.literal(name)?))
    }

    fn whole(&self, name: &str) -> Result<u32, Failure> {
        let value = self.literal(name)?;
        let whole = value.as_u64().and_then(|whole| u32::try_from(whole).ok());
        whole.ok_or_else(|| no_number(value))
    }

    fn float(&self, name: &str) -> Result<f64, Failure> {
        let value = self.literal(name)?;
        let float = value.as_f64().or_else(|| python::non_finite(value));
        float.ok_or_else(|| no_number(value))
    }
}

fn no_attribute(data: &Data, attribute: &str) -> Failure {
    let message = format!(
        "'{}' object has no attribute '{attribute}'",
        data.type_name()
    );
    Failure::raised("AttributeError", message)
}

fn no_number(value: &Value) -> Failure {
    let name = python::type_name(value);
    let message = format!("'{name}' object cannot be interpreted as an integer");
    Failure::raised("TypeError", message)
}

/// What a node may use while it runs.
pub(crate) struct Context<'run> {
    pub(crate) server: &'run Server,
    pub(crate) job: &'run Job,
    pub(crate) prompt: &'run Value,
    pub(crate) node: &'run str,
    pub(crate) class: &'run str,
    pub(crate) inputs: Inputs,
    pub(crate) counters: &'run Counters,
    pub(crate) progress: &'run mut Progress,
    pub(crate) events: &'run Events<'run>,
}

impl Context<'_> {
    /// Says how far the node is, and ends it when the job was interrupted.
    fn step(&mut self, value: Value, max: Value, preview: Option<&[u8]>) -> Result<(), Failure> {
        if self.server.queue.is_interrupted() {
            return Err(Failure::Interrupted);
        }
        self.progress.update(self.node, value.clone(), max.clone());
        self.events.progress_state(self.progress);
        self.events.progress(self.node, &value, &max, preview);
        Ok(())
    }

    /// Lets time pass.
    fn wait(&self, time: Duration) -> Result<(), Failure> {
        if time.is_zero() {
            return Ok(());
        }
        match self.server.queue.wait(time) {
            Waited::TimePassed => Ok(()),
            Waited::Interrupted => Err(Failure::Interrupted),
        }
    }

    /// The time that a fault adds to this node.
    fn slowness(&self) -> Duration {
        let slow = self.server.faults.strike(|kind| match kind {
            FaultKind::SlowNode(class, delay) if class == self.class => Some(*delay),
            _ => None,
        });
        slow.unwrap_or_default()
    }
}

/// Whether the class is asynchronous in ComfyUI, so that it starts before others.
pub(crate) fn is_async(class: &str) -> bool {
    class == "TestSleep"
}

/// Runs one node.
pub(crate) fn run(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let out_of_memory = context.server.faults.strike(|kind| match kind {
        FaultKind::OutOfMemory(class) if class == context.class => Some(()),
        _ => None,
    });
    if out_of_memory.is_some() {
        return Err(Failure::raised(
            "torch.OutOfMemoryError",
            "Allocation on device 0 would exceed allowed memory. (out of memory)\nThis error means \
             you ran out of memory on your GPU.",
        ));
    }
    let slowness = context.slowness();
    if context.class != "KSampler" {
        context.wait(slowness)?;
    }
    match context.class {
        "EmptyImage" => images::empty(context),
        "ImageScale" => images::scale(context),
        "ImageInvert" => images::invert(context),
        "ImageBatch" => images::batch(context),
        "LoadImage" => load_image::load(context),
        "SaveImage" => save_image::save(context),
        "PreviewImage" => save_image::preview(context),
        "CheckpointLoaderSimple" => models::load_checkpoint(context),
        "LoraLoader" => models::load_lora(context),
        "CLIPTextEncode" => models::encode_text(context),
        "EmptyLatentImage" => models::empty_latent(context),
        "VAEDecode" => models::decode(context),
        "VAEEncode" => models::encode(context),
        "KSampler" => sampler::sample(context, slowness),
        "PreviewAny" => preview_any::preview(context),
        "TestSleep" => sleep::sleep(context),
        class => Err(Failure::raised(
            "NotImplementedError",
            format!("the simulator can validate `{class}`, but not execute it"),
        )),
    }
}
