//! `comfyctl jobs backup`, `check`, `export` and `import`: the history as files.

use crate::arguments::{BackupJobs, CheckJobs, ExportJobs, ImportJobs};
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use comfyctl_manager::{Backup, Error, ErrorKind, Imported, Manager};
use indicatif::HumanBytes;
use serde_json::json;
use std::path::Path;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};

pub(crate) async fn backup(
    arguments: &BackupJobs,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let backup = manager.backup(&arguments.file).await?;
    manager.close().await;
    context.printer.result(&backup, || described(&backup));
    Ok(ExitStatus::Success)
}

fn described(backup: &Backup) -> String {
    let Backup {
        path,
        bytes,
        checksum,
    } = backup;
    format!(
        "{}  {}  blake3 {checksum}",
        path.display(),
        HumanBytes(*bytes)
    )
}

pub(crate) async fn check(arguments: &CheckJobs, context: &Context) -> Result<ExitStatus, Failure> {
    if let Some(file) = &arguments.backup {
        let backup = Manager::verify_backup(file).await?;
        let none: [&str; 0] = [];
        let shown = json!({ "sound": true, "findings": none, "backup": backup });
        context
            .printer
            .result(&shown, || format!("sound: {}", described(&backup)));
        return Ok(ExitStatus::Success);
    }
    let findings = context.manager()?.check_history().await?;
    let shown = json!({ "sound": findings.is_empty(), "findings": findings });
    context.printer.result(&shown, || match &findings[..] {
        [] => "the history is sound".to_owned(),
        findings => findings.join("\n"),
    });
    Ok(match &findings[..] {
        [] => ExitStatus::Success,
        _ => ExitStatus::Store,
    })
}

pub(crate) async fn export(
    arguments: &ExportJobs,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let file = &arguments.file;
    let exported = export_to(file, &manager).await?;
    let shown = json!({ "file": file, "exported": exported });
    context
        .printer
        .result(&shown, || format!("{exported} jobs in {}", file.display()));
    Ok(ExitStatus::Success)
}

/// The file appears whole or not at all.
async fn export_to(file: &Path, manager: &Manager) -> Result<u64, Failure> {
    let folder = file.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    let unfinished = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let reopened = unfinished.reopen().map_err(failed)?;
    let mut writer = tokio::fs::File::from_std(reopened);
    let exported = manager.export(&mut writer).await?;
    writer.flush().await.map_err(failed)?;
    writer.sync_all().await.map_err(failed)?;
    let kept = unfinished.persist(file);
    kept.map_err(|lost| failed(lost.error))?;
    Ok(exported)
}

pub(crate) async fn import(
    arguments: &ImportJobs,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let manager = context.manager()?;
    let file = fs_err::tokio::File::open(&arguments.file).await;
    let file = BufReader::new(file.map_err(failed)?);
    let imported = import_from(file, &manager).await?;
    manager.close().await;
    let Imported { added, skipped } = imported;
    context.printer.result(&imported, || {
        format!("{added} jobs added, {skipped} were there before")
    });
    Ok(ExitStatus::Success)
}

/// An export starts with `{"format":`; what version 2.0.0 wrote is one object over many lines.
async fn import_from(
    mut from: impl AsyncBufRead + Unpin + Send,
    manager: &Manager,
) -> Result<Imported, Failure> {
    let start = from.fill_buf().await.map_err(failed)?;
    if start.starts_with(b"{\"format\":") {
        return Ok(manager.import(&mut from).await?);
    }
    let mut text = String::new();
    from.read_to_string(&mut text).await.map_err(failed)?;
    Ok(manager.import_version_2(&text).await?)
}

fn failed(error: std::io::Error) -> Failure {
    Error::from(ErrorKind::File(error)).into()
}
