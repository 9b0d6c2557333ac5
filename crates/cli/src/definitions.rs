//! Node definitions for commands that look at workflows: from a file, or from a server, which need
//! not be on if it was asked before.

use crate::arguments::DefinitionsArguments;
use crate::context::Context;
use crate::failure::Failure;
use comfyctl_manager::{Code, Error, ErrorKind, KnownNodes};
use comfyctl_workflow::Definitions;
use comfyctl_workflow::convert::Dialect;
use indexmap::IndexSet;
use jiff::Timestamp;
use std::path::Path;

/// What is known of the classes that a workflow uses; `None` when neither a file nor a server was
/// named.
pub(crate) async fn known(
    arguments: &DefinitionsArguments,
    classes: IndexSet<&str>,
    context: &Context,
) -> Result<Option<KnownNodes>, Failure> {
    if arguments.object_info.is_none() && !context.names_server() {
        return Ok(None);
    }
    needed(arguments, classes, context).await.map(Some)
}

/// The same for commands that cannot do without: when nothing was named, of the default server.
pub(crate) async fn needed(
    arguments: &DefinitionsArguments,
    classes: IndexSet<&str>,
    context: &Context,
) -> Result<KnownNodes, Failure> {
    if let Some(file) = &arguments.object_info {
        return Ok(KnownNodes {
            definitions: from_file(file)?,
            dialect: Dialect::default(),
            as_of: None,
        });
    }
    let manager = context.manager()?;
    let server = context.server(&manager)?;
    let known = manager.known_nodes(&server, classes).await?;
    if let Some(time) = known.as_of {
        let name = server.name();
        context.printer.warning(&format!(
            "`{name}` does not answer: this is from what it said of its nodes {}",
            age(time, Timestamp::now())
        ));
    }
    Ok(known)
}

/// All definitions of a saved `/object_info`.
pub(crate) fn from_file(file: &Path) -> Result<Definitions, Failure> {
    let bytes = fs_err::read(file).map_err(|error| Error::from(ErrorKind::File(error)))?;
    Definitions::from_slice(&bytes).map_err(|error| {
        let message = format!("`{}` holds no node definitions: {error}", file.display());
        let hint = "save what /object_info of a ComfyUI server answers".to_owned();
        Failure::new(Code::FileError, message, Some(hint))
    })
}

/// How long ago, in the largest unit that fits.
fn age(time: Timestamp, now: Timestamp) -> String {
    let seconds = (now.as_second() - time.as_second()).max(0);
    let (count, unit) = match seconds {
        0..60 => return "less than a minute ago".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(59, "less than a minute ago")]
    #[case(60, "1 minute ago")]
    #[case(7_300, "2 hours ago")]
    #[case(200_000, "2 days ago")]
    #[case(-5, "less than a minute ago")]
    fn ages_are_told_in_the_largest_unit(#[case] seconds: i64, #[case] told: &str) {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(age(at(1_000_000), at(1_000_000 + seconds)), told);
    }
}
