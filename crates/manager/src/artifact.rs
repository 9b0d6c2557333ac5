//! Saves the outputs of a job as files on this machine.

use crate::checksum::checksum;
use crate::error::{Error, ErrorKind};
use crate::job::Output;
use comfyctl_client::{Client, DownloadProgress, Existing, ViewOptions};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};
use std::path::Path;
use uuid::Uuid;

/// How many files are fetched at once.
const AT_ONCE: usize = 4;

/// Makes the folder and makes sure that files can be written to it, so that this is known before a
/// job runs for hours.
pub fn prepare_folder(folder: &Path) -> Result<(), Error> {
    fs_err::create_dir_all(folder).map_err(ErrorKind::File)?;
    let probe = folder.join(format!(".comfyctl-{}", Uuid::now_v7()));
    fs_err::File::create_new(&probe).map_err(ErrorKind::File)?;
    fs_err::remove_file(&probe).map_err(ErrorKind::File)?;
    Ok(())
}

/// Fetches every output that is a file into the folder and notes path, size and hash with each.
/// Never overwrites: a name that is taken gets a number. One that cannot be fetched keeps no other
/// from it; of several errors the one is given back that may pass.
pub(crate) async fn save(
    client: &Client,
    outputs: impl IntoIterator<Item = &mut Output>,
    folder: &Path,
) -> Result<(), Error> {
    prepare_folder(folder)?;
    // Boxed one by one: the compiler cannot tell that a stream of closures may cross threads.
    let mut fetches: Vec<BoxFuture<'_, Result<(), Error>>> = Vec::new();
    for output in outputs {
        fetches.push(Box::pin(save_one(client, output, folder)));
    }
    let fetched = stream::iter(fetches).buffer_unordered(AT_ONCE);
    let errors = fetched.filter_map(async |fetched| fetched.err());
    let errors: Vec<Error> = errors.collect().await;
    errors.into_iter().min_by_key(is_gone).map_or(Ok(()), Err)
}

/// Whether the server does not have the file any more: it is not worth asking again.
pub(crate) fn is_gone(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Client(error) if error.status() == Some(404))
}

async fn save_one(client: &Client, output: &mut Output, folder: &Path) -> Result<(), Error> {
    let Some(file) = output.file() else {
        return Ok(());
    };
    let path = folder.join(local_name(&file.filename));
    let download = client.view(&file, &ViewOptions::default()).await?;
    let mut size = 0;
    let count = |progress: DownloadProgress| size = progress.received;
    let path = download.save(&path, Existing::Number, count).await?;
    output.size = Some(size);
    let hash = checksum(&path).await.map_err(ErrorKind::File)?.1;
    output.blake3 = Some(hash);
    output.path = Some(path);
    Ok(())
}

/// The last part of a name that a server gave, without what a file system does not take: a server
/// must not choose where we write.
pub fn local_name(name: &str) -> String {
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

    #[test]
    fn a_server_does_not_choose_where_we_write() {
        let names = [
            "../../etc/passwd",
            "C:\\x\\a.png",
            "a/../..",
            "",
            "nul\0l.png",
            "ok ä.png",
        ];
        assert_eq!(
            names.map(local_name),
            [
                "passwd",
                "a.png",
                "output",
                "output",
                "nul_l.png",
                "ok ä.png"
            ]
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
