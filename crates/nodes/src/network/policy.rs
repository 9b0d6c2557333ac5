//! What the nodes may speak to: the `network` settings.
//!
//! Only http and https. Link-local addresses and those of cloud metadata never; private addresses only
//! where the settings list the host or have a connection there. A host is asked about by name first
//! ([`Policy::admit`]) and by its addresses once they are known ([`Trust::check`]).

use super::address::{Reach, reach};
use super::target::Target;
use crate::error::Error;
use comfyctl_manager::Settings;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;
use url::{Host, Url};

/// Schemes, hosts and amounts that are allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `host` or `host:port`, in lower case, as they stand in addresses.
    allowed: BTreeSet<String>,
    allow_private: bool,
    /// Most bytes of an answer.
    pub(crate) longest_answer: u64,
    /// Longest time for a request with its answer, all attempts together.
    pub(crate) longest_time: Duration,
}

/// How far a host is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Its addresses must be public.
    Stranger,
    /// Its addresses may be private.
    Listed,
}

/// Why a request is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another scheme than http and https.
    #[error("`{0}` is no address that begins with http:// or https://")]
    Scheme(String),
    /// The host has an address that is never reached.
    #[error("`{host}` is refused: {address} is {what}, which no node may reach")]
    Never {
        /// The host.
        host: String,
        /// Its address.
        address: IpAddr,
        /// What the address is.
        what: &'static str,
    },
    /// The host has an address of a private network.
    #[error("`{host}` is refused: {address} is {what}")]
    Private {
        /// The host.
        host: String,
        /// Its address.
        address: IpAddr,
        /// What the address is.
        what: &'static str,
    },
}

impl Refusal {
    /// The setting that would allow it.
    pub(crate) fn hint(&self) -> Option<String> {
        let Self::Private { host, .. } = self else {
            return None;
        };
        Some(format!(
            "if this workflow may reach it, add \"{host}\" to `network.allowed_hosts` of the settings"
        ))
    }
}

impl Policy {
    /// The policy of the settings.
    pub fn from_settings(settings: &Settings) -> Self {
        let network = settings.network();
        let listed = network.allowed_hosts.iter().map(|host| canonical(host));
        let connections = settings.connections();
        let connected = connections.iter().filter_map(|(_, connection)| {
            authority(connection.as_ref().ok()?.connection.url.as_url())
        });
        Self {
            allowed: listed.chain(connected).collect(),
            allow_private: network.allow_private,
            longest_answer: u64::from(network.max_response_mb.get()) << 20,
            longest_time: network.timeout_seconds.duration(),
        }
    }

    /// Whether a request may go there at all, and how far its host is trusted. An address given in
    /// numbers is checked here, whatever its form; names are checked when they are resolved.
    pub(super) fn admit(&self, url: &Url) -> Result<Trust, Error> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme(Target::from(url).to_string()).into());
        }
        let trust = self.trust(url);
        match url.host() {
            Some(Host::Ipv4(address)) => trust.check(&shown(url), address.into())?,
            Some(Host::Ipv6(address)) => trust.check(&shown(url), address.into())?,
            Some(Host::Domain(_)) => {}
            None => return Err(Refusal::Scheme(Target::from(url).to_string()).into()),
        }
        Ok(trust)
    }

    /// Whether a ComfyUI server may be reached whose name has these addresses: nodes speak to the one on
    /// this machine unasked, to any other as to any host.
    pub fn admit_server(&self, url: &Url, addresses: &[IpAddr]) -> Result<(), Error> {
        let trust = match self.admit(url) {
            Ok(trust) => trust,
            Err(Error::Refused(Refusal::Private { address, .. })) if is_here(address) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let strangers = addresses.iter().filter(|address| !is_here(**address));
        for &address in strangers {
            trust.check(&shown(url), address)?;
        }
        Ok(())
    }

    fn trust(&self, url: &Url) -> Trust {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let is_listed = self.allowed.contains(host)
            || authority(url).is_some_and(|authority| self.allowed.contains(&authority));
        if is_listed || self.allow_private {
            Trust::Listed
        } else {
            Trust::Stranger
        }
    }
}

impl Trust {
    /// Whether a host with that address may be reached.
    pub(super) fn check(self, host: &str, address: IpAddr) -> Result<(), Refusal> {
        let host = host.to_owned();
        match reach(address) {
            Reach::Never(what) => Err(Refusal::Never {
                host,
                address,
                what,
            }),
            Reach::Private(what) if self == Self::Stranger => Err(Refusal::Private {
                host,
                address,
                what,
            }),
            Reach::Private(_) | Reach::Public => Ok(()),
        }
    }
}

/// Whether the address is this machine.
fn is_here(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Host and port, the port always there.
fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.');
    Some(format!("{host}:{}", url.port_or_known_default()?))
}

/// Host and port as the user would list them.
fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// An entry of the settings as it stands in addresses: `LOCALHOST`, `0x7f.1` and `[::0:1]:80` have one
/// form there.
fn canonical(entry: &str) -> String {
    let entry = entry.trim().trim_end_matches('.').to_lowercase();
    let bracketed = if entry.parse::<std::net::Ipv6Addr>().is_ok() {
        format!("[{entry}]")
    } else {
        entry
    };
    // Both schemes hide their own port, so that of the entry is seen under one of them.
    let parsed = ["http", "https"].map(|scheme| Url::parse(&format!("{scheme}://{bracketed}")));
    let [Ok(plain), Ok(secure)] = &parsed else {
        return bracketed;
    };
    let host = plain.host_str().unwrap_or_default();
    match plain.port().or(secure.port()) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfyctl_manager::settings::UpperLayers;
    use rstest::rstest;

    fn policy(json: &str) -> Policy {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), json).unwrap();
        let settings = Settings::load_with(file.path(), UpperLayers::default()).unwrap();
        Policy::from_settings(&settings)
    }

    fn refusal(policy: &Policy, url: &str) -> String {
        match policy.admit(&url.parse().unwrap()) {
            Ok(trust) => format!("{trust:?}"),
            Err(error) => error.report(),
        }
    }

    #[rstest]
    #[case::other_schemes("file:///etc/passwd")]
    #[case::other_schemes("ftp://host/x")]
    #[case::decimal("http://2130706433/")]
    #[case::hexadecimal("http://0x7f000001/")]
    #[case::octal("http://0177.0.0.1/")]
    #[case::short("http://127.1/")]
    #[case::mixed("http://0x7f.1/")]
    #[case::full_width("http://１２７.0.0.1/")]
    #[case::ipv6("http://[::1]/")]
    #[case::mapped("http://[::ffff:127.0.0.1]/")]
    #[case::mapped_hexadecimal("http://[::ffff:7f00:1]/")]
    #[case::unspecified("http://0/")]
    #[case::unspecified("http://[::]/")]
    #[case::private("http://192.168.0.1/")]
    #[case::metadata("http://169.254.169.254/latest/meta-data/")]
    #[case::metadata_decimal("http://2852039166/")]
    #[case::metadata_mapped("http://[::ffff:169.254.169.254]/")]
    fn addresses_in_numbers_are_refused_in_every_form(#[case] url: &str) {
        let report = refusal(&policy("{}"), url);
        assert!(
            !report.contains("Stranger") && !report.contains("Listed"),
            "{report}"
        );
    }

    #[test]
    fn a_refusal_names_the_setting_to_add() {
        assert_eq!(
            &refusal(
                &policy("{}"),
                "http://me:s3cret@192.168.0.9:8080/x?key=s3cret"
            ),
            "`192.168.0.9:8080` is refused: 192.168.0.9 is a private address (hint: if this workflow \
             may reach it, add \"192.168.0.9:8080\" to `network.allowed_hosts` of the settings)",
        );
        assert_eq!(
            &refusal(&policy("{}"), "http://169.254.169.254/"),
            "`169.254.169.254` is refused: 169.254.169.254 is a cloud metadata address, which no node \
             may reach",
        );
    }

    #[test]
    fn listed_hosts_and_connections_are_trusted_on_their_port() {
        let policy = policy(
            r#"{"network": {"allowed_hosts": ["NAS:80", "0x7f.1:9000", "printer", "::1"]},
                "connections": {"gpu": {"host": "10.0.0.5", "port": 8188}}}"#,
        );
        for url in [
            "http://nas/",
            "http://nas.:80/",
            "http://127.0.0.1:9000/",
            "https://printer:1/",
            "http://[0::1]:7/",
            "http://10.0.0.5:8188/",
        ] {
            assert_eq!(refusal(&policy, url), "Listed", "{url}");
        }
        assert_eq!(refusal(&policy, "https://nas/"), "Stranger");
        assert_eq!(refusal(&policy, "http://nas.evil.example/"), "Stranger");
        assert!(refusal(&policy, "http://10.0.0.5/").contains("refused"));
        assert!(refusal(&policy, "http://127.0.0.1:8188/").contains("refused"));
    }

    #[test]
    fn nodes_may_speak_to_a_server_on_this_machine_and_to_no_other_private_one() {
        let admit = |url: &str, addresses: &[&str]| {
            let addresses: Vec<IpAddr> =
                addresses.iter().map(|each| each.parse().unwrap()).collect();
            policy("{}")
                .admit_server(&url.parse().unwrap(), &addresses)
                .is_ok()
        };
        assert!(admit("http://127.0.0.1:8188/", &["127.0.0.1"]));
        assert!(admit("http://[::1]:8188/", &["::1"]));
        assert!(admit("http://localhost:8188/", &["127.0.0.1", "::1"]));
        assert!(admit("http://comfy.example/", &["93.184.215.14"]));
        assert!(!admit("http://comfy.example/", &["127.0.0.1", "10.0.0.5"]));
        assert!(!admit("http://10.0.0.5:8188/", &["10.0.0.5"]));
        assert!(!admit("http://169.254.169.254/", &["169.254.169.254"]));
    }

    #[test]
    fn metadata_is_refused_even_when_listed() {
        let policy =
            policy(r#"{"network": {"allow_private": true, "allowed_hosts": ["169.254.169.254"]}}"#);
        assert!(refusal(&policy, "http://169.254.169.254/").contains("no node may reach"));
        assert_eq!(refusal(&policy, "http://127.0.0.1/"), "Listed");
    }
}
