//! The node classes of a server, from itself, or while it is off from what it said last.
//!
//! Called by commands that look at workflows. Running a workflow asks the server and nobody else.

use crate::definitions_cache::{DefinitionsCache, Remembered, ServerIdentity};
use crate::error::Error;
use crate::manager::Manager;
use crate::server::Server;
use comfyctl_client::{Error as ClientError, ErrorKind as ClientErrorKind};
use comfyctl_workflow::Definitions;
use comfyctl_workflow::convert::Dialect;
use indexmap::IndexSet;
use jiff::Timestamp;
use serde_json::value::RawValue;

/// Folder of the remembered definitions, below the data folder.
const FOLDER: &str = "definitions";

/// What is known of the node classes of a server.
#[derive(Debug, Clone)]
pub struct KnownNodes {
    /// Its classes: at least those that were asked for and that it has.
    pub definitions: Definitions,
    /// Whose editor to convert workflows like.
    pub dialect: Dialect,
    /// When the server said so, if it was not now: it is off.
    pub as_of: Option<Timestamp>,
}

impl Manager {
    /// What a server says of some classes, and perhaps of others. While it is off, what it said when
    /// it was last asked; an error when it never was.
    pub async fn known_nodes(
        &self,
        server: &Server,
        classes: IndexSet<&str>,
    ) -> Result<KnownNodes, Error> {
        let folder = self.locations().data_folder.join(FOLDER);
        let cache = DefinitionsCache::new(&folder, &server.client().base_url().to_string());
        let identity = match identity(server).await {
            Ok(identity) => identity,
            Err(error) if is_off(&error) => {
                let remembered = cache.read().ok_or(error)?;
                let as_of = Some(remembered.taken_at);
                return Ok(KnownNodes::new(remembered, as_of));
            }
            Err(error) => return Err(error.into()),
        };
        let remembered = match cache.read() {
            Some(mut remembered) if remembered.identity == identity => {
                if refresh(&mut remembered.definitions, server, classes).await? {
                    cache.write(&remembered);
                }
                remembered
            }
            _ => {
                let remembered = Remembered::new(identity, server.all_definitions().await?);
                cache.write(&remembered);
                remembered
            }
        };
        Ok(KnownNodes::new(remembered, None))
    }
}

impl KnownNodes {
    fn new(remembered: Remembered, as_of: Option<Timestamp>) -> Self {
        Self {
            dialect: Dialect::of_server(remembered.identity.frontend.as_deref()),
            definitions: remembered.definitions,
            as_of,
        }
    }
}

async fn identity(server: &Server) -> Result<ServerIdentity, ClientError> {
    let client = server.client();
    let (stats, extensions) = futures_util::join!(client.system_stats(), client.extensions());
    let stats = stats?;
    // What stands before a server may keep its scripts to itself.
    Ok(ServerIdentity::new(&stats, extensions.unwrap_or_default()))
}

/// Takes over what the server says now of the classes that matter. Whether that is anything new.
async fn refresh(
    definitions: &mut Definitions,
    server: &Server,
    classes: IndexSet<&str>,
) -> Result<bool, Error> {
    let fresh = server.definitions_of(classes.clone()).await?;
    let replacements = fresh.replacements().clone();
    let is_news = |class: &&str| {
        let known = definitions.raw(class).map(RawValue::get);
        known != fresh.raw(class).map(RawValue::get)
    };
    let changed = classes.iter().any(is_news) || *definitions.replacements() != replacements;
    for class in classes.into_iter().filter(|class| !fresh.contains(class)) {
        definitions.remove(class);
    }
    definitions.extend(fresh);
    definitions.set_replacements(replacements);
    Ok(changed)
}

/// Whether nothing answers, be it that what stands before the server says so.
fn is_off(error: &ClientError) -> bool {
    matches!(
        error.kind(),
        ClientErrorKind::Unreachable { .. }
            | ClientErrorKind::ConnectionLost { .. }
            | ClientErrorKind::Timeout { .. }
            | ClientErrorKind::Status {
                status: 502..=504,
                ..
            }
    )
}
