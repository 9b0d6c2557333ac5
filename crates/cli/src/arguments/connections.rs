//! `comfyctl connections`: the ComfyUI servers of the settings.

use clap::{Args, Subcommand};
use comfyctl_client::{Credentials, SecretReference};
use comfyctl_manager::settings::{ConnectionChange, CredentialsChange};
use std::num::NonZeroU32;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionsCommand {
    List(ListConnections),
    Add(AddConnection),
    Update(UpdateConnection),
    Remove(RemoveConnections),
    Rename(RenameConnection),
    Default(DefaultConnection),
    Test(TestConnections),
    Pause(PauseConnections),
    Resume(ResumeConnections),
}

/// List the connections
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl connections list
  comfyctl connections list --check

JSON: {\"connections\": [{\"name\", \"url\", \"default\", \"paused\", \"labels\", \"max_jobs\"}]}, with --check
also \"health\": {\"state\", \"since\", \"load\", \"latency_ms\", \"last_error\"}; load is how many prompts
run and wait.")]
pub(crate) struct ListConnections {
    /// Ask each of them how it is
    #[arg(long)]
    pub(crate) check: bool,
}

/// Add a connection
#[derive(Debug, Args)]
#[command(after_help = "\
A SECRET is best given as env:NAME or file:PATH; the secret itself works too, and makes the settings
file readable by you alone.

Examples:
  comfyctl connections add gpu 192.168.1.20:8188 --label fast --default
  comfyctl connections add cloud https://host/comfy --bearer env:COMFY_TOKEN
  comfyctl connections add lab https://lab/ --basic me=file:lab-password --ca-file lab-ca.pem

JSON: {\"added\": name}.")]
pub(crate) struct AddConnection {
    /// Its name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    #[expect(clippy::doc_markdown, reason = "shown as it is in the help")]
    /// Its address, such as 192.168.1.5:8188 or https://host/comfy
    #[arg(value_name = "ADDRESS")]
    address: String,

    #[command(flatten)]
    options: ConnectionOptions,

    /// Make it the one that is meant when none is named
    #[arg(long)]
    pub(crate) default: bool,
}

/// Change a connection; what is not given stays as it is
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl connections update gpu 192.168.1.21:8188
  comfyctl connections update gpu --label fast --label flux --max-jobs 4
  comfyctl connections update cloud --no-credentials

Timeouts are set with `comfyctl settings set connections.NAME.timeouts...`.

JSON: {\"updated\": name}.")]
pub(crate) struct UpdateConnection {
    /// Which
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    /// Another address
    #[arg(value_name = "ADDRESS")]
    address: Option<String>,

    #[command(flatten)]
    options: ConnectionOptions,

    /// Forget what the server asks for
    #[arg(long, conflicts_with_all = ["bearer", "basic", "header"])]
    no_credentials: bool,
}

/// What a connection has besides its address.
#[derive(Debug, Args)]
struct ConnectionOptions {
    /// Token to send as `Authorization: Bearer`
    #[arg(long, value_name = "SECRET", conflicts_with_all = ["basic", "header"])]
    bearer: Option<SecretReference>,

    /// User and password
    #[arg(long, value_name = "USER=SECRET", conflicts_with = "header", value_parser = parse_pair)]
    basic: Option<(String, SecretReference)>,

    /// Any other header, such as X-API-Key
    #[arg(long, value_name = "NAME=SECRET", value_parser = parse_pair)]
    header: Option<(String, SecretReference)>,

    /// PEM file of certificate authorities to trust besides those of the platform
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Word that jobs can ask for; repeat for more, replaces those there were
    #[arg(long, value_name = "WORD")]
    label: Vec<String>,

    /// How many jobs it is given at once
    #[arg(long, value_name = "N")]
    max_jobs: Option<NonZeroU32>,
}

/// Remove connections; their jobs stay in the history
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl connections remove gpu

JSON: {\"removed\": [names]}.")]
pub(crate) struct RemoveConnections {
    /// Which
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<String>,
}

/// Give a connection another name
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl connections rename gpu gpu-1

JSON: {\"renamed\": name, \"to\": name}.")]
pub(crate) struct RenameConnection {
    /// Which
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    /// Its name from now on
    #[arg(value_name = "NEW_NAME")]
    pub(crate) new_name: String,
}

/// Show or set the connection that is meant when none is named
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl connections default
  comfyctl connections default gpu

JSON: {\"default\": name}.")]
pub(crate) struct DefaultConnection {
    /// The new one
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// Say who answers at a connection and with what, or precisely why nobody does
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl connections test
  comfyctl connections test gpu
  comfyctl connections test --all
  comfyctl --url https://host/comfy connections test

JSON: {\"connections\": [{\"name\", \"url\", \"ok\", \"error\", \"latency_ms\", \"comfyui_version\",
\"frontend_version\", \"python_version\", \"pytorch_version\", \"os\", \"ram_total\", \"ram_free\",
\"devices\", \"queue\", \"models\"}]}, sizes in bytes; error is {\"reason\", \"code\", \"message\", \"hint\"}.")]
pub(crate) struct TestConnections {
    /// Which; without it the one that --url, --connection or the settings name
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// All of them
    #[arg(long, conflicts_with = "name")]
    pub(crate) all: bool,
}

/// Give connections no new jobs; those that are there go on
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl connections pause gpu

JSON: {\"paused\": [names]}.")]
pub(crate) struct PauseConnections {
    /// Which
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<String>,
}

/// Give connections new jobs again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  comfyctl connections resume gpu

JSON: {\"resumed\": [names]}.")]
pub(crate) struct ResumeConnections {
    /// Which
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<String>,
}

impl AddConnection {
    pub(crate) fn change(&self) -> ConnectionChange {
        ConnectionChange {
            address: Some(self.address.clone()),
            ..self.options.change()
        }
    }
}

impl UpdateConnection {
    pub(crate) fn change(&self) -> ConnectionChange {
        let mut change = ConnectionChange {
            address: self.address.clone(),
            ..self.options.change()
        };
        if self.no_credentials {
            change.credentials = CredentialsChange::Remove;
        }
        change
    }
}

impl ConnectionOptions {
    fn change(&self) -> ConnectionChange {
        ConnectionChange {
            address: None,
            credentials: self
                .credentials()
                .map_or(CredentialsChange::Keep, CredentialsChange::Set),
            ca_file: self.ca_file.clone(),
            labels: (!self.label.is_empty()).then(|| self.label.clone()),
            max_jobs: self.max_jobs.map(NonZeroU32::get),
        }
    }

    fn credentials(&self) -> Option<Credentials> {
        let bearer = self.bearer.clone().map(Credentials::Bearer);
        let basic = || {
            let (username, password) = self.basic.clone()?;
            Some(Credentials::Basic { username, password })
        };
        let header = || {
            let (name, value) = self.header.clone()?;
            Some(Credentials::Header { name, value })
        };
        bearer.or_else(basic).or_else(header)
    }
}

fn parse_pair(text: &str) -> Result<(String, SecretReference), String> {
    let (name, secret) = text.split_once('=').ok_or("there is no `=` in it")?;
    Ok((name.to_owned(), secret.into()))
}
