//! `comfyctl upload` and `comfyctl download`.

use crate::file_name;
use clap::error::ErrorKind;
use clap::{Args, Command};
use comfyctl_client::{FileReference, Folder};
use std::path::PathBuf;

/// Put files onto the server
#[derive(Debug, Args)]
#[command(after_help = "\
Prints for each file what an input such as LoadImage.image takes. A file of the same name stays,
unless --overwrite is given: the new one gets another name.

Examples:
  comfyctl upload photo.png
  comfyctl upload *.png --subfolder session
  comfyctl upload render.png --name base.png --overwrite
  comfyctl upload mask.png --mask-for photo.png

JSON: {\"files\": [{\"path\", \"name\", \"subfolder\", \"type\", \"input_value\"}]}, and \"error\" when a later
file failed.")]
pub(crate) struct UploadArguments {
    /// Files of this machine
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Put them there, below the folder
    #[arg(long, value_name = "DIR", default_value = "", hide_default_value = true, value_parser = parse_subfolder)]
    pub(crate) subfolder: String,

    /// Folder of the server: input, output or temp
    #[arg(long, value_name = "FOLDER", default_value = "input", value_parser = parse_folder)]
    pub(crate) to: Folder,

    /// Replace files of the same name
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Another name for it; with one file only
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    pub(crate) name: Option<String>,

    /// Lay the alpha channel of FILE onto this image of the server, as `comfyctl upload` printed it
    #[arg(long, value_name = "FILE", value_parser = parse_input)]
    pub(crate) mask_for: Option<FileReference>,
}

/// Fetch files from the server
#[derive(Debug, Args)]
#[command(after_help = "\
FILE is the name that the server has for it, in its output folder unless another is named:
  ComfyUI_00001_.png    sketches/a.png    \"photo.png [input]\"    \"preview.png [temp]\"
Never overwrites: a name that is taken gets a number. Prints the path of each file.

Examples:
  comfyctl download ComfyUI_00001_.png
  comfyctl download \"photo.png [input]\" -o pictures
  comfyctl download --job 019a3c52-7c1e -o out

JSON: {\"files\": [{\"file\", \"path\", \"size\"}]}, size in bytes, and \"error\" when a later file failed.")]
pub(crate) struct DownloadArguments {
    /// Files of the server
    #[arg(
        value_name = "FILE",
        required_unless_present = "job",
        conflicts_with = "job"
    )]
    pub(crate) files: Vec<String>,

    /// All files of a job, by its id or the start of it
    #[arg(long, value_name = "ID")]
    pub(crate) job: Option<String>,

    /// Save them there
    #[arg(long, short, value_name = "DIR", default_value = ".")]
    pub(crate) output: PathBuf,
}

impl UploadArguments {
    /// What clap cannot express: a name is for one file only.
    pub(crate) fn check(&self) -> Result<(), clap::Error> {
        if self.name.is_none() || self.files.len() == 1 {
            return Ok(());
        }
        let message = "--name is for one file only, and there are several";
        let command = Command::new("upload").bin_name("comfyctl upload");
        let mut command = Self::augment_args(command);
        Err(command.error(ErrorKind::ArgumentConflict, message))
    }
}

fn parse_folder(text: &str) -> Result<Folder, String> {
    let mut folders = [Folder::Input, Folder::Output, Folder::Temp].into_iter();
    let found = folders.find(|folder| folder.as_str() == text);
    found.ok_or_else(|| "neither input nor output nor temp".to_owned())
}

/// A path below a folder, without what changes nothing. The server refuses to leave its folders.
fn parse_subfolder(text: &str) -> Result<String, String> {
    if text.starts_with('/') {
        return Err("it is below a folder of the server, so it has no `/` in front".to_owned());
    }
    let parts = text.split('/').filter(|part| !matches!(*part, "" | "."));
    let parts: Vec<&str> = parts.collect();
    if parts.contains(&"..") {
        return Err("it must not leave the folder with `..`".to_owned());
    }
    Ok(parts.join("/"))
}

fn parse_name(text: &str) -> Result<String, String> {
    match text {
        "" => Err("a file needs a name".to_owned()),
        _ if text.contains('/') => {
            Err("a name has no folders: give them with --subfolder".to_owned())
        }
        _ => Ok(text.to_owned()),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the form that clap wants of a parser"
)]
fn parse_input(text: &str) -> Result<FileReference, String> {
    Ok(file_name::parse_in(text, Folder::Input))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subfolder_stays_below_its_folder() {
        assert_eq!(parse_subfolder("a//b/./c/"), Ok("a/b/c".to_owned()));
        assert_eq!(parse_subfolder(""), Ok(String::new()));
        for text in ["/etc", "../x", "a/../../x"] {
            assert!(parse_subfolder(text).is_err(), "{text}");
        }
    }
}
