//! `comfyctl workflow save`.

use crate::arguments::SaveWorkflow;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::library;
use comfyctl_manager::{Error, ErrorKind};
use serde_json::json;

pub(crate) async fn run(arguments: SaveWorkflow, context: &Context) -> Result<ExitStatus, Failure> {
    let bytes =
        fs_err::read(&arguments.file).map_err(|error| Error::from(ErrorKind::File(error)))?;
    let name = if let Some(name) = arguments.name {
        name
    } else {
        let stem = arguments.file.file_stem().unwrap_or_default();
        let name = stem.to_string_lossy().parse();
        name.map_err(|error| Error::from(ErrorKind::InvalidName(error)))?
    };
    let library = library::open(arguments.library.source(), context)?;
    library.save(&name, &bytes, arguments.force).await?;
    context
        .printer
        .result(&json!({ "name": name }), || format!("saved `{name}`"));
    Ok(ExitStatus::Success)
}
