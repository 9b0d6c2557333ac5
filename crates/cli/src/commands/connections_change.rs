//! `comfyctl connections add`, `update`, `remove`, `rename`, `default`, `pause` and `resume`.

use crate::arguments::{
    AddConnection, DefaultConnection, RemoveConnections, RenameConnection, UpdateConnection,
};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use comfyctl_manager::Error;
use comfyctl_manager::settings::SettingsDocument;
use serde_json::{Value, json};

pub(crate) fn add(arguments: &AddConnection, context: &Context) -> Result<ExitStatus, Failure> {
    let name = &arguments.name;
    edit(context, |document| {
        document.add_connection(name, &arguments.change())?;
        if arguments.default {
            document.set_default_connection(name)
        } else {
            Ok(())
        }
    })?;
    let next = format!("added `{name}`; `comfyctl connections test {name}` says who answers there");
    Ok(done(context, json!({ "added": name }), next))
}

pub(crate) fn update(
    arguments: &UpdateConnection,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let name = &arguments.name;
    edit(context, |document| {
        document.update_connection(name, &arguments.change())
    })?;
    Ok(done(
        context,
        json!({ "updated": name }),
        format!("updated `{name}`"),
    ))
}

/// Nothing is removed when one of the names is wrong.
pub(crate) fn remove(
    arguments: &RemoveConnections,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let names = &arguments.names;
    edit(context, |document| {
        names
            .iter()
            .try_for_each(|name| document.remove_connection(name))
    })?;
    Ok(done(
        context,
        json!({ "removed": names }),
        lines("removed", names),
    ))
}

pub(crate) fn rename(
    arguments: &RenameConnection,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let RenameConnection { name, new_name } = arguments;
    edit(context, |document| {
        document.rename_connection(name, new_name)
    })?;
    let result = json!({ "renamed": name, "to": new_name });
    Ok(done(
        context,
        result,
        format!("renamed `{name}` to `{new_name}`"),
    ))
}

pub(crate) fn default(
    arguments: &DefaultConnection,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let Some(name) = &arguments.name else {
        let manager = context.manager()?;
        let name = manager.settings().default_connection_name();
        return Ok(done(context, json!({ "default": name }), name.to_owned()));
    };
    edit(context, |document| document.set_default_connection(name))?;
    Ok(done(
        context,
        json!({ "default": name }),
        format!("`{name}` is the default"),
    ))
}

pub(crate) fn pause(names: &[String], context: &Context) -> Result<ExitStatus, Failure> {
    edit(context, |document| {
        names
            .iter()
            .try_for_each(|name| document.pause_connection(name, true))
    })?;
    Ok(done(
        context,
        json!({ "paused": names }),
        lines("paused", names),
    ))
}

pub(crate) fn resume(names: &[String], context: &Context) -> Result<ExitStatus, Failure> {
    edit(context, |document| {
        names
            .iter()
            .try_for_each(|name| document.pause_connection(name, false))
    })?;
    Ok(done(
        context,
        json!({ "resumed": names }),
        lines("resumed", names),
    ))
}

fn edit(
    context: &Context,
    change: impl FnOnce(&mut SettingsDocument) -> Result<(), Error>,
) -> Result<(), Failure> {
    Ok(SettingsDocument::edit(
        &context.locations()?.settings_file,
        change,
    )?)
}

fn done(context: &Context, result: Value, text: String) -> ExitStatus {
    context.printer.result(&result, || text);
    ExitStatus::Success
}

fn lines(verb: &str, names: &[String]) -> String {
    let lines: Vec<_> = names
        .iter()
        .map(|name| format!("{verb} `{name}`"))
        .collect();
    lines.join("\n")
}
