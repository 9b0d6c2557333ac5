//! Files of a server as people name them: `subfolder/name [folder]`, ComfyUI's own notation.

use comfyctl_client::{FileReference, Folder};

/// With the folder unless it is the output folder, which is what a download looks into.
pub(crate) fn show(file: &FileReference) -> String {
    let mut name = file.filename.clone();
    if !file.subfolder.is_empty() {
        name = format!("{}/{name}", file.subfolder);
    }
    match file.folder {
        Folder::Output => name,
        folder => format!("{name} [{}]", folder.as_str()),
    }
}

/// Reads what [`show`] writes. Every text names a file.
pub(crate) fn parse(text: &str) -> FileReference {
    parse_in(text, Folder::Output)
}

/// Reads a name that is in the given folder unless it says otherwise.
pub(crate) fn parse_in(text: &str, folder: Folder) -> FileReference {
    const FOLDERS: [Folder; 3] = [Folder::Output, Folder::Input, Folder::Temp];
    let annotated = FOLDERS.into_iter().find_map(|folder| {
        let name = text.strip_suffix(&format!(" [{}]", folder.as_str()))?;
        Some((name, folder))
    });
    let (path, folder) = annotated.unwrap_or((text, folder));
    let (subfolder, filename) = path.rsplit_once('/').unwrap_or(("", path));
    FileReference {
        filename: filename.to_owned(),
        subfolder: subfolder.to_owned(),
        folder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_it_is_shown() {
        for text in [
            "a.png",
            "rec/b c/a.png",
            "a.png [temp]",
            "s/a [x].png [input]",
            "a [other]",
        ] {
            assert_eq!(show(&parse(text)), text);
        }
        assert_eq!(parse("s/a.png [input]").folder, Folder::Input);
        assert_eq!(parse("a.png [output]").filename, "a.png");
    }
}
