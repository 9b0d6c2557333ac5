//! `SaveImage` and `PreviewImage`: PNG files with the prompt and the workflow in text chunks.

use super::{Context, Failure, Produced};
use crate::data::Data;
use crate::fault::FaultKind;
use crate::save_path::{SavePath, file_name};
use comfyctl_workflow::validation::python;
use image::RgbImage;
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn save(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let prefix = context.inputs.text("filename_prefix")?;
    let folder = context.server.folders.output.clone();
    write_all(context, &folder, &prefix, "output")
}

pub(super) fn preview(context: &mut Context<'_>) -> Result<Produced, Failure> {
    let prefix = format!("ComfyUI_temp_{}", context.server.temp_prefix);
    let folder = context.server.folders.temp.clone();
    write_all(context, &folder, &prefix, "temp")
}

fn write_all(
    context: &Context<'_>,
    folder: &Path,
    prefix: &str,
    kind: &str,
) -> Result<Produced, Failure> {
    let images = context.inputs.images("images")?;
    let size = images.first().map_or((0, 0), |image| image.dimensions());
    let now = context.server.clock.now_ms();
    let path = context
        .counters
        .resolve(folder, prefix, size, now)
        .map_err(|outside| Failure::raised("Exception", outside.0))?;
    let chunks = text_chunks(context)?;
    let mut saved = Vec::new();
    for (index, image) in (0u32..).zip(images) {
        let name = path.name.replace("%batch_num%", &index.to_string());
        let file = file_name(&name, path.counter + index);
        write(context, &path, &file, image, &chunks)?;
        context
            .counters
            .used(&path.folder, &path.name, path.counter + index);
        saved.push(json!({"filename": file, "subfolder": path.subfolder, "type": kind}));
    }
    Ok(Produced {
        outputs: vec![Data::Images(images.to_vec())],
        ui: Some(json!({"images": saved})),
    })
}

/// Keyword and text of each chunk.
fn text_chunks(context: &Context<'_>) -> Result<Vec<(String, String)>, Failure> {
    let mut chunks = vec![("prompt".to_owned(), python::dumps(context.prompt))];
    match context.job.extra_data.get("extra_pnginfo") {
        None | Some(Value::Null) => {}
        Some(Value::Object(entries)) => {
            let entries = entries.iter();
            chunks.extend(entries.map(|(key, value)| (key.clone(), python::dumps(value))));
        }
        Some(Value::String(_)) => {
            let message = "string indices must be integers, not 'str'";
            return Err(Failure::raised("TypeError", message));
        }
        Some(other) => {
            let message = format!("'{}' object is not iterable", python::type_name(other));
            return Err(Failure::raised("TypeError", message));
        }
    }
    Ok(chunks)
}

fn write(
    context: &Context<'_>,
    path: &SavePath,
    file: &str,
    image: &RgbImage,
    chunks: &[(String, String)],
) -> Result<(), Failure> {
    let full = context
        .server
        .faults
        .strike(|kind| (*kind == FaultKind::FullDisk).then_some(()));
    if full.is_some() {
        let message = "[Errno 28] No space left on device";
        return Err(Failure::raised("OSError", message));
    }
    let failed = |error: &dyn std::error::Error| Failure::raised("OSError", error.to_string());
    let bytes = encode(image, chunks).map_err(|error| failed(&error))?;
    let file = path.folder.join(file);
    let written = fs_err::write(&file, &bytes).or_else(|_| {
        fs_err::create_dir_all(&path.folder)?;
        fs_err::write(&file, &bytes)
    });
    written.map_err(|error| failed(&error))
}

fn encode(image: &RgbImage, chunks: &[(String, String)]) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, image.width(), image.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    for (keyword, text) in chunks {
        encoder.add_text_chunk(keyword.clone(), text.clone())?;
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(image.as_raw())?;
    writer.finish()?;
    Ok(bytes)
}
