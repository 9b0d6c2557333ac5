//! Where a changed workflow goes: to standard output, to another file, or over its own.

use crate::arguments::ChangedOutput;
use crate::context::Context;
use crate::failure::Failure;
use crate::graph::Graph;
use comfyctl_manager::{Code, Error, ErrorKind};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::path::Path;

impl ChangedOutput {
    /// A workflow is written over a JSON file only: not over the image that carries it, and not in
    /// place of a saved one that was named. Called before anything is done.
    pub(super) fn refuse_in_place(&self, file: &Path) -> Result<(), Failure> {
        let is_json = || file != Path::new("-") && is_json(file).unwrap_or(false);
        if !self.in_place || is_json() {
            return Ok(());
        }
        let message = format!("`{}` is no JSON file to write over", file.display());
        let hint = "write the workflow to a file of its own with --output".to_owned();
        Err(Failure::new(Code::FileError, message, Some(hint)))
    }

    /// Prints or writes the workflow. `changes` is told beside the file, unless it is null.
    pub(super) fn put(
        &self,
        source: &Path,
        changed: &Graph,
        changes: Value,
        context: &Context,
    ) -> Result<(), Failure> {
        let file = match &self.output {
            Some(file) => file,
            None if self.in_place => source,
            None => {
                context.printer.json(&changed.bare());
                return Ok(());
            }
        };
        write(file, changed, self.force || self.in_place)?;
        let mut told = json!({ "file": file });
        if !changes.is_null() {
            told["changes"] = changes;
        }
        context.printer.result(&told, || file.display().to_string());
        Ok(())
    }
}

/// Whether a file starts as JSON of a workflow does.
fn is_json(file: &Path) -> std::io::Result<bool> {
    let mut start = Vec::new();
    let file = fs_err::File::open(file)?;
    file.take(64).read_to_end(&mut start)?;
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    Ok(start.trim_ascii_start().starts_with(b"{"))
}

/// Writes a file whole or not at all; over one that is there only with `force`.
fn write(file: &Path, changed: &Graph, force: bool) -> Result<(), Failure> {
    let failed = |error| Failure::from(Error::from(ErrorKind::File(error)));
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut part = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut text = serde_json::to_vec_pretty(&changed.bare()).unwrap_or_default();
    text.push(b'\n');
    part.write_all(&text).map_err(failed)?;
    part.as_file().sync_all().map_err(failed)?;
    let kept = if force {
        part.persist(file)
    } else {
        part.persist_noclobber(file)
    };
    match kept {
        Ok(_) => Ok(()),
        Err(there) if there.error.kind() == std::io::ErrorKind::AlreadyExists => {
            let message = format!("`{}` is there already", file.display());
            let hint = "write over it with --force".to_owned();
            Err(Failure::new(Code::FileError, message, Some(hint)))
        }
        Err(lost) => Err(failed(lost.error)),
    }
}
