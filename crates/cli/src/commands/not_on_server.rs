//! The error for a name that the server does not have.

use crate::failure::Failure;
use comfyctl_manager::{Error, ErrorKind};
use comfyctl_workflow::nearest;

/// With the nearest of the known names, or else the given way to see all.
pub(crate) fn failure<'a>(
    what: &'static str,
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: &str,
) -> Failure {
    let error = Error::from(ErrorKind::NotOnServer {
        what,
        name: name.to_owned(),
        nearest: nearest(name, known).map(str::to_owned),
    });
    let hint = error.hint().unwrap_or_else(|| otherwise.to_owned());
    Failure::new(error.code(), error.to_string(), Some(hint))
}
