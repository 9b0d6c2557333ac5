//! What several transfers came to: those that succeeded are reported even when a later one failed.

use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::printer::Printer;
use serde::Serialize;

/// The files that are done, and why it went no further.
#[derive(Debug, Serialize)]
pub(crate) struct FileReport<T> {
    pub(crate) files: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
}

impl<T: Serialize> FileReport<T> {
    pub(crate) fn new(files: Vec<T>, outcome: Result<(), Failure>) -> Self {
        let error = outcome.err();
        Self { files, error }
    }

    /// Prints one line for each file, or the whole as JSON.
    pub(crate) fn finish(
        self,
        printer: Printer,
        line: impl Fn(&T) -> &str,
    ) -> Result<ExitStatus, Failure> {
        if printer.is_json() {
            printer.json(&self);
            let status = self.error.as_ref().map(Failure::exit_status);
            return Ok(status.unwrap_or(ExitStatus::Success));
        }
        for file in &self.files {
            printer.data(line(file));
        }
        self.error.map_or(Ok(ExitStatus::Success), Err)
    }
}
