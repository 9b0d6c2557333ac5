//! What is wrong with a prompt, before a GPU minute is spent on it.
//!
//! Three layers: the structure, which needs no definitions; what the server would refuse, with its
//! own error types; and what it lets through and then fails on. Called by the command line and
//! before every run. The definitions are those of the server that is to run it.

mod beyond;
mod classes;
mod files;
mod finding;
mod missing;
mod refusal;
mod replaced;

pub use finding::{Finding, Severity};
pub use missing::of_missing_classes;

use crate::definitions::Definitions;
use crate::prompt::Prompt;
use classes::ParsedClasses;
use serde::Serialize;

/// All that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Whether the server would run all of it, as far as can be told.
    pub valid: bool,
    /// Whether definitions were there to check against. If not, only the structure was checked.
    pub checked_with_definitions: bool,
    /// Errors first, then warnings, each in the order of the file.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Those that keep the prompt from running.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
    }

    fn new(mut findings: Vec<Finding>, checked_with_definitions: bool) -> Self {
        findings.sort_by_key(|finding| finding.severity);
        let valid = findings
            .iter()
            .all(|finding| finding.severity != Severity::Error);
        Self {
            valid,
            checked_with_definitions,
            findings,
        }
    }
}

/// Checks a prompt.
///
/// ```
/// use comfyctl_workflow::{Definitions, Prompt, check};
/// use serde_json::json;
///
/// let definitions = Definitions::from_slice(br#"{"Text": {
///     "input": {"required": {"mode": [["fast", "good"]]}}, "output": [], "output_node": true
/// }}"#)?;
/// let prompt = Prompt::from_value(json!({"1": {"class_type": "Text", "inputs": {"mode": "godo"}}}))?;
/// let report = check::check(&prompt, Some(&definitions));
/// assert_eq!(report.findings[0].code, "value_not_in_list");
/// assert_eq!(report.findings[0].suggestion.as_deref(), Some("did you mean `good`?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check(prompt: &Prompt, definitions: Option<&Definitions>) -> Report {
    match definitions {
        Some(definitions) => Checker::new(definitions).check(prompt),
        None => Report::new(faults(prompt), false),
    }
}

/// Checks prompts against the definitions of one server. Each class is parsed when it is first met,
/// and then kept: make one checker for many prompts.
#[derive(Debug)]
pub struct Checker<'a> {
    classes: ParsedClasses<'a>,
}

impl<'a> Checker<'a> {
    /// Parses nothing yet.
    pub fn new(definitions: &'a Definitions) -> Self {
        let classes = ParsedClasses::new(definitions);
        Self { classes }
    }

    /// Checks a prompt, as [`check`] does.
    pub fn check(&self, prompt: &Prompt) -> Report {
        let classes = &self.classes;
        let mut findings = faults(prompt);
        // The server's own checks presume a sound structure.
        let sound = findings.is_empty();
        let prompt = &*replaced::apply(prompt, classes, &mut findings);
        if sound {
            findings.extend(refusal::find(prompt, classes));
        }
        beyond::find(prompt, classes, &mut findings);
        Report::new(findings, true)
    }
}

fn faults(prompt: &Prompt) -> Vec<Finding> {
    let faults = prompt.faults().into_iter();
    faults
        .map(|fault| Finding::of_fault(fault, prompt))
        .collect()
}

#[cfg(test)]
mod tests;
