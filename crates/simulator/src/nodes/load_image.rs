//! `LoadImage`.

use super::{Context, Failure, Produced};
use crate::data::Data;
use std::sync::Arc;

pub(super) fn load(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let name = context.inputs.text("image")?;
    let path = context.server.classes.image_file(&name).ok_or_else(|| {
        let message = format!("[Errno 2] No such file or directory: '{name}'");
        Failure::raised("FileNotFoundError", message)
    })?;
    let bytes =
        fs_err::read(&path).map_err(|error| Failure::raised("OSError", error.to_string()))?;
    let image = image::load_from_memory(&bytes).map_err(|_| {
        let message = format!("cannot identify image file '{}'", path.display());
        Failure::raised("PIL.UnidentifiedImageError", message)
    })?;
    Ok(vec![Data::Images(vec![Arc::new(image.into_rgb8())]), Data::Mask].into())
}
