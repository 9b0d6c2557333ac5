//! `comfyctl workflow set`: values into a workflow, by parameter or by selector.

use super::workflow_source;
use crate::arguments::{Assignment, Place, SetArguments};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::graph::{Editable, Graph};
use comfyctl_manager::Code;
use comfyctl_workflow::edit::{Draft, EditError};
use comfyctl_workflow::ui::UiWorkflow;
use comfyctl_workflow::{
    Analysis, Definitions, InputAddress, InvalidParameters, Node, Origin, Parameters, Prompt,
    SelectorError, ValueType, nearest, parse_value,
};
use serde_json::{Map, Value};

pub(crate) async fn run(arguments: SetArguments, context: &Context) -> Result<ExitStatus, Failure> {
    let SetArguments {
        file,
        assignments,
        output,
        definitions,
    } = arguments;
    output.refuse_in_place(&file)?;
    let source = workflow_source::read(&file, &definitions, context).await?;
    let changed = apply(&assignments, &source.prompt, source.definitions.as_ref())?;
    let changed = match &source.editable {
        None => Graph::Prompt(changed),
        Some(editable) => Graph::Workflow(write_back(editable, changed)?),
    };
    output.put(&file, &changed, Value::Null, context)?;
    workflow_source::hint_at_definitions(source.definitions.as_ref(), context);
    Ok(ExitStatus::Success)
}

/// The workflow of the editor with the values of its changed prompt.
pub(super) fn write_back(editable: &Editable, wanted: Prompt) -> Result<UiWorkflow, Failure> {
    let written = editable.editor.write_back(&editable.workflow, wanted)?;
    match written.warnings.first() {
        None => Ok(written.workflow),
        Some(warning) => {
            let hint = "change the prompt that `comfyctl workflow convert` makes of it".to_owned();
            let message = warning.to_string();
            Err(Failure::new(Code::InvalidOverride, message, Some(hint)))
        }
    }
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
            let value = typed_value(prompt, &parameters, &address, typed, definitions)?;
            draft.set(&address, value).map_err(refused)?;
        }
    }
    draft.finish().map_err(refused)
}

/// What was typed, as the input takes it.
pub(super) fn typed_value(
    prompt: &Prompt,
    parameters: &Parameters,
    address: &InputAddress,
    typed: &str,
    definitions: Option<&Definitions>,
) -> Result<Value, Failure> {
    check_input(prompt, address, definitions)?;
    let value = parse_value(typed, current(prompt, address));
    check_value(parameters, address, value)
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

pub(super) fn unselected(error: SelectorError) -> Failure {
    Failure::new(Code::InvalidOverride, error.to_string(), error.hint())
}

pub(super) fn refused(error: EditError) -> Failure {
    Failure::new(Code::InvalidOverride, error.to_string(), error.hint())
}
