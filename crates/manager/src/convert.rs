//! Makes prompts of what the editor saves, with the definitions of the server that is to run them.
//!
//! Called before a job is stored, and by commands that look at a workflow with a server at hand.

use crate::error::{Error, ErrorKind};
use crate::notice::{Notice, Watcher};
use crate::server::Server;
use comfyctl_workflow::convert::{Conversion, Converter, Dialect, LocalTime, Options, SeedMode};
use comfyctl_workflow::ui::UiWorkflow;
use comfyctl_workflow::{Definitions, Document, Prompt};
use jiff::Zoned;
use serde_json::Value;

/// With more classes than this the whole list is asked for at once.
const MOST_SINGLE: usize = 60;

impl Server {
    /// Converts as the editor that this server has would.
    pub async fn convert(&self, workflow: &UiWorkflow) -> Result<Conversion, Error> {
        let stats = self.client().system_stats().await?;
        let dialect = Dialect::of_server(stats.frontend_version());
        let definitions = self.definitions_for_editor(workflow).await?;
        convert(
            workflow,
            &Converter::new(&definitions),
            dialect,
            SeedMode::Saved,
        )
    }

    /// The definitions of the classes that a workflow of the editor uses.
    pub async fn definitions_for_editor(
        &self,
        workflow: &UiWorkflow,
    ) -> Result<Definitions, Error> {
        let classes = workflow.classes();
        if classes.len() > MOST_SINGLE {
            return Ok(self.client().definitions().await?);
        }
        self.definitions_of(classes).await
    }
}

/// The prompt of a workflow in either format, and the graph of the editor that it was made from.
pub(crate) async fn make_prompt(
    server: &Server,
    document: Document,
    watcher: Watcher<'_>,
) -> Result<(Prompt, Option<Value>), Error> {
    let fields = match document {
        Document::Prompt(prompt) => return Ok((prompt, None)),
        Document::Ui(fields) => fields,
    };
    let workflow =
        UiWorkflow::from_value(Value::Object(fields)).map_err(|_| ErrorKind::UiFormat)?;
    let Conversion { prompt, warnings } = server.convert(&workflow).await?;
    for warning in warnings {
        watcher(Notice::Converted(warning));
    }
    Ok((prompt, Some(Value::Object(workflow.into_fields()))))
}

/// Converts with chance and time of this machine.
pub fn convert(
    workflow: &UiWorkflow,
    converter: &Converter,
    dialect: Dialect,
    seeds: SeedMode,
) -> Result<Conversion, Error> {
    let options = Options {
        dialect,
        seeds,
        now: Some(local_time(&Zoned::now())),
        ..Options::default()
    };
    let mut random = |bound: u64| rand::random_range(0..bound.max(1));
    let converted = converter.convert(workflow, &options, &mut random);
    Ok(converted.map_err(ErrorKind::Convert)?)
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
