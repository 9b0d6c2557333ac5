//! The folders of a server: what it reads, what it writes, and which paths lead outside.

use std::io::{Result, Write as _};
use std::path::{Component, Path, PathBuf};

/// Model folders in the order of `GET /models`.
pub(crate) const MODEL_FOLDERS: [&str; 26] = [
    "checkpoints",
    "configs",
    "loras",
    "vae",
    "text_encoders",
    "diffusion_models",
    "clip_vision",
    "style_models",
    "embeddings",
    "diffusers",
    "vae_approx",
    "controlnet",
    "gligen",
    "upscale_models",
    "latent_upscale_models",
    "custom_nodes",
    "hypernetworks",
    "photomaker",
    "classifiers",
    "model_patches",
    "audio_encoders",
    "background_removal",
    "frame_interpolation",
    "geometry_estimation",
    "optical_flow",
    "detection",
];

/// File endings that a model may have.
pub(crate) const MODEL_ENDINGS: [&str; 8] = [
    ".bin",
    ".ckpt",
    ".pkl",
    ".pt",
    ".pt2",
    ".pth",
    ".safetensors",
    ".sft",
];

/// Placeholders in a new `models` folder, so that well-known workflows find their models.
const PLACEHOLDERS: [(&str, &str); 5] = [
    ("checkpoints", "v1-5-pruned-emaonly.safetensors"),
    ("checkpoints", "v1-5-pruned-emaonly-fp16.safetensors"),
    ("checkpoints", "sd_xl_base_1.0.safetensors"),
    ("loras", "add_detail.safetensors"),
    ("vae", "vae-ft-mse-840000-ema-pruned.safetensors"),
];

/// Where a server reads and writes.
#[derive(Debug)]
pub(crate) struct Folders {
    pub(crate) root: PathBuf,
    pub(crate) input: PathBuf,
    pub(crate) output: PathBuf,
    pub(crate) temp: PathBuf,
    pub(crate) user: PathBuf,
    pub(crate) models: PathBuf,
    temporary: bool,
}

impl Folders {
    /// Makes what is missing; without a directory, a fresh one that goes with this value.
    pub(crate) fn prepare(directory: Option<PathBuf>) -> Result<Self> {
        let temporary = directory.is_none();
        let root = directory.unwrap_or_else(|| {
            let name = format!("comfyctl-simulator-{}", uuid::Uuid::new_v4().simple());
            std::env::temp_dir().join(name)
        });
        fs_err::create_dir_all(&root)?;
        let root = fs_err::canonicalize(root)?;
        let folders = Self {
            input: root.join("input"),
            output: root.join("output"),
            temp: root.join("temp"),
            user: root.join("user").join("default"),
            models: root.join("models"),
            root,
            temporary,
        };
        let user = folders.root.join("user");
        for folder in [&folders.input, &folders.output, &folders.temp, &user] {
            fs_err::create_dir_all(folder)?;
        }
        if !folders.models.exists() {
            folders.make_placeholders()?;
        }
        Ok(folders)
    }

    fn make_placeholders(&self) -> Result<()> {
        for (folder, name) in PLACEHOLDERS {
            let folder = self.models.join(folder);
            fs_err::create_dir_all(&folder)?;
            let header = br#"{"__metadata__":{"format":"pt","modelspec.title":"placeholder"}}"#;
            let mut file = fs_err::File::create(folder.join(name))?;
            file.write_all(&(header.len() as u64).to_le_bytes())?;
            file.write_all(header)?;
        }
        Ok(())
    }

    /// A server starts with an empty `temp`.
    pub(crate) fn empty_temp(&self) -> Result<()> {
        if self.temp.exists() {
            fs_err::remove_dir_all(&self.temp)?;
        }
        fs_err::create_dir_all(&self.temp)
    }

    /// The folder that a `type` parameter names.
    pub(crate) fn of_type(&self, kind: &str) -> Option<&Path> {
        match kind {
            "input" => Some(&self.input),
            "output" => Some(&self.output),
            "temp" => Some(&self.temp),
            _ => None,
        }
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        if self.temporary {
            // Nothing can be done about a folder that cannot be removed.
            let _ = fs_err::remove_dir_all(&self.root);
        }
    }
}

/// Splits `name [input]` into the name and the folder's kind; names without it are of `default`.
pub(crate) fn annotated<'name>(
    name: &'name str,
    default: &'static str,
) -> (&'name str, &'static str) {
    for kind in ["output", "input", "temp"] {
        let suffix = format!(" [{kind}]");
        if let Some(name) = name.strip_suffix(&suffix) {
            return (name, kind);
        }
    }
    (name, default)
}

/// Resolves `.` and `..` in the text of a path, without looking at the disk.
pub(crate) fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// `relative` under `folder`, or `None` when it leads outside.
pub(crate) fn inside(folder: &Path, relative: &str) -> Option<PathBuf> {
    let path = normalize(&folder.join(relative));
    path.starts_with(folder).then_some(path)
}

/// Names of all files under a folder, with forward slashes, sorted.
pub(crate) fn files_under(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    collect(folder, "", &mut names);
    names.sort();
    names
}

fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    for entry in fs_err::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), &format!("{name}/"), names),
            Ok(_) => names.push(name),
            Err(_) => {}
        }
    }
}

/// Names of the models in a folder of `models`.
pub(crate) fn models_in(models: &Path, folder: &str) -> Vec<String> {
    let mut names = files_under(&models.join(folder));
    names.retain(|name| MODEL_ENDINGS.iter().any(|ending| name.ends_with(ending)));
    names
}
