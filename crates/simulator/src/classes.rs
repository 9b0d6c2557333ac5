//! The node classes that the server has: its own, and those it was given to validate with.
//!
//! Asked by validation and by `GET /object_info`. Lists of models and images are read from the
//! folders whenever they are asked for, as a real server does.

use crate::folders::{Folders, annotated, inside, models_in};
use comfyctl_workflow::definitions::InputSpec;
use comfyctl_workflow::validation::Classes;
use comfyctl_workflow::{Definition, Definitions, Replacements, Stumble};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

const OWN: &str = include_str!("definitions.json");

/// What `GET /node_replacements` tells: the entries of ComfyUI 0.28.1.
pub(crate) const REPLACEMENTS: &str = include_str!("node_replacements.json");

/// Inputs whose choices are files: class, input, folder of models (none for the input folder).
const FILE_CHOICES: [(&str, &str, Option<&str>); 3] = [
    ("CheckpointLoaderSimple", "ckpt_name", Some("checkpoints")),
    ("LoraLoader", "lora_name", Some("loras")),
    ("LoadImage", "image", None),
];

#[derive(Debug)]
pub(crate) struct SimulatedClasses {
    definitions: Definitions,
    parsed: Mutex<HashMap<String, Option<Arc<Definition>>>>,
    folders: Arc<Folders>,
}

impl SimulatedClasses {
    pub(crate) fn new(more: &Definitions, folders: Arc<Folders>) -> Self {
        let mut definitions = more.clone();
        // Ours win: they say what this server can execute.
        if let Ok(own) = Definitions::from_slice(OWN.as_bytes()) {
            definitions.extend(own);
        }
        let replacements = serde_json::from_str(REPLACEMENTS).unwrap_or_default();
        definitions.set_replacements(Replacements::new(replacements));
        Self {
            definitions,
            parsed: Mutex::default(),
            folders,
        }
    }

    /// The definition without the choices that are files: reading folders takes time.
    pub(crate) fn parsed(&self, class: &str) -> Option<Arc<Definition>> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = parsed.get(class) {
            return known.clone();
        }
        let definition = Classes::definition(&self.definitions, class);
        parsed.insert(class.to_owned(), definition.clone());
        definition
    }

    /// Puts other classes in the place of those that are gone, as the server does with every prompt
    /// before it validates it.
    pub(crate) fn replace_gone(&self, prompt: &mut Value) -> Result<(), Stumble> {
        let Some(nodes) = prompt.as_object_mut() else {
            return Ok(());
        };
        let gone = nodes.iter().filter_map(|(id, node)| {
            node.get("inputs")?;
            let class = node.get("class_type")?.as_str()?;
            let replacement = self.definitions.replacements().of(class)?;
            let gone = self.definitions.raw(class).is_none();
            let there = self.definitions.raw(&replacement.class).is_some();
            (gone && there).then(|| (id.clone(), replacement))
        });
        let gone: Vec<_> = gone.collect();
        gone.into_iter()
            .try_for_each(|(id, replacement)| replacement.apply(nodes, &id))
    }

    fn choices(&self, folder: Option<&str>) -> Vec<String> {
        if let Some(folder) = folder {
            return models_in(&self.folders.models, folder);
        }
        let entries = fs_err::read_dir(&self.folders.input).into_iter().flatten();
        let mut names: Vec<String> = entries
            .flatten()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// One class as `/object_info` shows it.
    pub(crate) fn info(&self, class: &str) -> Option<Value> {
        let mut info: Value = serde_json::from_str(self.definitions.raw(class)?.get()).ok()?;
        for (_, input, folder) in FILE_CHOICES.iter().filter(|(owner, ..)| *owner == class) {
            info["input"]["required"][*input][0] = json!(self.choices(*folder));
        }
        Some(info)
    }

    /// All classes as `/object_info` shows them.
    pub(crate) fn all(&self) -> Value {
        let classes = self.definitions.class_names();
        let infos = classes.filter_map(|class| Some((class.to_owned(), self.info(class)?)));
        Value::Object(infos.collect())
    }

    /// The file that an image input names.
    pub(crate) fn image_file(&self, value: &str) -> Option<PathBuf> {
        let (name, kind) = annotated(value, "input");
        let path = inside(self.folders.of_type(kind)?, name)?;
        path.is_file().then_some(path)
    }
}

impl Classes for SimulatedClasses {
    fn definition(&self, class: &str) -> Option<Arc<Definition>> {
        let definition = self.parsed(class)?;
        let files = FILE_CHOICES
            .iter()
            .filter(|(owner, ..)| *owner == class)
            .find_map(|(_, input, folder)| Some((*input, (*folder)?)));
        let Some((input, folder)) = files else {
            return Some(definition);
        };
        let mut definition = Definition::clone(&definition);
        if let Some(InputSpec(spec)) = definition.input.required.get_mut(input) {
            spec[0] = json!(self.choices(Some(folder)));
        }
        Some(Arc::new(definition))
    }

    fn judges(&self, class: &str, input: &str, _spec: &InputSpec) -> bool {
        class == "LoadImage" && input == "image"
    }

    fn judge(&self, _class: &str, _input: &str, value: &Value) -> Result<(), String> {
        let name = value.as_str().unwrap_or_default();
        match self.image_file(name) {
            Some(_) => Ok(()),
            None => Err(format!("Invalid image file: {name}")),
        }
    }
}
