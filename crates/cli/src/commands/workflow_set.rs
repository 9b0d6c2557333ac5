//! `comfyctl workflow set`: values into a workflow, by parameter or by selector.

use super::workflow_source::{self, Source};
use crate::arguments::{Assignment, Place, SetArguments};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use comfyctl_manager::{Code, Error, ErrorKind};
use comfyctl_workflow::edit::{Draft, EditError};
use comfyctl_workflow::{
    Analysis, Definitions, InputAddress, InvalidParameters, Node, Origin, Parameters, Prompt,
    SelectorError, ValueType, nearest, parse_value,
};
use serde_json::{Map, Value, json};
use std::io::Write as _;
use std::path::Path;

pub(crate) async fn run(arguments: SetArguments, context: &Context) -> Result<ExitStatus, Failure> {
    let Source {
        prompt,
        definitions,
    } = workflow_source::read(&arguments.file, &arguments.definitions, context).await?;
    let changed = apply(&arguments.assignments, &prompt, definitions.as_ref())?;
    match &arguments.output {
        None => context.printer.json(&changed),
        Some(file) => {
            write(file, &changed, arguments.force)?;
            let name = file.display().to_string();
            context
                .printer
                .result(&json!({ "file": file }), || name.clone());
        }
    }
    workflow_source::hint_at_definitions(definitions.as_ref(), context);
    Ok(ExitStatus::Success)
}

/// Parameters first, all checked together; then inputs in the order given.
fn apply(
    assignments: &[Assignment],
    prompt: &Prompt,
    definitions: Option<&Definitions>,
) -> Result<Prompt, Failure> {
    let parameters = Analysis::of(prompt, definitions).parameters;
    let mut values = Map::new();
    for Assignment { place, typed } in assignments {
        if let Place::Parameter(name) = place {
            values.insert(name.clone(), typed_for(&parameters, name, typed));
        }
    }
    let changed = parameters.apply_given(prompt, &values).map_err(invalid)?;
    let mut draft = Draft::of(&changed);
    for Assignment { place, typed } in assignments {
        if let Place::Input(selector) = place {
            let address = selector.resolve(prompt).map_err(unselected)?;
            check_input(prompt, &address, definitions)?;
            let value = parse_value(typed, current(prompt, &address));
            let value = check_value(&parameters, &address, value)?;
            draft.set(&address, value).map_err(refused)?;
        }
    }
    draft.finish().map_err(refused)
}

/// What was typed, as the parameter takes it: a prompt may well be `1984`.
fn typed_for(parameters: &Parameters, name: &str, typed: &str) -> Value {
    let text = Value::String(String::new());
    let takes_text = parameters
        .get(name)
        .is_some_and(|parameter| parameter.value_type == ValueType::String);
    parse_value(typed, takes_text.then_some(&text))
}

fn current<'a>(prompt: &'a Prompt, address: &InputAddress) -> Option<&'a Value> {
    prompt.node(address.node.as_str())?.input(&address.input)
}

/// An input that the file does not have must be one that the class has.
fn check_input(
    prompt: &Prompt,
    address: &InputAddress,
    definitions: Option<&Definitions>,
) -> Result<(), Failure> {
    let node = prompt.node(address.node.as_str());
    let class = node.map(Node::class_type).unwrap_or_default();
    if current(prompt, address).is_some() {
        return Ok(());
    }
    let definition = definitions.and_then(|all| all.get(class)?.ok());
    let declared = definition.iter().flat_map(|known| known.input.visible());
    let declared: Vec<&str> = declared.map(|(name, _)| name).collect();
    // Inputs of dynamic nodes are declared by their first part (`images.image0`).
    let stem = address.input.split('.').next().unwrap_or_default();
    if declared.contains(&stem) {
        return Ok(());
    }
    let present = node.into_iter().flat_map(Node::inputs);
    let names = present.map(|(name, _)| name).chain(declared);
    let hint = match nearest(&address.input, names) {
        Some(name) => format!("did you mean `{name}`?"),
        None if definitions.is_none() => {
            "name a server with --url to set inputs that are not in the file".to_owned()
        }
        None => format!("`comfyctl nodes {class}` lists its inputs"),
    };
    let (node, input) = (&address.node, &address.input);
    let message = format!("node `{node}` ({class}) has no input `{input}`");
    Err(Failure::new(Code::InvalidOverride, message, Some(hint)))
}

/// The value as the input takes it, where something is known of the input; links are left alone.
fn check_value(
    parameters: &Parameters,
    address: &InputAddress,
    value: Value,
) -> Result<Value, Failure> {
    let holds = |target: &comfyctl_workflow::Target| target.address() == *address;
    let parameter = parameters
        .iter()
        .find(|each| each.origin == Origin::Input && each.targets.iter().any(holds));
    match parameter {
        Some(parameter) if !value.is_array() => parameter
            .check(&value)
            .map_err(|error| invalid(InvalidParameters(vec![error]))),
        _ => Ok(value),
    }
}

fn invalid(error: InvalidParameters) -> Failure {
    Failure::new(Code::InvalidOverride, error.to_string(), error.hint())
}

fn unselected(error: SelectorError) -> Failure {
    Failure::new(Code::InvalidOverride, error.to_string(), error.hint())
}

fn refused(error: EditError) -> Failure {
    Failure::new(Code::InvalidOverride, error.to_string(), error.hint())
}

/// Writes a file whole or not at all; over one that is there only with `force`.
fn write(file: &Path, prompt: &Prompt, force: bool) -> Result<(), Failure> {
    let failed = |error| Failure::from(Error::from(ErrorKind::File(error)));
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut part = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut text = serde_json::to_vec_pretty(prompt).unwrap_or_default();
    text.push(b'\n');
    part.write_all(&text).map_err(failed)?;
    part.as_file().sync_all().map_err(failed)?;
    let kept = if force {
        part.persist(file)
    } else {
        part.persist_noclobber(file)
    };
    match kept {
        Ok(_) => Ok(()),
        Err(there) if there.error.kind() == std::io::ErrorKind::AlreadyExists => {
            let message = format!("`{}` is there already", file.display());
            let hint = "write over it with --force".to_owned();
            Err(Failure::new(Code::FileError, message, Some(hint)))
        }
        Err(lost) => Err(failed(lost.error)),
    }
}
