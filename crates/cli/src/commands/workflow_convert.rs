//! `comfyctl workflow convert`: from what the editor saves to prompts, and back.

use super::workflow_target::{Made, Target, Warning};
use crate::arguments::ConvertArguments;
use crate::context::Context;
use crate::definitions;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::graph::Graph;
use crate::library;
use comfyctl_manager::{Code, Error, ErrorKind, JobError, prepare_folder};
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What is printed for a file with `--json`.
#[derive(Serialize)]
struct Converted<'a> {
    file: &'a Path,
    /// Where the graph was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<PathBuf>,
    /// The graph, unless it was written.
    #[serde(flatten)]
    graph: Option<Graph>,
    warnings: Vec<Warning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<JobError>,
}

pub(crate) async fn run(
    arguments: ConvertArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    if arguments.files.len() > 1 && arguments.out.is_none() && !context.printer.is_json() {
        return Err(two_results());
    }
    let mut read = Vec::new();
    for file in &arguments.files {
        read.push(read_graph(file, context).await);
    }
    let classes = read.iter().flatten().flat_map(|(_, graph)| graph.classes());
    let known = definitions::needed(&arguments.definitions, classes.collect(), context).await?;
    let target = Target::new(&arguments, known);
    if let Some(folder) = &arguments.out {
        prepare_folder(folder)?;
    }
    let mut files = Vec::new();
    let mut status = ExitStatus::Success;
    for (file, read) in arguments.files.iter().zip(read) {
        let converted = read.and_then(|read| convert_file(file, read, &arguments, &target));
        let converted = converted.unwrap_or_else(|failure| {
            if status == ExitStatus::Success {
                status = failure.exit_status();
            }
            Converted::failed(file, failure)
        });
        if !context.printer.is_json() {
            tell(&converted, context);
        }
        files.push(converted);
    }
    if context.printer.is_json() {
        context.printer.json(&json!({ "files": files }));
    }
    Ok(status)
}

/// A file's workflow, under the name of the file if it has one.
async fn read_graph(file: &Path, context: &Context) -> Result<(Option<String>, Graph), Failure> {
    let workflow = library::workflow(file, context).await?;
    Ok((workflow.name, Graph::new(workflow.document)?))
}

fn convert_file<'a>(
    file: &'a Path,
    (name, graph): (Option<String>, Graph),
    arguments: &ConvertArguments,
    target: &Target,
) -> Result<Converted<'a>, Failure> {
    let Made { graph, warnings } = target.make(graph)?;
    // A saved workflow may lie in folders of its library.
    let name = name.as_deref().and_then(|name| name.rsplit('/').next());
    let name = name.unwrap_or(graph.name()).to_owned();
    let output = arguments
        .out
        .as_ref()
        .map(|folder| folder.join(format!("{name}.json")));
    let Some(output) = output else {
        return Ok(Converted {
            file,
            output: None,
            graph: Some(graph),
            warnings,
            error: None,
        });
    };
    let mut text = serde_json::to_vec_pretty(&graph.bare()).unwrap_or_default();
    text.push(b'\n');
    fs_err::write(&output, text).map_err(|error| Error::from(ErrorKind::File(error)))?;
    Ok(Converted {
        file,
        output: Some(output),
        graph: None,
        warnings,
        error: None,
    })
}

impl<'a> Converted<'a> {
    fn failed(file: &'a Path, failure: Failure) -> Self {
        Self {
            file,
            output: None,
            graph: None,
            warnings: Vec::new(),
            error: Some(failure.into_error()),
        }
    }
}

fn tell(converted: &Converted<'_>, context: &Context) {
    let file = converted.file.display();
    for warning in &converted.warnings {
        context.printer.warning(&format!("{file}: {warning}"));
    }
    if let Some(error) = &converted.error {
        context
            .printer
            .warning(&format!("{file} is not converted: {}", error.message));
        if let Some(hint) = &error.hint {
            context.printer.hint(hint);
        }
    }
    if let Some(graph) = &converted.graph {
        context.printer.json(&graph.bare());
    }
}

fn two_results() -> Failure {
    let message = "several results cannot go to standard output together";
    let hint = "name a folder for them with --out, or take --json".to_owned();
    Failure::new(Code::FileError, message, Some(hint))
}
