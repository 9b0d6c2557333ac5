//! The text form of a fault: parsing and printing.
//!
//! Called by the command line and the control route. Printing gives what parsing reads.

use super::{Fault, FaultKind, Route};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::time::Duration;

const NAMES: &str = "slow-post, lost-post, status, status-after, drop-socket, freeze-socket, \
    half-open-socket, deafen-socket, refuse-socket, oom, slow-node, full-disk, kill, kill-at";

/// A text that is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultSpecError {
    /// The name in front of `=` or `*` is not one of ours.
    #[error("no fault is called `{0}`; there are {NAMES}")]
    UnknownName(String),
    /// The part behind `=` does not fit.
    #[error("`{name}` wants {wanted}, not `{value}`")]
    BadValue {
        /// The fault.
        name: String,
        /// The value as given.
        value: String,
        /// What it should look like.
        wanted: &'static str,
    },
    /// The part behind `*` is no number from 1 on.
    #[error("`*{0}` is no number of times from 1 on")]
    BadCount(String),
}

impl FromStr for Fault {
    type Err = FaultSpecError;

    fn from_str(spec: &str) -> Result<Self, Self::Err> {
        let (kind, times) = match spec.rsplit_once('*') {
            Some((kind, count)) => {
                let times = count.parse().ok().filter(|times| *times > 0);
                let times = times.ok_or_else(|| FaultSpecError::BadCount(count.to_owned()))?;
                (kind, Some(times))
            }
            None => (spec, None),
        };
        Ok(Self {
            kind: kind.parse()?,
            times,
        })
    }
}

impl FromStr for FaultKind {
    type Err = FaultSpecError;

    fn from_str(spec: &str) -> Result<Self, Self::Err> {
        let (name, value) = spec.split_once('=').unwrap_or((spec, ""));
        let bad = |wanted| FaultSpecError::BadValue {
            name: name.to_owned(),
            value: value.to_owned(),
            wanted,
        };
        let duration = || parse_duration(value).ok_or_else(|| bad("a duration such as `500ms`"));
        let status = || {
            parse_status(value).ok_or_else(|| bad("STATUS:METHOD:/PATH such as `503:POST:/prompt`"))
        };
        let frames = || match value {
            "" => Ok(0),
            _ => value.parse().map_err(|_| bad("a number of frames")),
        };
        let class = || {
            let plain = !value.is_empty() && !value.contains([':', '*']);
            plain
                .then(|| value.to_owned())
                .ok_or_else(|| bad("a node class"))
        };
        let nothing = |kind| match value {
            "" if spec == name => Ok(kind),
            _ => Err(bad("no value")),
        };
        match name {
            "slow-post" => duration().map(Self::SlowPost),
            "lost-post" => nothing(Self::LostPost),
            "status" => status().map(|(status, route)| Self::Status(status, route)),
            "status-after" => status().map(|(status, route)| Self::StatusAfter(status, route)),
            "drop-socket" => frames().map(Self::DropSocket),
            "freeze-socket" => frames().map(Self::FreezeSocket),
            "half-open-socket" => frames().map(Self::HalfOpenSocket),
            "deafen-socket" => frames().map(Self::DeafenSocket),
            "refuse-socket" => nothing(Self::RefuseSocket),
            "oom" => class().map(Self::OutOfMemory),
            "slow-node" => {
                parse_slow_node(value).ok_or_else(|| bad("CLASS:DURATION such as `KSampler:50ms`"))
            }
            "full-disk" => nothing(Self::FullDisk),
            "kill" => duration().map(Self::Kill),
            "kill-at" => class().map(Self::KillAt),
            _ => Err(FaultSpecError::UnknownName(name.to_owned())),
        }
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    if let Some(milliseconds) = text.strip_suffix("ms") {
        return milliseconds.parse().ok().map(Duration::from_millis);
    }
    let seconds: u64 = text.strip_suffix('s')?.parse().ok()?;
    Some(Duration::from_millis(seconds.checked_mul(1000)?))
}

fn parse_status(text: &str) -> Option<(u16, Route)> {
    let mut parts = text.splitn(3, ':');
    let status = parts.next()?.parse().ok()?;
    let (method, path) = (parts.next()?, parts.next()?);
    let plain = (400..600).contains(&status)
        && !method.is_empty()
        && method.bytes().all(|byte| byte.is_ascii_uppercase())
        && path.starts_with('/')
        && !path.contains('*');
    let route = Route {
        method: method.to_owned(),
        path: path.to_owned(),
    };
    plain.then_some((status, route))
}

fn parse_slow_node(text: &str) -> Option<FaultKind> {
    let (class, duration) = text.rsplit_once(':')?;
    let plain = !class.is_empty() && !class.contains([':', '*']);
    let duration = parse_duration(duration)?;
    plain.then(|| FaultKind::SlowNode(class.to_owned(), duration))
}

struct Written(Duration);

impl Display for Written {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.as_millis();
        if milliseconds.is_multiple_of(1000) {
            write!(formatter, "{}s", milliseconds / 1000)
        } else {
            write!(formatter, "{milliseconds}ms")
        }
    }
}

impl Display for Route {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.method, self.path)
    }
}

impl Display for FaultKind {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut counted = |name: &str, frames: &u32| match frames {
            0 => formatter.write_str(name),
            _ => write!(formatter, "{name}={frames}"),
        };
        match self {
            Self::DropSocket(frames) => counted("drop-socket", frames),
            Self::FreezeSocket(frames) => counted("freeze-socket", frames),
            Self::HalfOpenSocket(frames) => counted("half-open-socket", frames),
            Self::DeafenSocket(frames) => counted("deafen-socket", frames),
            Self::SlowPost(delay) => write!(formatter, "slow-post={}", Written(*delay)),
            Self::LostPost => formatter.write_str("lost-post"),
            Self::Status(status, route) => write!(formatter, "status={status}:{route}"),
            Self::StatusAfter(status, route) => write!(formatter, "status-after={status}:{route}"),
            Self::RefuseSocket => formatter.write_str("refuse-socket"),
            Self::OutOfMemory(class) => write!(formatter, "oom={class}"),
            Self::SlowNode(class, delay) => {
                write!(formatter, "slow-node={class}:{}", Written(*delay))
            }
            Self::FullDisk => formatter.write_str("full-disk"),
            Self::Kill(delay) => write!(formatter, "kill={}", Written(*delay)),
            Self::KillAt(class) => write!(formatter, "kill-at={class}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn duration() -> impl Strategy<Value = Duration> {
        any::<u32>().prop_map(|milliseconds| Duration::from_millis(milliseconds.into()))
    }

    fn kind() -> impl Strategy<Value = FaultKind> {
        let class = || "[A-Za-z][A-Za-z0-9_ ]{0,12}";
        let status = || {
            (400u16..600, "[A-Z]{3,6}", "/[a-z/_:]{0,12}")
                .prop_map(|(status, method, path)| (status, Route { method, path }))
        };
        prop_oneof![
            duration().prop_map(FaultKind::SlowPost),
            Just(FaultKind::LostPost),
            status().prop_map(|(status, route)| FaultKind::Status(status, route)),
            status().prop_map(|(status, route)| FaultKind::StatusAfter(status, route)),
            any::<u32>().prop_map(FaultKind::DropSocket),
            any::<u32>().prop_map(FaultKind::FreezeSocket),
            any::<u32>().prop_map(FaultKind::HalfOpenSocket),
            any::<u32>().prop_map(FaultKind::DeafenSocket),
            Just(FaultKind::RefuseSocket),
            class().prop_map(FaultKind::OutOfMemory),
            (class(), duration()).prop_map(|(class, delay)| FaultKind::SlowNode(class, delay)),
            Just(FaultKind::FullDisk),
            duration().prop_map(FaultKind::Kill),
            class().prop_map(FaultKind::KillAt),
        ]
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(kind in kind(), times in proptest::option::of(1u32..)) {
            let fault = Fault { kind, times };
            prop_assert_eq!(fault.to_string().parse::<Fault>(), Ok(fault));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            let _ = text.parse::<Fault>();
        }
    }

    #[test]
    fn a_wrong_text_is_told_what_is_wanted() {
        let told = |spec: &str| spec.parse::<Fault>().unwrap_err().to_string();
        assert!(told("lost-pots").starts_with("no fault is called `lost-pots`; there are"));
        assert_eq!(
            told("slow-post=fast"),
            "`slow-post` wants a duration such as `500ms`, not `fast`"
        );
        assert_eq!(told("lost-post*0"), "`*0` is no number of times from 1 on");
        assert_eq!(
            told("full-disk=yes"),
            "`full-disk` wants no value, not `yes`"
        );
    }
}
