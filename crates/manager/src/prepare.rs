//! Makes the prompt that is sent from the one that was read: images uploaded, values set, seeds
//! drawn. Called by [`crate::Manager::run`] before a job is stored; needs the server only for
//! uploads and for inputs that the file does not have.

use crate::error::{Error, ErrorKind};
use comfyctl_client::{Client, Upload, UploadSource};
use comfyctl_workflow::convert::SeedMode;
use comfyctl_workflow::{
    InputAddress, Node, NodeSelector, Override, Prompt, Selector, SelectorError, nearest,
    parse_value, split_assignment,
};
use serde_json::Value;
use std::str::FromStr;

/// What to change in a workflow before it runs.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Values to set.
    pub overrides: Vec<Override>,
    /// Images to upload and set.
    pub images: Vec<ImageOverride>,
    /// What to do with the random seeds.
    pub seed: SeedChoice,
    /// What becomes of seeds of which the editor's file says that they change from run to run. A
    /// prompt does not say so of any.
    pub seed_mode: SeedMode,
    /// Leaves all checks of values to the server.
    pub unchecked: bool,
}

impl Changes {
    /// Whether nothing is changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.overrides.is_empty() && self.images.is_empty() && self.seed == SeedChoice::Saved
    }

    /// What is changed, for the history: each selector with what it was set to, beside what was
    /// changed before, and the seed that was set.
    pub(crate) fn describe(&self, before: Option<Value>, seed: Option<u64>) -> Option<Value> {
        let mut all = match before {
            Some(Value::Object(before)) => before,
            _ => serde_json::Map::new(),
        };
        let set = |change: &Override| (change.selector.to_string(), change.typed.clone().into());
        let image = |image: &ImageOverride| {
            let file = match &image.upload.source {
                UploadSource::Path(path) => path.display().to_string(),
                UploadSource::Bytes(_) => image.upload.name.clone(),
            };
            (image.selector.to_string(), Value::String(file))
        };
        all.extend(self.overrides.iter().map(set));
        all.extend(self.images.iter().map(image));
        all.extend(seed.map(|seed| ("seed".to_owned(), seed.into())));
        (!all.is_empty()).then_some(Value::Object(all))
    }
}

/// An image for an input, to be uploaded.
#[derive(Debug, Clone)]
pub struct ImageOverride {
    selector: Selector,
    upload: Upload,
}

impl ImageOverride {
    /// What is uploaded for an input; a node alone means its input `image`.
    pub fn new(selector: &str, upload: Upload) -> Result<Self, SelectorError> {
        let selector = selector.parse::<Selector>().or_else(|error| {
            let node = selector.parse::<NodeSelector>().map_err(|_| error)?;
            Ok(Selector {
                node,
                input: "image".to_owned(),
            })
        })?;
        Ok(Self { selector, upload })
    }
}

/// What becomes of inputs called `seed` or `noise_seed`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SeedChoice {
    /// They stay as they are.
    #[default]
    Saved,
    /// All get this one.
    Fixed(u64),
    /// All get one that is drawn now.
    Random,
}

/// Seeds that every ComfyUI sampler takes and that survive JSON in JavaScript.
const SEEDS: std::ops::RangeInclusive<u64> = 0..=0x1f_ffff_ffff_ffff;

/// `SELECTOR=FILE`, a file of this machine.
impl FromStr for ImageOverride {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let (selector, file) = split_assignment(text)?;
        Self::new(selector, Upload::from_path(file))
    }
}

/// Applies the changes; gives back the seed that was set, if one was.
pub(crate) async fn apply(
    changes: &Changes,
    prompt: &mut Prompt,
    client: &Client,
) -> Result<Option<u64>, Error> {
    let mut values = Vec::new();
    for change in &changes.overrides {
        let address = find_input(&change.selector, prompt, client).await?;
        let value = parse_value(&change.typed, current(prompt, &address));
        values.push((address, value));
    }
    let mut uploads = Vec::new();
    for image in &changes.images {
        uploads.push((
            find_input(&image.selector, prompt, client).await?,
            &image.upload,
        ));
    }
    let seed = seed_to_set(changes.seed, prompt)?;
    // Nothing is uploaded before all is known to fit.
    for (address, upload) in uploads {
        let uploaded = client.upload_image(upload).await?;
        values.push((address, Value::String(uploaded.input_value())));
    }
    for (address, value) in values {
        prompt.set(&address, value);
    }
    if let Some(seed) = seed {
        for address in prompt.seeds() {
            prompt.set(&address, seed.into());
        }
    }
    Ok(seed)
}

fn current<'a>(prompt: &'a Prompt, address: &InputAddress) -> Option<&'a Value> {
    prompt.node(address.node.as_str())?.input(&address.input)
}

/// An input need not be in the file: optional ones often are not. Then the server is asked whether
/// the class has it.
async fn find_input(
    selector: &Selector,
    prompt: &Prompt,
    client: &Client,
) -> Result<InputAddress, Error> {
    let address = selector.resolve(prompt)?;
    if current(prompt, &address).is_some() {
        return Ok(address);
    }
    let class = prompt
        .node(address.node.as_str())
        .map(|node| node.class_type().to_owned());
    let class = class.unwrap_or_default();
    let definition = client.definition(&class).await?;
    let declared: Vec<String> = definition
        .iter()
        .flat_map(|definition| definition.input.visible())
        .map(|(name, _)| name.to_owned())
        .collect();
    // Inputs of dynamic nodes are declared by their first part (`images.image0`).
    let stem = address.input.split('.').next().unwrap_or_default();
    if declared.iter().any(|name| name == stem) {
        return Ok(address);
    }
    let inputs = prompt
        .node(address.node.as_str())
        .into_iter()
        .flat_map(Node::inputs);
    let mut known: Vec<String> = inputs.map(|(name, _)| name.to_owned()).collect();
    known.extend(
        declared
            .into_iter()
            .filter(|name| !known.contains(name))
            .collect::<Vec<_>>(),
    );
    Err(ErrorKind::NoSuchInput {
        node: address.node.to_string(),
        class,
        nearest: nearest(&address.input, known.iter().map(String::as_str)).map(str::to_owned),
        input: address.input,
        known,
    }
    .into())
}

/// A seed that every sampler takes.
pub(crate) fn draw_seed() -> u64 {
    rand::random_range(SEEDS)
}

fn seed_to_set(choice: SeedChoice, prompt: &Prompt) -> Result<Option<u64>, Error> {
    let seed = match choice {
        SeedChoice::Saved => return Ok(None),
        SeedChoice::Fixed(seed) => seed,
        SeedChoice::Random => draw_seed(),
    };
    if prompt.seeds().is_empty() {
        return Err(ErrorKind::NoSeed.into());
    }
    Ok(Some(seed))
}
