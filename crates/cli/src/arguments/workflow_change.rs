//! `comfyctl workflow set` and `diff`: changing a workflow, and what was changed.

use super::DefinitionsArguments;
use clap::Args;
use comfyctl_workflow::{Selector, SelectorError, split_assignment};
use std::path::PathBuf;
use std::str::FromStr;

/// Set values in a workflow and print the new one
#[derive(Debug, Args)]
#[command(after_help = "\
NAME is a parameter, as `comfyctl workflow analyze` lists it, or a selector such as 6.text. The
value is JSON or text. With definitions (see there) ranges and choices are checked. What the editor
saved stays in its format, which takes definitions: the values go into its widgets.

Examples:
  comfyctl workflow set workflow.json positive_prompt='a red fox' seed=7 > fox.json
  comfyctl workflow set workflow.json KSampler.steps=30 -o fast.json

JSON: the workflow, or {\"file\"} with --output or --in-place.")]
pub(crate) struct SetArguments {
    /// Workflow, or a file that carries one; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// What to set
    #[arg(value_name = "NAME=VALUE", required = true)]
    pub(crate) assignments: Vec<Assignment>,

    #[command(flatten)]
    pub(crate) output: ChangedOutput,

    #[command(flatten)]
    pub(crate) definitions: DefinitionsArguments,
}

/// Where a changed workflow goes.
#[derive(Debug, Args)]
pub(crate) struct ChangedOutput {
    /// Write it there instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Write over a file that is there
    #[arg(long, requires = "output")]
    pub(crate) force: bool,

    /// Write it over the file that it was read from
    #[arg(long, short, conflicts_with = "output")]
    pub(crate) in_place: bool,
}

/// Say how two workflows differ by meaning
#[derive(Debug, Args)]
#[command(after_help = "\
Ids, titles and order count for nothing. `-` is a node that is gone, `+` a new one, `~` a changed
one with its inputs.

Examples:
  comfyctl workflow diff before.json after.json
  comfyctl workflow diff ComfyUI_00001_.png ComfyUI_00002_.png

JSON: {\"equal\", \"added\": [{\"node\", \"class\", \"title\"}], \"removed\": [...], \"changed\": [{\"older\",
\"newer\", \"inputs\": [{\"input\", \"older\", \"newer\"}]}], \"unchanged\"}; a side of an input is {\"value\"} or
{\"link\": {\"node\", \"slot\"}}.")]
pub(crate) struct DiffArguments {
    /// The older workflow
    #[arg(value_name = "OLDER")]
    pub(crate) older: PathBuf,

    /// The newer workflow
    #[arg(value_name = "NEWER")]
    pub(crate) newer: PathBuf,
}

/// `seed=7` or `6.text=a red fox`.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    pub(crate) place: Place,
    pub(crate) typed: String,
}

/// What is to be set.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// A parameter by its name.
    Parameter(String),
    /// An input.
    Input(Selector),
}

impl FromStr for Assignment {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let (place, typed) = split_assignment(text)?;
        let place = match place.parse::<Selector>() {
            Ok(selector) => Place::Input(selector),
            Err(_) if is_name(place) => Place::Parameter(place.to_owned()),
            Err(error) => return Err(error),
        };
        Ok(Self {
            place,
            typed: typed.to_owned(),
        })
    }
}

/// Names of parameters have no signs but `_` and `-`; what else stands there was meant as a selector.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|each| each.is_alphanumeric() || matches!(each, '_' | '-'))
}
