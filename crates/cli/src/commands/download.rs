//! `comfyctl download`.

use super::file_report::FileReport;
use super::not_on_server;
use super::transfer_bar::TransferBar;
use crate::arguments::DownloadArguments;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::file_name;
use comfyctl_client::{Client, Existing, FileReference, Folder, ViewOptions};
use comfyctl_manager::{Code, Error, ErrorKind, Job, Manager, local_name};
use serde::Serialize;
use std::path::Path;

/// A file that is on this machine now, as `--json` gives it.
#[derive(Debug, Serialize)]
struct DownloadedFile {
    file: String,
    path: String,
    size: u64,
}

pub(crate) async fn run(
    arguments: DownloadArguments,
    context: &Context,
) -> Result<ExitStatus, Failure> {
    let report = match &arguments.job {
        Some(id) => of_job(id, &arguments.output, context).await?,
        None => of_names(&arguments.files, &arguments.output, context).await?,
    };
    report.finish(context.printer, |file| &file.path)
}

async fn of_names(
    names: &[String],
    folder: &Path,
    context: &Context,
) -> Result<FileReport<DownloadedFile>, Failure> {
    let client = context.client()?;
    fs_err::create_dir_all(folder).map_err(|error| Error::from(ErrorKind::File(error)))?;
    let mut done = Vec::new();
    for name in names {
        let bar = TransferBar::new(context, name.clone());
        match fetch(&client, &file_name::parse(name), folder, &bar).await {
            Ok(file) => done.push(file),
            Err(failure) => return Ok(FileReport::new(done, Err(failure))),
        }
    }
    Ok(FileReport::new(done, Ok(())))
}

async fn fetch(
    client: &Client,
    file: &FileReference,
    folder: &Path,
    bar: &TransferBar,
) -> Result<DownloadedFile, Failure> {
    let download = client.view(file, &ViewOptions::default()).await;
    let download = download.map_err(|error| match error.status() {
        // 400 and 403 are what a server says of a name that cannot be.
        Some(400 | 404) => not_found(file),
        Some(403) if file.subfolder.split('/').any(|part| part == "..") => not_found(file),
        _ => error.into(),
    })?;
    let path = folder.join(local_name(&file.filename));
    let mut size = 0;
    let progress = |progress| {
        bar.show(progress);
        size = progress.received;
    };
    let path = download.save(&path, Existing::Number, progress).await?;
    Ok(DownloadedFile {
        file: file_name::show(file),
        path: shown(&path),
        size,
    })
}

fn not_found(file: &FileReference) -> Failure {
    let otherwise = match file.folder {
        Folder::Output => "a file of another folder is named as `NAME [input]` or `NAME [temp]`",
        Folder::Input => "`comfyctl upload` prints the names of what it uploads",
        Folder::Temp => "the server empties its temp folder when it starts; run the job again",
    };
    not_on_server::failure("file", &file_name::show(file), [], otherwise)
}

/// Goes through the manager, which notes in the history where the files are.
async fn of_job(
    id: &str,
    folder: &Path,
    context: &Context,
) -> Result<FileReport<DownloadedFile>, Failure> {
    let manager = context.manager()?;
    let mut job = ended_job(id, &manager).await?;
    let files = job.outputs.iter().filter(|output| output.file().is_some());
    let count = files.count();
    if count == 0 {
        context
            .printer
            .warning(&format!("job {} produced no files", job.job_id));
    }
    let server = manager.server_of(&job)?;
    let bar = TransferBar::new(context, format!("{count} files of job {}", job.job_id));
    let earlier = job.outputs.clone();
    let saved = manager.save_outputs(&server, &mut job, folder).await;
    drop(bar);
    manager.close().await;
    let outcome = saved.map_err(Failure::from);
    let outputs = job.outputs.iter().zip(&earlier);
    let done = outputs.filter(|(output, before)| outcome.is_ok() || output.path != before.path);
    let done = done.filter_map(|(output, _)| {
        Some(DownloadedFile {
            file: file_name::show(&output.file()?),
            path: shown(output.path.as_deref()?),
            size: output.size?,
        })
    });
    let done = done.collect();
    Ok(FileReport::new(done, outcome))
}

/// Without the `./` of a file in the current folder.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}

/// The job, once its server says that it has ended.
async fn ended_job(id: &str, manager: &Manager) -> Result<Job, Failure> {
    let job = manager.job(id).await?;
    if job.status.is_final() {
        return Ok(job);
    }
    let server = manager.server_of(&job)?;
    let why = match manager.refresh(&server, &job).await? {
        Some(job) if job.status.is_final() => return Ok(job),
        Some(job) => format!("it is {}", job.status),
        None => format!("{} knows nothing of it now", server.client().base_url()),
    };
    let message = format!("job `{}` has no files: {why}", job.job_id);
    let hint = format!("`comfyctl jobs show {}` says how it stands", job.job_id);
    Err(Failure::new(Code::NotFound, message, Some(hint)))
}
