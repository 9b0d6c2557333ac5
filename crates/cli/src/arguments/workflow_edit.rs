//! `comfyctl workflow edit`, whose options are operations that keep the order in which they are given.

use super::{ChangedOutput, DefinitionsArguments};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Command, FromArgMatches};
use comfyctl_workflow::{NodeSelector, Override, Selector, SelectorError, split_assignment};
use std::path::PathBuf;

/// Change the nodes and links of a workflow and print the new one
#[derive(Debug, Args)]
#[command(after_help = "\
Operations are done in the order given, all or none, and may be repeated. NODE is an id, a class or a
title; an input is NODE.INPUT, an output NODE.SLOT, where SLOT counts from 0 or is the output's name.
Names of outputs, --bypass, and checks of classes and types take definitions (see there).

What the editor saved stays in its format, which takes definitions too: --set goes into widgets,
--bypass and --mute switch the node. The other operations change prompts only.

Examples:
  comfyctl workflow edit flow.json --bypass LoraLoader -o plain.json
  comfyctl workflow edit flow.json --add 20=ImageInvert --connect 8.IMAGE=20.image \\
      --connect 20.0=SaveImage.images --in-place
  comfyctl workflow edit flow.json --disconnect 9.images --remove 12 --set 3.steps=30

JSON: the workflow; with --output or --in-place {\"file\", \"changes\": [{\"operation\", \"node\",
\"rewired\", \"unlinked\", \"moved\", \"dropped\", \"defaulted\"}]}, where inputs that an operation
changed beside its own are listed, as NODE.INPUT or the name alone.")]
pub(crate) struct EditArguments {
    /// Workflow, or a file that carries one; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) operations: Operations,

    #[command(flatten)]
    pub(crate) output: ChangedOutput,

    #[command(flatten)]
    pub(crate) definitions: DefinitionsArguments,
}

/// One change.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Set(Override),
    Unset(Selector),
    /// From an output, given like an input, to an input.
    Connect(Selector, Selector),
    Disconnect(Selector),
    Bypass(NodeSelector),
    Mute(NodeSelector),
    Replace(NodeSelector, String),
    /// Id, if one is given, and class.
    Add(Option<String>, String),
    Remove(NodeSelector),
}

type Parse = fn(&str) -> Result<Operation, SelectorError>;

/// Option, form of its value, help, and how the value is read.
const OPERATIONS: [(&str, &str, &str, Parse); 9] = [
    (
        "set",
        "INPUT=VALUE",
        "Set an input; the value is JSON or text",
        |text| text.parse().map(Operation::Set),
    ),
    (
        "unset",
        "INPUT",
        "Take an input away, so that the class's default holds",
        |text| text.parse().map(Operation::Unset),
    ),
    (
        "connect",
        "OUTPUT=INPUT",
        "Feed an input from an output",
        |text| {
            let (output, input) = split_assignment(text)?;
            Ok(Operation::Connect(output.parse()?, input.parse()?))
        },
    ),
    (
        "disconnect",
        "INPUT",
        "Take the link of an input away",
        |text| text.parse().map(Operation::Disconnect),
    ),
    (
        "bypass",
        "NODE",
        "Take a node out and pass on what it takes",
        |text| text.parse().map(Operation::Bypass),
    ),
    (
        "mute",
        "NODE",
        "Take a node out, and the links that it feeds",
        |text| text.parse().map(Operation::Mute),
    ),
    (
        "replace",
        "NODE=CLASS",
        "Give a node another class; what fits is carried over",
        |text| {
            let (node, class) = split_assignment(text)?;
            Ok(Operation::Replace(node.parse()?, class.to_owned()))
        },
    ),
    (
        "add",
        "[ID=]CLASS",
        "Add a node; by default under the next free number",
        |text| {
            Ok(match text.split_once('=') {
                Some((id, class)) => Operation::Add(Some(id.to_owned()), class.to_owned()),
                None => Operation::Add(None, text.to_owned()),
            })
        },
    ),
    (
        "remove",
        "NODE",
        "Remove a node that feeds no other",
        |text| text.parse().map(Operation::Remove),
    ),
];

/// Operations in the order in which they are given.
#[derive(Debug)]
pub(crate) struct Operations(pub(crate) Vec<Operation>);

impl Operation {
    /// The option that asks for it.
    pub(crate) fn name(&self) -> &'static str {
        let at = match self {
            Self::Set(_) => 0,
            Self::Unset(_) => 1,
            Self::Connect(..) => 2,
            Self::Disconnect(_) => 3,
            Self::Bypass(_) => 4,
            Self::Mute(_) => 5,
            Self::Replace(..) => 6,
            Self::Add(..) => 7,
            Self::Remove(_) => 8,
        };
        OPERATIONS[at].0
    }
}

impl Args for Operations {
    fn augment_args(command: Command) -> Command {
        let group = ArgGroup::new("operations").multiple(true).required(true);
        let names = OPERATIONS.map(|(name, ..)| name);
        let command = OPERATIONS.iter().fold(command, |command, operation| {
            let (name, form, help, parse) = *operation;
            let arg = Arg::new(name).long(name).value_name(form).help(help);
            command.arg(arg.action(ArgAction::Append).value_parser(parse))
        });
        command.group(group.args(names))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Operations {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut found: Vec<(usize, Operation)> = Vec::new();
        for (name, ..) in OPERATIONS {
            let places = matches.indices_of(name).into_iter().flatten();
            let values = matches.get_many::<Operation>(name).into_iter().flatten();
            found.extend(places.zip(values.cloned()));
        }
        found.sort_by_key(|(place, _)| *place);
        let operations = found.into_iter().map(|(_, operation)| operation);
        Ok(Self(operations.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
