//! `/upload/image` and `/upload/mask`.

use super::Shared;
use crate::answer;
use crate::folders::{annotated, inside};
use crate::server::Server;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::StatusCode;
use axum::response::Response;
use image::RgbaImage;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// The parts of a form.
#[derive(Debug, Default)]
struct Form {
    texts: HashMap<String, String>,
    /// Name and bytes of the `image` part; the name is missing when the part is no file.
    image: Option<(Option<String>, Bytes)>,
}

pub(crate) async fn image(server: Shared, request: Request) -> Response {
    match read_form(request).await {
        Ok(form) => upload(&server, &form, |_, bytes, path| fs_err::write(path, bytes)),
        Err(refusal) => refusal,
    }
}

pub(crate) async fn mask(server: Shared, request: Request) -> Response {
    match read_form(request).await {
        Ok(form) => upload(&server, &form, |form, bytes, path| {
            save_masked(&server, form, bytes, path)
        }),
        Err(refusal) => refusal,
    }
}

async fn read_form(request: Request) -> std::result::Result<Form, Response> {
    let (head, body) = request.into_parts();
    let body = answer::read_body(Request::from_parts(head.clone(), body)).await?;
    let request = Request::from_parts(head, Body::from(body));
    let Ok(mut parts) = Multipart::from_request(request, &()).await else {
        return Ok(Form::default());
    };
    let mut form = Form::default();
    while let Ok(Some(part)) = parts.next_field().await {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|_| answer::crash())?;
        if name == "image" {
            form.image = Some((file, bytes));
        } else {
            form.texts
                .insert(name, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(form)
}

fn upload(
    server: &Server,
    form: &Form,
    save: impl FnOnce(&Form, &Bytes, &Path) -> Result<()>,
) -> Response {
    let Some((name, bytes)) = &form.image else {
        return answer::empty(StatusCode::BAD_REQUEST);
    };
    let text = |key: &str| form.texts.get(key).map_or("", String::as_str);
    let kind = if text("type").is_empty() {
        "input"
    } else {
        text("type")
    };
    let (Some(name), Some(root)) = (name, server.folders.of_type(kind)) else {
        return answer::crash();
    };
    if name.is_empty() {
        return answer::empty(StatusCode::BAD_REQUEST);
    }
    let subfolder = text("subfolder");
    let folder = inside(root, subfolder);
    let Some(folder) =
        folder.filter(|folder| inside(root, &format!("{}/{name}", folder.display())).is_some())
    else {
        return answer::empty(StatusCode::BAD_REQUEST);
    };
    let overwrite = matches!(text("overwrite"), "true" | "1");
    match store(&folder, name, bytes, overwrite, |path| {
        save(form, bytes, path)
    }) {
        Ok(name) => answer::ok(&json!({"name": name, "subfolder": subfolder, "type": kind})),
        Err(_) => answer::crash(),
    }
}

/// The name under which the file lies now: the same for the same bytes, else one that is free.
fn store(
    folder: &Path,
    name: &str,
    bytes: &Bytes,
    overwrite: bool,
    save: impl FnOnce(&Path) -> Result<()>,
) -> Result<String> {
    fs_err::create_dir_all(folder)?;
    let mut free = name.to_owned();
    if !overwrite {
        let (stem, ending) = match name.rfind('.') {
            Some(dot) if dot > 0 => name.split_at(dot),
            _ => (name, ""),
        };
        let mut number = 0;
        while folder.join(&free).exists() {
            if fs_err::read(folder.join(&free))? == *bytes {
                return Ok(free);
            }
            number += 1;
            free = format!("{stem} ({number}){ending}");
        }
    }
    save(&folder.join(&free))?;
    Ok(free)
}

/// The original with the transparency of the upload. Without an original nothing is written, and
/// the client is not told.
fn save_masked(server: &Server, form: &Form, bytes: &Bytes, path: &Path) -> Result<()> {
    let reference = form.texts.get("original_ref");
    let reference = reference.ok_or_else(|| Error::from(ErrorKind::InvalidInput))?;
    let reference: Value = serde_json::from_str(reference)?;
    let Some(original) = original(server, &reference) else {
        return Ok(());
    };
    let decode = |bytes: &[u8]| -> Result<RgbaImage> {
        image::load_from_memory(bytes)
            .map(image::DynamicImage::into_rgba8)
            .map_err(Error::other)
    };
    let mut masked = decode(&fs_err::read(original)?)?;
    let mask = decode(bytes)?;
    if mask.dimensions() != masked.dimensions() {
        return Err(Error::from(ErrorKind::InvalidData));
    }
    for (pixel, mask) in masked.pixels_mut().zip(mask.pixels()) {
        pixel.0[3] = mask.0[3];
    }
    // The format is PNG whatever the name says.
    masked
        .save_with_format(path, image::ImageFormat::Png)
        .map_err(Error::other)
}

fn original(server: &Server, reference: &Value) -> Option<PathBuf> {
    let text = |key: &str| reference.get(key).and_then(Value::as_str);
    let name = text("filename")?;
    if name.starts_with('/') || name.contains("..") {
        return None;
    }
    let (name, kind) = annotated(name, "");
    let kind = if kind.is_empty() {
        text("type").unwrap_or("output")
    } else {
        kind
    };
    let folder = inside(
        server.folders.of_type(kind)?,
        text("subfolder").unwrap_or(""),
    )?;
    let path = folder.join(name);
    path.is_file().then_some(path)
}
