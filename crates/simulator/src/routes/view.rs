//! `/view`: files of the three folders, as they are or as a picture made of them.

use super::{Parameters, Shared, file};
use crate::answer;
use crate::folders::{annotated, inside};
use crate::server::Server;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, ImageResult};
use std::collections::HashMap;
use std::io::Cursor;
use std::path::PathBuf;

/// Types that a browser would run; they are given as plain bytes to be saved.
const DANGEROUS: [&str; 6] = [
    "text/html",
    "application/xhtml+xml",
    "text/javascript",
    "application/javascript",
    "text/css",
    "image/svg+xml",
];

pub(crate) async fn view(
    server: Shared,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Response {
    let (path, name) = match find(&server, &parameters) {
        Ok(found) => found,
        Err(status) => return answer::empty(status),
    };
    let channel = parameters.get("channel").map_or("rgba", String::as_str);
    let preview = parameters.get("preview").cloned();
    if preview.is_none() && !matches!(channel, "rgb" | "a") {
        return file::send(&path, announce(&name), &headers).await;
    }
    let channel = channel.to_owned();
    let made = tokio::task::spawn_blocking(move || {
        let bytes = fs_err::read(path).ok()?;
        let image = image::load_from_memory(&bytes).ok()?;
        make(image, preview.as_deref(), &channel).ok()
    });
    match made.await {
        Ok(Some((kind, bytes))) => {
            let mut response = ([(header::CONTENT_TYPE, kind)], bytes).into_response();
            let disposition = format!("filename=\"{name}\"");
            file::set(&mut response, header::CONTENT_DISPOSITION, &disposition);
            response
        }
        _ => answer::crash(),
    }
}

fn find(
    server: &Server,
    parameters: &HashMap<String, String>,
) -> Result<(PathBuf, String), StatusCode> {
    let name = parameters.get("filename").ok_or(StatusCode::NOT_FOUND)?;
    if name.starts_with("blake3:") {
        return Err(StatusCode::NOT_FOUND);
    }
    let (name, suffix) = annotated(name, "");
    if name.is_empty() || name.starts_with('/') || name.contains("..") {
        return Err(StatusCode::BAD_REQUEST);
    }
    let kind = match suffix {
        "" => parameters.get("type").map_or("output", String::as_str),
        kind => kind,
    };
    let mut folder = server
        .folders
        .of_type(kind)
        .ok_or(StatusCode::BAD_REQUEST)?
        .to_owned();
    if let Some(subfolder) = parameters.get("subfolder") {
        folder = inside(&folder, subfolder).ok_or(StatusCode::FORBIDDEN)?;
    }
    let name = name.rsplit('/').next().unwrap_or(name).to_owned();
    let path = folder.join(&name);
    if path.is_file() {
        Ok((path, name))
    } else {
        Err(StatusCode::NOT_FOUND)
    }
}

fn announce(name: &str) -> file::Announced {
    let content_type = file::guessed_type(name);
    if DANGEROUS.contains(&content_type.as_str()) {
        return file::Announced {
            content_type: "application/octet-stream".into(),
            disposition: Some(format!("attachment; filename=\"{name}\"")),
        };
    }
    file::Announced {
        content_type,
        disposition: Some(format!("filename=\"{name}\"")),
    }
}

/// A smaller file for a preview, or one with some channels only.
fn make(
    image: DynamicImage,
    preview: Option<&str>,
    channel: &str,
) -> ImageResult<(&'static str, Vec<u8>)> {
    let mut bytes = Cursor::new(Vec::new());
    let kind = match preview {
        // A channel with transparency that was asked for wins over the format.
        Some(preview) if preview.starts_with("jpeg") && channel != "a" => {
            let quality = preview
                .rsplit(';')
                .next()
                .and_then(|quality| quality.parse().ok());
            let encoder = JpegEncoder::new_with_quality(&mut bytes, quality.unwrap_or(90));
            image.into_rgb8().write_with_encoder(encoder)?;
            "image/jpeg"
        }
        Some(_) => {
            // This encoder knows no quality and loses nothing.
            image.into_rgba8().write_to(&mut bytes, ImageFormat::WebP)?;
            "image/webp"
        }
        None if channel == "rgb" => {
            image.into_rgb8().write_to(&mut bytes, ImageFormat::Png)?;
            "image/png"
        }
        None => {
            let mut alpha = image.into_rgba8();
            for pixel in alpha.pixels_mut() {
                pixel.0 = [0, 0, 0, pixel.0[3]];
            }
            alpha.write_to(&mut bytes, ImageFormat::Png)?;
            "image/png"
        }
    };
    Ok((kind, bytes.into_inner()))
}
