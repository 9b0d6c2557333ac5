//! Saves the outputs of a job as files on this machine.

use crate::error::{Error, ErrorKind};
use crate::job::Output;
use comfyctl_client::Client;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::path::{Path, PathBuf};

/// How many files are fetched at once.
const AT_ONCE: usize = 4;

/// Fetches every output that is a file into the folder, which is created when missing, and notes
/// path and size with each. Never overwrites: a name that is taken gets a number.
pub(crate) async fn save(
    client: &Client,
    outputs: &mut [Output],
    folder: &Path,
) -> Result<(), Error> {
    fs_err::tokio::create_dir_all(folder).await.map_err(ErrorKind::File)?;
    let fetches = outputs.iter_mut().map(|output| save_one(client, output, folder));
    stream::iter(fetches).buffer_unordered(AT_ONCE).try_collect().await
}

async fn save_one(client: &Client, output: &mut Output, folder: &Path) -> Result<(), Error> {
    let Some(file) = output.file() else { return Ok(()) };
    let name = local_name(&file.filename);
    let part = tempfile::Builder::new()
        .prefix(".comfyctl-")
        .suffix(".part")
        .tempfile_in(folder)
        .map_err(ErrorKind::File)?;
    let size = client.download(&file, part.path()).await?;
    output.path = Some(keep(part, folder, &name)?);
    output.size = Some(size);
    Ok(())
}

/// Gives the file its name, or the next free one: `a.png`, `a-1.png`, `a-2.png`, ... Safe against
/// another process that does the same at the same time.
fn keep(part: tempfile::NamedTempFile, folder: &Path, name: &str) -> Result<PathBuf, Error> {
    let mut part = part.into_temp_path();
    for number in 0_u32.. {
        let path = folder.join(numbered(name, number));
        part = match part.persist_noclobber(&path) {
            Ok(()) => return Ok(path),
            Err(taken) if taken.error.kind() == std::io::ErrorKind::AlreadyExists => taken.path,
            Err(failed) => return Err(ErrorKind::File(failed.error).into()),
        };
    }
    Err(ErrorKind::File(std::io::ErrorKind::AlreadyExists.into()).into())
}

fn numbered(name: &str, number: u32) -> String {
    match (number, name.rsplit_once('.')) {
        (0, _) => name.to_owned(),
        (_, Some((stem, ending))) if !stem.is_empty() => format!("{stem}-{number}.{ending}"),
        _ => format!("{name}-{number}"),
    }
}

/// The last part of a name that a server gave, without what a file system does not take: a server
/// must not choose where we write.
fn local_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |character: char| match character {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
        control if control.is_control() => '_',
        other => other,
    };
    let name: String = last.chars().map(plain).collect();
    match name.trim_matches([' ', '.']) {
        "" => "output".to_owned(),
        _ => name.trim_end_matches([' ', '.']).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(folder: &Path) -> tempfile::NamedTempFile {
        tempfile::NamedTempFile::new_in(folder).unwrap()
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["a.b.png", "a.b.png", "a.b.png", "plain", "plain"]
            .map(|name| keep(part(folder.path()), folder.path(), name).unwrap());
        let names = names.map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
        assert_eq!(names, ["a.b.png", "a.b-1.png", "a.b-2.png", "plain", "plain-1"]);
    }

    #[test]
    fn a_server_does_not_choose_where_we_write() {
        let names = ["../../etc/passwd", "C:\\x\\a.png", "a/../..", "", "nul\0l.png", "ok ä.png"];
        assert_eq!(
            names.map(local_name),
            ["passwd", "a.png", "output", "output", "nul_l.png", "ok ä.png"]
        );
    }

    proptest! {
        #[test]
        fn any_name_stays_in_the_folder(name in ".{0,20}") {
            let path = Path::new("folder").join(local_name(&name));
            prop_assert_eq!(path.parent(), Some(Path::new("folder")));
            prop_assert_eq!(path.components().count(), 2);
        }
    }
}
