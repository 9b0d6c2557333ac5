//! Images to an API, each in a form of its own: the Post Image node.

use crate::error::Error;
use crate::image::Format;
use crate::json_text::{object, plain};
use crate::network::{Body, Exchange, Http, Part, Target};
use crate::request::{Ticket, address, bearer, once};
use crate::secret::{Redaction, Vault};
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// What the node was given, as it stands in its fields.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Address, in which `$id` stands for the id.
    pub url: String,
    /// Id of the object that the images belong to; may be empty.
    pub object_id: String,
    /// Token of the API; may be empty.
    pub token: String,
    /// What the files are.
    pub format: Format,
    /// Field of the form that the file is in.
    pub field: String,
    /// JSON object of further fields.
    pub extra: String,
    /// Longest time for each image.
    pub timeout: Duration,
}

/// An upload whose fields make sense.
pub struct Uploader {
    http: Arc<Http>,
    url: Url,
    headers: HeaderMap,
    fields: Vec<Part>,
    field: String,
    format: Format,
    timeout: Duration,
    redaction: Redaction,
}

impl Upload {
    /// Reads the fields and opens the credentials.
    pub fn begin(&self, http: Arc<Http>, vault: &Vault) -> Result<Uploader, Error> {
        let mut redaction = Redaction::default();
        let id = utf8_percent_encode(&self.object_id, NON_ALPHANUMERIC).to_string();
        let url = if id.is_empty() {
            self.url.clone()
        } else {
            self.url.replace("$id", &id)
        };
        let url = address("api_url", &url, &mut redaction)?;
        let accept = HeaderValue::from_static("application/json");
        let mut headers = HeaderMap::from_iter([(ACCEPT, accept)]);
        if !self.token.trim().is_empty() {
            let Ticket { header, .. } = bearer(&self.token, vault, &mut redaction)?;
            headers.extend(header);
        }
        Ok(Uploader {
            http,
            url,
            headers,
            fields: self.fields()?,
            field: self.field.clone(),
            format: self.format,
            timeout: self.timeout,
            redaction,
        })
    }

    fn fields(&self) -> Result<Vec<Part>, Error> {
        let extra = object("extra_data", &self.extra)?;
        let mut fields: Vec<Part> = extra
            .iter()
            .map(|(name, value)| Part::Text(name.clone(), plain(value).into_owned()))
            .collect();
        if !self.object_id.is_empty() {
            fields.push(Part::Text("object_id".to_owned(), self.object_id.clone()));
        }
        Ok(fields)
    }
}

impl Uploader {
    /// Where the images go, without credentials.
    pub fn target(&self) -> Target {
        Target::from(&self.url)
    }

    /// Sends one image and gives what the server said. Never sends twice: the first may have arrived.
    pub async fn send(&self, file: Bytes) -> Result<String, Error> {
        let mut parts = self.fields.clone();
        parts.push(Part::File {
            field: self.field.clone(),
            name: format!("image.{}", self.format.extension()),
            mime: self.format.mime(),
            bytes: file,
        });
        let exchange = Exchange {
            method: Method::POST,
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: Body::Form(parts),
        };
        let answer = once(&self.http, exchange, &self.redaction, self.timeout).await?;
        Ok(self.redaction.hide_references(answer.text()).into_owned())
    }
}
