//! JSON in as little memory as a [`Value`] can have.
//!
//! Called for workflows, which are kept whole. Those of the editor are small lists and objects by the
//! ten thousand; `serde_json` leaves room in each for more to come.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// Parses JSON, with the errors of `serde_json`, into lists and objects without spare room.
pub(crate) fn from_slice_tight(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let value = Tight(&mut Unfinished::default()).deserialize(&mut parser)?;
    parser.end()?;
    Ok(value)
}

/// What was read of all lists and objects that have not ended, the innermost last: their own memory
/// is asked for when their length is known.
#[derive(Default)]
struct Unfinished {
    items: Vec<Value>,
    fields: Vec<(String, Value)>,
}

struct Tight<'a>(&'a mut Unfinished);

impl<'de> DeserializeSeed<'de> for Tight<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tight<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any valid JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let start = self.0.items.len();
        while let Some(item) = items.next_element_seed(Tight(self.0))? {
            self.0.items.push(item);
        }
        Ok(Value::Array(self.0.items.drain(start..).collect()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let start = self.0.fields.len();
        while let Some(key) = fields.next_key()? {
            let value = fields.next_value_seed(Tight(self.0))?;
            self.0.fields.push((key, value));
        }
        Ok(Value::Object(self.0.fields.drain(start..).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_is_read_is_what_the_usual_parser_reads() {
        let text = br#"{"a": [1, -2, 2.50, "\u00e4", null, true, {}], "b": {"b": []}, "a": 18446744073709551615}"#;
        let usual: Value = serde_json::from_slice(text).unwrap();
        let tight = from_slice_tight(text).unwrap();
        assert_eq!(tight, usual);
        assert_eq!(tight.to_string(), usual.to_string());
    }

    #[test]
    fn errors_are_those_of_the_usual_parser() {
        for text in ["", "{", "[1,]", "{\"a\" 1}", "1 2", &"[".repeat(200)] {
            let usual = serde_json::from_str::<Value>(text).unwrap_err();
            let tight = from_slice_tight(text.as_bytes()).unwrap_err();
            assert_eq!(tight.to_string(), usual.to_string(), "{text}");
        }
    }

    #[test]
    fn lists_have_no_spare_room() {
        let value = from_slice_tight(json!([[1], [1, 2, 3, 4, 5]]).to_string().as_bytes()).unwrap();
        let Value::Array(lists) = value else {
            unreachable!("a list was written")
        };
        for list in lists {
            let Value::Array(list) = list else {
                unreachable!("lists were written")
            };
            assert_eq!(list.capacity(), list.len());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_read_as_the_usual_parser_reads_them(text in r#"[\[\]{},:" \\0-9a-e.-]{0,24}"#) {
            let usual = serde_json::from_str::<Value>(&text).map_err(|error| error.to_string());
            let tight = from_slice_tight(text.as_bytes()).map_err(|error| error.to_string());
            prop_assert_eq!(tight, usual);
        }
    }
}
