//! What every command needs: the printer, the manager, and which server is meant.

use crate::arguments::GlobalArguments;
use crate::failure::Failure;
use crate::printer::Printer;
use comfyctl_client::Client;
use comfyctl_manager::settings::{ANY_CONNECTION, URL_VARIABLE};
use comfyctl_manager::{Code, ConnectionChoice, Locations, Manager, Server};
use std::sync::Arc;

/// Made once from the global arguments. Settings are read when a command asks for them.
pub(crate) struct Context {
    global: GlobalArguments,
    pub(crate) printer: Printer,
}

impl Context {
    pub(crate) fn new(global: GlobalArguments, printer: Printer) -> Self {
        Self { global, printer }
    }

    /// Whether `-v` was given.
    pub(crate) fn is_verbose(&self) -> bool {
        self.global.verbose > 0
    }

    /// Where settings and data lie.
    pub(crate) fn locations(&self) -> Result<Locations, Failure> {
        Ok(Locations::find(self.global.config.clone())?)
    }

    /// Settings, connections and jobs of this user. Warns of what is odd in the settings.
    pub(crate) fn manager(&self) -> Result<Manager, Failure> {
        let manager = Manager::open(self.locations()?)?.with_source("cli");
        for warning in &manager.settings().warnings {
            self.printer.warning(warning);
        }
        Ok(manager)
    }

    /// The server that `--url` or `--connection` names, or the default one.
    pub(crate) fn server(&self, manager: &Manager) -> Result<Arc<Server>, Failure> {
        Ok(manager.server(&self.choice())?)
    }

    /// Where a job may run that asks for labels.
    pub(crate) fn choice_with_labels(
        &self,
        labels: &[String],
    ) -> Result<ConnectionChoice, Failure> {
        Ok(match self.choice() {
            choice if labels.is_empty() => choice,
            ConnectionChoice::Named(name) if name != ANY_CONNECTION => {
                return Err(Failure::new(
                    Code::InvalidConnection,
                    format!("a label is asked for, and connection `{name}` is named"),
                    Some("leave one of them out".to_owned()),
                ));
            }
            _ => ConnectionChoice::Any {
                labels: labels.to_vec(),
            },
        })
    }

    /// The server that the command line itself names.
    pub(crate) fn named_choice(&self) -> Option<ConnectionChoice> {
        match (&self.global.connection, &self.global.url) {
            (Some(name), _) => Some(ConnectionChoice::Named(name.clone())),
            (None, Some(url)) => Some(ConnectionChoice::Address(url.clone())),
            (None, None) => None,
        }
    }

    /// A client of that server, for commands that are not about jobs.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Ok(self.server(&self.manager()?)?.client().clone())
    }

    /// Whether a server was named, on the command line or in the environment.
    pub(crate) fn names_server(&self) -> bool {
        self.choice() != ConnectionChoice::Default
    }

    /// The name given with `--connection`.
    pub(crate) fn connection_name(&self) -> Option<&str> {
        self.global.connection.as_deref()
    }

    /// Which server is meant; the command line beats the environment.
    pub(crate) fn choice(&self) -> ConnectionChoice {
        self.named_choice()
            .unwrap_or_else(|| match std::env::var(URL_VARIABLE) {
                Ok(url) if !url.is_empty() => ConnectionChoice::Address(url),
                _ => ConnectionChoice::Default,
            })
    }
}
