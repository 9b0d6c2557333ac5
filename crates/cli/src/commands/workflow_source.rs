//! The workflow that a command looks at, and the definitions to look with.

use crate::arguments::DefinitionsArguments;
use crate::context::Context;
use crate::definitions;
use crate::failure::Failure;
use crate::graph::{Editable, Graph};
use crate::library;
use comfyctl_workflow::{Definitions, Prompt};
use std::path::Path;

pub(super) struct Source {
    pub(super) prompt: Prompt,
    /// `None` when neither a file nor a server was named.
    pub(super) definitions: Option<Definitions>,
    /// What the prompt was made from, if the editor saved that.
    pub(super) editable: Option<Editable>,
}

pub(super) async fn read(
    file: &Path,
    arguments: &DefinitionsArguments,
    context: &Context,
) -> Result<Source, Failure> {
    let graph = Graph::new(library::workflow(file, context).await?.document)?;
    let known = definitions::known(arguments, graph.classes(), context).await?;
    let (prompt, editable) = graph.editable(known.as_ref(), context)?;
    Ok(Source {
        prompt,
        definitions: known.map(|known| known.definitions),
        editable,
    })
}

/// The graph in a file, on standard input for `-`, or saved under a name.
pub(super) async fn prompt(file: &Path, context: &Context) -> Result<Prompt, Failure> {
    Ok(library::workflow(file, context).await?.into_prompt()?)
}

/// Says what is missing when there are no definitions.
pub(super) fn hint_at_definitions(definitions: Option<&Definitions>, context: &Context) {
    if definitions.is_none() {
        context.printer.hint(
            "only the structure was looked at: name a server with --url, or give --object-info",
        );
    }
}
