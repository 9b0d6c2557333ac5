//! Why a tool failed, in the words that every face uses: code, message, node, hint.
//!
//! Made by tools; becomes a result with `isError`, never a protocol error, so that the model reads
//! it and can do better.

use comfyctl_manager::{Code, Error, ErrorKind, JobError};
use std::error::Error as _;

/// Why a tool failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Stable kind: one of [`Code`], or one of the constants below.
    pub(crate) code: &'static str,
    /// For people and models; names the thing.
    pub(crate) message: String,
    /// Node at fault.
    pub(crate) node: Option<String>,
    /// What to try next.
    pub(crate) hint: Option<String>,
}

/// The arguments do not fit the tool.
pub(crate) const INVALID_ARGUMENTS: &str = "invalid_arguments";
/// The settings keep tools from doing that.
pub(crate) const NOT_ALLOWED: &str = "not_allowed";
/// Whoever sits at the client said no.
pub(crate) const DECLINED: &str = "declined";

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            node: None,
            hint: None,
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(INVALID_ARGUMENTS, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound.as_str(), message)
    }

    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// Adds what a name may have been meant to be.
    pub(crate) fn with_nearest<'a>(
        self,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
        otherwise: &str,
    ) -> Self {
        let hint = match comfyctl_workflow::nearest(name, known) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => otherwise.to_owned(),
        };
        self.with_hint(hint)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            hint: error.hint().map(|hint| in_words_of_tools(&hint)),
            node: node_of(&error),
            ..Self::new(error.code().as_str(), with_causes(&error))
        }
    }
}

impl From<comfyctl_client::Error> for Failure {
    fn from(error: comfyctl_client::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        Self {
            code: error.code.as_str(),
            message: error.message,
            node: error.node,
            hint: error.hint.map(|hint| in_words_of_tools(&hint)),
        }
    }
}

/// Hints speak of the command line; whoever reads this one has parameters instead of flags.
pub(crate) fn in_words_of_tools(hint: &str) -> String {
    let replace = |hint: String, (command, tool): &(&str, &str)| hint.replace(command, tool);
    WORDS_OF_TOOLS.iter().fold(hint.to_owned(), replace)
}

/// What is said of the command line, and what is the same among tools.
const WORDS_OF_TOOLS: [(&str, &str); 10] = [
    ("`--no-validate`", "`validate: false`"),
    ("`--force`", "`replace: true`"),
    (
        "`--set NODE.INPUT=VALUE`",
        "`inputs: {\"NODE.INPUT\": VALUE}`",
    ),
    ("--url", "`connection`"),
    ("`comfyctl jobs list`", "get_job_history"),
    ("`comfyctl jobs rerun ", "`rerun_job "),
    ("`comfyctl jobs cancel ", "`cancel_job "),
    ("`comfyctl upload ", "`upload_image "),
    ("`comfyctl free`", "free_memory"),
    ("`comfyctl run`", "execute_workflow"),
];

/// The node that an error is about, where it is one.
fn node_of(error: &Error) -> Option<String> {
    match error.kind() {
        ErrorKind::Invalid(report) => {
            let finding = report.errors().find(|finding| finding.node.is_some())?;
            finding.node.as_ref().map(ToString::to_string)
        }
        ErrorKind::NoSuchInput { node, .. } => Some(node.clone()),
        _ => None,
    }
}

/// The message of an error, and those causes that it does not tell itself.
fn with_causes(error: &Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_names_what_the_reader_can_give() {
        let failure = Failure::from(Error::from(ErrorKind::NameTaken("portrait".to_owned())));
        assert_eq!(
            failure.hint.as_deref(),
            Some("replace it with `replace: true`, or take another")
        );
        let failure = Failure::from(Error::from(ErrorKind::NoSeed));
        assert!(failure.hint.unwrap().contains("`inputs: {"));
    }
}
