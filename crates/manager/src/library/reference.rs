//! How a saved workflow is called from outside of its library: `portrait`, `server:portrait`.

use serde::Serialize;
use std::fmt;

/// A library, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The folder of this machine.
    Local,
    /// The editor's folder on the server.
    Server,
    /// Templates of the editor and of node packs.
    Template,
    /// Subgraphs that every workflow of the server can use.
    Blueprint,
}

/// A saved workflow of one of the libraries.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The library.
    pub source: Source,
    /// Its name there.
    pub name: String,
}

impl Source {
    /// All libraries.
    pub const ALL: [Self; 4] = [Self::Local, Self::Server, Self::Template, Self::Blueprint];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Server => "server",
            Self::Template => "template",
            Self::Blueprint => "blueprint",
        }
    }
}

impl Reference {
    /// Reads `SOURCE:NAME`; `None` where no library is named. Names of files and of saved workflows
    /// hold no colon, so nothing else is meant by it.
    ///
    /// ```
    /// use comfyctl_manager::{Reference, Source};
    ///
    /// let reference = Reference::parse("template:image_z_image_turbo").unwrap();
    /// assert_eq!((reference.source, &*reference.name), (Source::Template, "image_z_image_turbo"));
    /// assert_eq!(reference.to_string(), "template:image_z_image_turbo");
    /// assert_eq!(Reference::parse("portrait"), None);
    /// assert_eq!(Reference::parse(r"C:\portrait.json"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let (word, name) = text.split_once(':')?;
        let source = Source::ALL
            .into_iter()
            .find(|source| source.as_str() == word)?;
        let name = name.to_owned();
        (!name.is_empty()).then_some(Self { source, name })
    }
}

/// A local workflow goes by its name alone.
impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source != Source::Local {
            write!(formatter, "{}:", self.source.as_str())?;
        }
        formatter.write_str(&self.name)
    }
}
