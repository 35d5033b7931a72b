//! JSON objects whose members have names of their own.
//!
//! RFC 8259 leaves open what a name that comes twice means, and parsers differ: two readers of the same signed token could
//! each see other rights in it. RFC 7519, section 4, allows to refuse it, which is what happens here, at every depth.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// serde_json reads a value under this name as JSON again, behind the back of the check for names that come twice.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Reads an object. Numbers beyond what a double holds, and nesting beyond serde_json's 128 levels, are errors.
pub(crate) fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    serde_json::from_slice::<UniqueNames>(bytes).map_err(|error| error.to_string())?;
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("it is not an object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Any JSON without a name that comes twice in one object. Keeps nothing of it.
struct UniqueNames;

impl<'de> Deserialize<'de> for UniqueNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueNames)
    }
}

impl<'de> Visitor<'de> for UniqueNames {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut names = HashSet::new();
        while let Some((name, Self)) = members.next_entry::<String, Self>()? {
            if name == RAW_VALUE {
                return Err(A::Error::custom("a name that is reserved"));
            }
            if let Some(twice) = names.replace(name) {
                return Err(A::Error::custom(format!("the name {twice:?} comes twice")));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_come_twice_are_refused_at_every_depth() {
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"b":[{"c":{"a":1,"b":2,"a":3}}]}"#,
            r#"{"$serde_json::private::RawValue":"{\"a\":1,\"a\":2}"}"#,
        ] {
            assert!(parse_object(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse_object(br#"{"a":{"a":[{"a":1},{"a":2}]},"b":null}"#).is_ok());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for bad in [
            "",
            "null",
            "[]",
            "1",
            "\"a\"",
            "{",
            "{}{}",
            "{} x",
            r#"{"a":1e400}"#,
            "\u{feff}{}",
        ] {
            assert!(parse_object(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse_object(b"{\"a\":\"\xff\"}").is_err());
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        assert!(parse_object(deep.as_bytes()).is_err());
    }
}
