//! The JSON form of a message.

use std::{borrow::Cow, collections::BTreeMap, fmt::Display, time::Duration};

use http::StatusCode;
use serde_json::{Map, Value, value::RawValue};
use tidings_hub::{EventId, EventName, Message, Topic};

use crate::problem::Problem;

const MEMBERS: [&str; 6] = ["message", "topic", "event", "id", "retry", "private"];

/// The longest reconnection time, in milliseconds: what a signed 32-bit integer holds, as some
/// clients keep it in one.
const MAX_RETRY: u64 = i32::MAX as u64;

/// Reads the body of a publish request.
pub(crate) fn read(body: &[u8]) -> Result<Message, Problem> {
    let members = match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members,
        Ok(_) => {
            return Err(bad(
                "the body must be a JSON object, such as {\"message\": \"hello\"}",
            ));
        }
        Err(error) => return Err(bad(format!("the body is not JSON: {error}; correct it"))),
    };
    if let Some(name) = members
        .keys()
        .find(|name| !MEMBERS.contains(&name.as_str()))
    {
        let name: String = name.chars().take(64).collect();
        let known = MEMBERS.join("`, `");
        return Err(wrong(format!(
            "`{name}` is not a member of a message; there are `{known}`"
        )));
    }
    let mut message = Message::new(data(&members, body)?).topics(topics(&members)?);
    if let Some(name) = string(&members, "event")? {
        message = message.event(EventName::try_from(name).map_err(|error| of("event", error))?);
    }
    if let Some(id) = string(&members, "id")? {
        message = message.id(EventId::try_from(id).map_err(|error| of("id", error))?);
    }
    if let Some(retry) = retry(&members)? {
        message = message.retry(retry);
    }
    match members.get("private") {
        None | Some(Value::Null | Value::Bool(false)) => Ok(message),
        Some(Value::Bool(true)) => Ok(message.private()),
        Some(_) => Err(wrong("`private` must be true or false")),
    }
}

fn data(members: &Map<String, Value>, body: &[u8]) -> Result<String, Problem> {
    match members.get("message") {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => compact_message(body),
        None => Err(wrong(
            "`message` is missing; add it, such as {\"message\": \"hello\"}",
        )),
    }
}

/// The text of the member `message`, without its white space but otherwise as it was sent: numbers
/// keep all their digits and objects their order.
fn compact_message(body: &[u8]) -> Result<String, Problem> {
    let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(body)
        .map_err(|error| bad(format!("the body is not JSON: {error}; correct it")))?;
    let raw = members.get("message").map_or("null", |raw| raw.get());
    let mut compact = String::with_capacity(raw.len());
    let mut in_string = false;
    let mut escaped = false;
    for c in raw.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            in_string = c == '"';
        }
        compact.push(c);
    }
    Ok(compact)
}

fn topics(members: &Map<String, Value>) -> Result<Vec<Topic>, Problem> {
    let expected = || wrong("`topic` must be a string or a list of strings with one at least");
    let topic = |name: &str| Topic::try_from(name).map_err(|error| of("topic", error));
    match members.get("topic") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(name)) => Ok(vec![topic(name)?]),
        Some(Value::Array(names)) if !names.is_empty() => names
            .iter()
            .map(|name| topic(name.as_str().ok_or_else(expected)?))
            .collect(),
        Some(_) => Err(expected()),
    }
}

fn string<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Problem> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(format!("`{name}` must be a string"))),
    }
}

fn retry(members: &Map<String, Value>) -> Result<Option<Duration>, Problem> {
    match members.get("retry") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(retry) if retry <= MAX_RETRY => Ok(Some(Duration::from_millis(retry))),
            _ => Err(wrong(format!(
                "`retry` must be a whole number of milliseconds from 0 to {MAX_RETRY}"
            ))),
        },
    }
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

fn wrong(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

fn of(member: &str, error: impl Display) -> Problem {
    wrong(format!("`{member}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(body: &str) -> Message {
        read(body.as_bytes()).unwrap()
    }

    #[test]
    fn a_message_that_is_no_string_is_sent_as_it_was_written_but_compact() {
        for (value, text) in [
            ("1.0", "1.0"),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
            ),
            ("null", "null"),
            (
                r#"{ "b" : [ 1 , 2 ] , "a" : " x \" \\" }"#,
                r#"{"b":[1,2],"a":" x \" \\"}"#,
            ),
            (r#"" as it is ""#, " as it is "),
        ] {
            let body = format!("{{\n \"message\" : {value} }}");
            assert_eq!(encoded(&body), Message::new(text), "{body}");
        }
    }

    #[test]
    fn of_two_members_of_one_name_the_last_counts() {
        assert_eq!(
            encoded(r#"{"message":1,"message":[2]}"#),
            Message::new("[2]")
        );
        assert_eq!(encoded(r#"{"message":1,"message":"b"}"#), Message::new("b"));
    }

    #[test]
    fn every_member_is_read() {
        let topic = |name| Topic::try_from(name).unwrap();
        assert_eq!(
            encoded(
                r#"{"message":"m","topic":["a","b"],"event":"e","id":"i","retry":5,"private":true}"#
            ),
            Message::new("m")
                .topics([topic("a"), topic("b")])
                .event("e".parse().unwrap())
                .id("i".parse().unwrap())
                .retry(Duration::from_millis(5))
                .private()
        );
    }

    #[test]
    fn what_is_not_json_or_no_object_is_a_bad_request() {
        let deep = "[".repeat(100_000);
        for body in [
            "",
            "{",
            "nonsense",
            "[]",
            "\"text\"",
            "1",
            "null",
            "{\"message\":\"a\\ud800b\"}",
            "{\"message\":{\"a\":\"\\udc00\"}}",
            "{\"message\":\"a\"} x",
            "{\"message\":NaN}",
            &format!("{{\"message\":{deep}"),
            &deep,
        ] {
            assert_eq!(
                read(body.as_bytes()).unwrap_err().status(),
                400,
                "{body:.40}"
            );
        }
        assert_eq!(read(b"{\"message\":\"\xff\"}").unwrap_err().status(), 400);
    }

    #[test]
    fn a_member_that_is_wrong_is_named() {
        for (body, member) in [
            (r"{}", "message"),
            (r#"{"topic":"a"}"#, "message"),
            (r#"{"message":"","topic":1}"#, "topic"),
            (r#"{"message":"","topic":[]}"#, "topic"),
            (r#"{"message":"","topic":["a",1]}"#, "topic"),
            (r#"{"message":"","topic":"a\nb"}"#, "topic"),
            (r#"{"message":"","event":1}"#, "event"),
            (r#"{"message":"","event":""}"#, "event"),
            (r#"{"message":"","event":"a\rb"}"#, "event"),
            (r#"{"message":"","id":1}"#, "id"),
            (r#"{"message":"","id":"a\u0000"}"#, "id"),
            (r#"{"message":"","retry":"5"}"#, "retry"),
            (r#"{"message":"","retry":-1}"#, "retry"),
            (r#"{"message":"","retry":1.5}"#, "retry"),
            (r#"{"message":"","retry":true}"#, "retry"),
            (r#"{"message":"","private":"yes"}"#, "private"),
            (r#"{"message":"","topics":"a"}"#, "topics"),
        ] {
            let problem = read(body.as_bytes()).unwrap_err();
            assert_eq!(problem.status(), 422, "{body}");
            assert!(
                problem.detail().contains(&format!("`{member}`")),
                "{problem:?}"
            );
        }
    }
}
