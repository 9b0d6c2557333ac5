//! Makes prompts of what the editor saves, with the definitions of the server that is to run them.
//!
//! Called before a job is stored, and by commands that look at a workflow with definitions at hand.

use crate::error::{Error, ErrorKind};
use crate::notice::{Notice, Watcher};
use crate::server::Server;
use comfyctl_workflow::check::of_missing_classes;
use comfyctl_workflow::convert::{
    Conversion, ConvertError, Converter, Dialect, LocalTime, ModeError, Options, SeedMode,
    WrittenBack,
};
use comfyctl_workflow::ui::{Mode, UiWorkflow};
use comfyctl_workflow::{Definitions, Document, NodeId, Prompt, Replacements};
use jiff::Zoned;
use serde_json::Value;

/// Stands in for an editor: it has the definitions of a server, the dialect of a version, and the
/// chance and time of this machine.
#[derive(Debug)]
pub struct Editor {
    converter: Converter,
    options: Options,
    replacements: Replacements,
}

impl Editor {
    /// An editor of the time of the call.
    pub fn new(definitions: &Definitions, dialect: Dialect, seeds: SeedMode) -> Self {
        Self {
            converter: Converter::new(definitions),
            options: Options {
                dialect,
                seeds,
                now: Some(local_time(&Zoned::now())),
                ..Options::default()
            },
            replacements: definitions.replacements().clone(),
        }
    }

    /// Leaves texts as they are saved, with their wildcards: for looking at a file and changing it.
    #[must_use]
    pub fn with_texts_as_saved(mut self) -> Self {
        self.options.texts_as_saved = true;
        self
    }

    /// What it would send.
    pub fn convert(&self, workflow: &UiWorkflow) -> Result<Conversion, Error> {
        let mut random = |bound: u64| rand::random_range(0..bound.max(1));
        let converted = self.converter.convert(workflow, &self.options, &mut random);
        Ok(converted.map_err(|error| match error {
            ConvertError::MissingClasses(missing) => {
                let report = of_missing_classes(&missing, workflow, &self.replacements);
                ErrorKind::MissingClasses(report)
            }
            other => ErrorKind::Convert(other),
        })?)
    }

    /// Writes the values of a prompt into the workflow that it was converted from.
    pub fn write_back(&self, workflow: &UiWorkflow, wanted: Prompt) -> Result<WrittenBack, Error> {
        let written = self.converter.write_back(workflow, &self.options, wanted);
        Ok(written.map_err(ErrorKind::Convert)?)
    }

    /// Mutes or bypasses a node.
    pub fn set_mode(
        &self,
        workflow: &UiWorkflow,
        node: &NodeId,
        mode: Mode,
    ) -> Result<UiWorkflow, ModeError> {
        self.converter.set_mode(workflow, node, mode)
    }
}

impl Server {
    /// The editor that this server has, for one workflow.
    pub async fn editor_for(
        &self,
        workflow: &UiWorkflow,
        seeds: SeedMode,
    ) -> Result<Editor, Error> {
        let stats = self.client().system_stats().await?;
        let dialect = Dialect::of_server(stats.frontend_version());
        let definitions = self.definitions_for_editor(workflow).await?;
        Ok(Editor::new(&definitions, dialect, seeds))
    }

    /// The definitions of the classes that a workflow of the editor uses.
    pub async fn definitions_for_editor(
        &self,
        workflow: &UiWorkflow,
    ) -> Result<Definitions, Error> {
        self.definitions_of(workflow.classes()).await
    }
}

/// What a prompt was made from.
pub(crate) struct Origin {
    workflow: UiWorkflow,
    editor: Editor,
}

/// The prompt of a workflow in either format, and what it was made from if the editor saved that.
pub(crate) async fn make_prompt(
    server: &Server,
    document: Document,
    seeds: SeedMode,
    watcher: Watcher<'_>,
) -> Result<(Prompt, Option<Origin>), Error> {
    let fields = match document {
        Document::Prompt(_) if seeds != SeedMode::Saved => {
            return Err(ErrorKind::NoSeedControl.into());
        }
        Document::Prompt(prompt) => return Ok((prompt, None)),
        Document::Ui(fields) => fields,
    };
    let workflow =
        UiWorkflow::from_value(Value::Object(fields)).map_err(|_| ErrorKind::UiFormat)?;
    let editor = server.editor_for(&workflow, seeds).await?;
    let Conversion { prompt, warnings } = editor.convert(&workflow)?;
    for warning in warnings {
        watcher(Notice::Converted(warning));
    }
    Ok((prompt, Some(Origin { workflow, editor })))
}

impl Origin {
    /// The editor's graph of an earlier job, which has the values of its prompt, for others to be
    /// written into it.
    pub(crate) async fn of(server: &Server, graph: Value) -> Result<Self, Error> {
        let workflow = UiWorkflow::from_value(graph).map_err(|_| ErrorKind::UiFormat)?;
        let editor = server.editor_for(&workflow, SeedMode::Saved).await?;
        let editor = editor.with_texts_as_saved();
        Ok(Self { workflow, editor })
    }

    /// The editor's graph with the values that are sent. The prompt gets what follows from them in
    /// the editor, such as file names that tell of a seed.
    pub(crate) fn write_back(
        &self,
        prompt: &mut Prompt,
        watcher: Watcher<'_>,
    ) -> Result<Value, Error> {
        let written = self.editor.write_back(&self.workflow, prompt.clone())?;
        for warning in written.warnings {
            watcher(Notice::Converted(warning));
        }
        *prompt = written.prompt;
        Ok(Value::Object(written.workflow.into_fields()))
    }
}

fn local_time(now: &Zoned) -> LocalTime {
    let part = |number: i8| number.unsigned_abs();
    LocalTime {
        year: now.year(),
        month: part(now.month()),
        day: part(now.day()),
        hour: part(now.hour()),
        minute: part(now.minute()),
        second: part(now.second()),
    }
}
