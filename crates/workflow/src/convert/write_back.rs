//! Writes the values of a prompt into the widgets of the graph that it was made from, so that an
//! image opened in the editor shows what really ran: values that were set, seeds that were drawn,
//! wildcards that were chosen.
//!
//! Called with the prompt of a conversion after it was changed. `survey` finds which widget gives
//! which input, `rewrite` makes the new lists of values, and `settle` converts the new graph and
//! holds the outcome against what was wanted: what the editor cannot hold is known from that, not
//! from a second copy of the rules. The file is changed nowhere but in its values, and in the links that
//! values were set in place of (`cut`).

mod cut;
mod rewrite;
mod settle;
mod survey;

use super::error::ConvertError;
use super::warning::Warning;
use super::{Converter, Loaded, Options, SeedMode};
use crate::prompt::Prompt;
use crate::ui::UiWorkflow;
use survey::Survey;

/// A graph of the editor that has the values of a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenBack {
    /// The graph.
    pub workflow: UiWorkflow,
    /// What to send: the prompt as wanted, and with that what follows from it in the editor, such
    /// as file names that tell of a changed value, or the inputs of another option.
    pub prompt: Prompt,
    /// The inputs whose values the graph cannot hold; the prompt has them all the same.
    pub warnings: Vec<Warning>,
}

impl Converter {
    /// Writes the values of `wanted` into `workflow`, which it was converted from with the same
    /// options.
    ///
    /// ```
    /// use comfyctl_workflow::convert::{Converter, Options};
    /// use comfyctl_workflow::edit::InputOf;
    /// use comfyctl_workflow::{Definitions, ui::UiWorkflow};
    /// use serde_json::json;
    ///
    /// let definitions = Definitions::from_slice(br#"{"EmptyImage": {"input": {"required": {
    ///     "width": ["INT", {"default": 512}], "height": ["INT", {"default": 512}]}}}}"#).unwrap();
    /// let file = json!({"links": [], "nodes": [{"id": 1, "type": "EmptyImage", "widgets_values": [64]}]});
    /// let workflow = UiWorkflow::from_value(file).unwrap();
    ///
    /// let (converter, options) = (Converter::new(&definitions), Options::default());
    /// let mut prompt = converter.convert(&workflow, &options, &mut |_| 0).unwrap().prompt;
    /// prompt.set(&"1".input("height"), json!(128));
    /// let written = converter.write_back(&workflow, &options, prompt).unwrap();
    /// assert_eq!(written.workflow.fields()["nodes"][0]["widgets_values"], json!([64, 128]));
    /// ```
    pub fn write_back(
        &self,
        workflow: &UiWorkflow,
        options: &Options,
        wanted: Prompt,
    ) -> Result<WrittenBack, ConvertError> {
        // What is odd about the graph was said when it was converted.
        let loaded = Loaded::new(workflow, self, options, &mut Vec::new())?;
        let replaced = cut::replaced_links(&loaded, &wanted)?;
        if replaced.is_empty() {
            return self.write_values(workflow, &loaded, options, wanted);
        }
        let mut cut = workflow.clone();
        cut.remove_links(&replaced);
        let loaded = Loaded::new(&cut, self, options, &mut Vec::new())?;
        self.write_values(&cut, &loaded, options, wanted)
    }

    fn write_values(
        &self,
        workflow: &UiWorkflow,
        loaded: &Loaded<'_>,
        options: &Options,
        wanted: Prompt,
    ) -> Result<WrittenBack, ConvertError> {
        let mut survey = Survey::new(loaded, options, &wanted)?;
        let changes = survey.changes();
        let rewritten = rewrite::rewrite(loaded, &changes, &wanted, options);
        let mut changed = workflow.clone();
        changed.set_fields(rewritten);
        let saved = Options {
            seeds: SeedMode::Saved,
            ..*options
        };
        let again = self.convert(&changed, &saved, &mut |_| 0)?;
        let (prompt, warnings) = settle::settle(wanted, &again.prompt, &survey);
        Ok(WrittenBack {
            workflow: changed,
            prompt,
            warnings,
        })
    }
}
