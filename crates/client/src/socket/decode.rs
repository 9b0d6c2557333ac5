//! From the text of a message to an [`Event`], in one pass over the bytes.
//!
//! A running prompt sends a `progress_state` of several kilobytes for each step of each node, so a
//! message is neither parsed into a tree nor looked at twice. The listener calls this for each
//! text frame; it must never panic on what a server sends.

use super::event::Event;
use comfyctl_workflow::json;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::value::RawValue;
use std::fmt;

impl Event {
    /// Reads a text message of the socket. Bare `NaN` and `Infinity` among its numbers are read
    /// as not a number.
    ///
    /// Fails when it is not a JSON object with a `type`, or when the data of a known type lacks
    /// what that type always has.
    pub fn from_text(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).or_else(|_| json::from_slice_lenient(text.as_bytes()))
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MessageVisitor)
    }
}

/// The keys of a message that matter.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Key {
    Type,
    Data,
    #[serde(other)]
    Other,
}

struct MessageVisitor;

impl<'de> Visitor<'de> for MessageVisitor {
    type Value = Event;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a message with `type` and `data`")
    }

    /// The server writes `type` first, so that `data` is read straight into its struct. The other
    /// order is as valid and costs a second look at the data.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event, A::Error> {
        let mut kind = None;
        let mut data_before_type: Option<&'de RawValue> = None;
        let mut event = None;
        while let Some(key) = map.next_key()? {
            match (key, kind.take()) {
                (Key::Type, _) => kind = Some(map.next_value::<Kind>()?),
                (Key::Data, Some(kind)) => event = Some(map.next_value_seed(kind)?),
                (Key::Data, None) => data_before_type = Some(map.next_value()?),
                (Key::Other, known) => {
                    map.next_value::<IgnoredAny>()?;
                    kind = known;
                }
            }
        }
        match (event, kind) {
            (Some(event), _) => Ok(event),
            (None, Some(kind)) => {
                let data = data_before_type.map_or("null", RawValue::get);
                kind.deserialize(&mut serde_json::Deserializer::from_str(data))
                    .map_err(A::Error::custom)
            }
            (None, None) => Err(A::Error::missing_field("type")),
        }
    }
}

/// The `type` of a message: what its `data` is to be read as.
enum Kind {
    Status,
    ExecutionStart,
    ExecutionCached,
    Executing,
    ProgressState,
    Progress,
    Executed,
    ExecutionSuccess,
    ExecutionError,
    ExecutionInterrupted,
    Logs,
    FeatureFlags,
    Unknown(String),
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KindVisitor)
    }
}

struct KindVisitor;

impl Visitor<'_> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the type of a message")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Kind, E> {
        Ok(match name {
            "status" => Kind::Status,
            "execution_start" => Kind::ExecutionStart,
            "execution_cached" => Kind::ExecutionCached,
            "executing" => Kind::Executing,
            "progress_state" => Kind::ProgressState,
            "progress" => Kind::Progress,
            "executed" => Kind::Executed,
            "execution_success" => Kind::ExecutionSuccess,
            "execution_error" => Kind::ExecutionError,
            "execution_interrupted" => Kind::ExecutionInterrupted,
            "logs" => Kind::Logs,
            "feature_flags" => Kind::FeatureFlags,
            other => Kind::Unknown(other.to_owned()),
        })
    }
}

impl<'de> DeserializeSeed<'de> for Kind {
    type Value = Event;

    fn deserialize<D: Deserializer<'de>>(self, data: D) -> Result<Event, D::Error> {
        Ok(match self {
            Self::Status => Event::Status(Deserialize::deserialize(data)?),
            Self::ExecutionStart => Event::ExecutionStart(Deserialize::deserialize(data)?),
            Self::ExecutionCached => Event::ExecutionCached(Deserialize::deserialize(data)?),
            Self::Executing => Event::Executing(Deserialize::deserialize(data)?),
            Self::ProgressState => Event::ProgressState(Deserialize::deserialize(data)?),
            Self::Progress => Event::Progress(Deserialize::deserialize(data)?),
            Self::Executed => Event::Executed(Deserialize::deserialize(data)?),
            Self::ExecutionSuccess => Event::ExecutionSuccess(Deserialize::deserialize(data)?),
            Self::ExecutionError => Event::ExecutionError(Deserialize::deserialize(data)?),
            Self::ExecutionInterrupted => {
                Event::ExecutionInterrupted(Deserialize::deserialize(data)?)
            }
            Self::Logs => Event::Logs(Deserialize::deserialize(data)?),
            Self::FeatureFlags => Event::FeatureFlags(Deserialize::deserialize(data)?),
            Self::Unknown(kind) => Event::Unknown {
                kind,
                data: Deserialize::deserialize(data)?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::type_first(r#"{"type": "progress", "data": {"value": 1, "max": 3.0, "node": "3"}}"#)]
    #[case::data_first(r#"{"data": {"node": "3", "max": 3, "value": 1.0}, "type": "progress"}"#)]
    #[case::more_keys(
        r#"{"v": [1], "type": "progress", "x": {}, "data": {"value": 1, "max": 3, "new": [{}]}}"#
    )]
    fn a_message_reads_in_any_order_with_any_kind_of_number(#[case] text: &str) {
        let Event::Progress(progress) = Event::from_text(text).unwrap() else {
            panic!("{text}")
        };
        assert_eq!((progress.value, progress.max), (1.0, 3.0));
    }

    #[test]
    fn numbers_that_are_none_do_not_cost_the_message() {
        let text = r#"{"type": "progress", "data": {"value": NaN, "max": -Infinity, "node": "3"}}"#;
        let Event::Progress(progress) = Event::from_text(text).unwrap() else {
            panic!("{text}")
        };
        assert!(progress.value.is_nan() && progress.max.is_nan());
        assert_eq!(progress.node.unwrap().as_str(), "3");
    }

    #[test]
    fn what_the_server_says_after_a_reconnect_names_no_prompt() {
        let text = r#"{"type": "executing", "data": {"node": "5"}}"#;
        let event = Event::from_text(text).unwrap();
        assert_eq!(event.prompt_id(), None);
        assert_eq!(
            serde_json::to_string(&event).unwrap().replace(' ', ""),
            text.replace(' ', "")
        );
    }

    #[test]
    fn an_unknown_type_is_kept_whole() {
        let text = r#"{"type":"crystools.monitor","data":{"cpu":[1.50,2],"gpus":null}}"#;
        let event = Event::from_text(text).unwrap();
        assert!(matches!(&event, Event::Unknown { kind, .. } if kind == "crystools.monitor"));
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
    }

    #[test]
    fn a_state_that_a_newer_server_invents_does_not_cost_the_message() {
        let text = r#"{"type":"progress_state","data":{"prompt_id":"p","nodes":{"1":{"value":0,
            "max":1,"state":"napping","node_id":"1","prompt_id":"p"}}}}"#;
        let Event::ProgressState(event) = Event::from_text(text).unwrap() else {
            panic!("{text}")
        };
        assert_eq!(
            event.nodes[0].state,
            super::super::event::NodeState::Unknown
        );
    }

    #[rstest]
    #[case::not_json("status")]
    #[case::not_an_object("[]")]
    #[case::without_type(r#"{"data": {}}"#)]
    #[case::type_of_another_kind(r#"{"type": 7, "data": {}}"#)]
    #[case::without_data(r#"{"type": "execution_start"}"#)]
    #[case::data_of_another_shape(r#"{"type": "execution_start", "data": []}"#)]
    fn what_is_no_message_is_an_error(#[case] text: &str) {
        Event::from_text(text).unwrap_err();
    }

    proptest! {
        #[test]
        fn a_damaged_message_makes_nothing_panic(at in 0_usize..200, byte in any::<u8>()) {
            let text = br#"{"type":"progress_state","data":{"prompt_id":"p","nodes":{"1":{"value":0,
                "max":1,"state":"running","display_node_id":"1","parent_node_id":null}}}}"#;
            let mut damaged = text.to_vec();
            let place = at % damaged.len();
            damaged[place] = byte;
            let _ = Event::from_text(&String::from_utf8_lossy(&damaged));
            let _ = Event::from_text(&String::from_utf8_lossy(&text[..place]));
        }
    }
}
