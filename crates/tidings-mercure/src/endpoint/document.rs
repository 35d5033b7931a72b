//! A subscription as it is announced and listed (draft-dunglas-mercure-08, section Active
//! Subscriptions; and the form it had in 0.x, for those made by the parameter `topic`).
//!
//! A document is written from the subscription whenever it is wanted, without anything in between: a
//! list has thousands of them.

use std::{fmt, sync::Arc};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{SUBSCRIPTIONS, presence::Telling};
use crate::{Matcher, MatcherType, token::Dialect};

/// What stays as it is in RFC 6570's simple expansion, and in the queries of 0.x.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What documents of 0.x say that they are.
const CONTEXT: &str = "https://mercure.rocks/";

#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) matched: Matched,
    pub(crate) subscriber: Uuid,
    /// JSON, which the subscriptions of a connection share.
    pub(crate) payload: Option<Arc<RawValue>>,
    /// How far others have been told of it.
    pub(crate) telling: Telling,
}

/// The matcher of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matched {
    pub(crate) kind: MatcherType,
    pub(crate) text: String,
}

/// A subscription on the wire.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    #[serde(rename = "@context", skip_serializing_if = "Option::is_none")]
    context: Option<&'static str>,
    id: Id<'a>,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    match_type: Option<&'static str>,
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    matched: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    #[serde(serialize_with = "as_urn")]
    subscriber: Uuid,
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a RawValue>,
    #[serde(rename = "lastEventID", skip_serializing_if = "Option::is_none")]
    last_event_id: Option<&'a str>,
}

/// Several subscriptions on the wire.
#[derive(Debug, Serialize)]
pub(crate) struct Collection<'a> {
    #[serde(rename = "@context", skip_serializing_if = "Option::is_none")]
    context: Option<&'static str>,
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "lastEventID", skip_serializing_if = "Option::is_none")]
    last_event_id: Option<&'a str>,
    #[serde(serialize_with = "as_documents")]
    subscriptions: &'a [Arc<Subscription>],
}

/// The address of a subscription below that of the hub, which is also the topic of its events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id<'a>(&'a Subscription);

impl Matched {
    pub(crate) fn by(matcher: &Matcher) -> Self {
        Self {
            kind: matcher.kind(),
            text: matcher.as_str().to_owned(),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.kind {
            MatcherType::Template => Dialect::Legacy,
            MatcherType::Exact | MatcherType::UrlPattern => Dialect::V1,
        }
    }
}

impl Subscription {
    pub(crate) fn id(&self) -> Id<'_> {
        Id(self)
    }

    pub(crate) fn document(&self, active: bool) -> Document<'_> {
        let text = self.matched.text.as_str();
        let former = self.matched.dialect() == Dialect::Legacy;
        Document {
            context: former.then_some(CONTEXT),
            id: self.id(),
            kind: if former {
                "Subscription"
            } else {
                "subscription"
            },
            match_type: self.matched.kind.name(),
            matched: (!former).then_some(text),
            topic: former.then_some(text),
            subscriber: self.subscriber,
            active,
            payload: self.payload.as_deref(),
            last_event_id: None,
        }
    }

    /// About as many as its document has. An id is its matcher again, escaped.
    pub(crate) fn bytes(&self) -> usize {
        let payload = self.payload.as_ref().map_or(0, |json| json.get().len());
        300 + 3 * self.matched.text.len() + payload
    }
}

impl<'a> Document<'a> {
    /// The document when it is asked for by itself: in 0.x it says where to go on listening.
    pub(crate) fn by_itself(mut self, last_event_id: &'a str) -> Self {
        self.last_event_id = self.context.map(|_| last_event_id);
        self
    }
}

impl<'a> Collection<'a> {
    /// The list at this path.
    pub(crate) fn new(
        dialect: Dialect,
        path: &'a str,
        last_event_id: &'a str,
        subscriptions: &'a [Arc<Subscription>],
    ) -> Self {
        let former = dialect == Dialect::Legacy;
        Self {
            context: former.then_some(CONTEXT),
            id: path,
            kind: if former {
                "Subscriptions"
            } else {
                "subscriptions"
            },
            last_event_id: former.then_some(last_event_id),
            subscriptions,
        }
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Matched { kind, text } = &self.0.matched;
        f.write_str(SUBSCRIPTIONS)?;
        match kind.name() {
            Some(name) => write!(f, "{name}/{}", utf8_percent_encode(text, ESCAPED))?,
            None => {
                for (number, word) in text.split(' ').enumerate() {
                    let space = if number == 0 { "" } else { "+" };
                    write!(f, "{space}{}", utf8_percent_encode(word, ESCAPED))?;
                }
            }
        }
        let mut urn = Uuid::encode_buffer();
        let urn = self.0.subscriber.urn().encode_lower(&mut urn);
        write!(f, "/{}", utf8_percent_encode(urn, ESCAPED))
    }
}

impl Serialize for Id<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn as_urn<S: Serializer>(subscriber: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&subscriber.urn())
}

fn as_documents<S: Serializer>(
    subscriptions: &[Arc<Subscription>],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(subscriptions.iter().map(|one| one.document(true)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn subscription(kind: MatcherType, text: &str) -> Subscription {
        let payload = serde_json::value::to_raw_value(&json!({"name": "x"})).unwrap();
        Subscription {
            matched: Matched {
                kind,
                text: text.to_owned(),
            },
            subscriber: Uuid::from_u128(1),
            payload: Some(payload.into()),
            telling: Telling::default(),
        }
    }

    fn document(subscription: &Subscription, active: bool) -> Value {
        serde_json::to_value(subscription.document(active)).unwrap()
    }

    #[test]
    fn n56_each_part_of_the_topic_is_escaped_once() {
        let subscription = subscription(MatcherType::Exact, "https://example.com/é ~*");
        assert_eq!(
            subscription.id().to_string(),
            "/.well-known/mercure/subscriptions/exact/https%3A%2F%2Fexample.com%2F%C3%A9%20~%2A/urn%3Auuid%3A00000000-0000-0000-0000-000000000001"
        );
    }

    #[test]
    fn n58_an_announcement_is_plain_json() {
        let subscription = subscription(MatcherType::UrlPattern, "/a");
        let expected = json!({
            "id": "/.well-known/mercure/subscriptions/urlpattern/%2Fa/urn%3Auuid%3A00000000-0000-0000-0000-000000000001",
            "type": "subscription",
            "match_type": "urlpattern",
            "match": "/a",
            "subscriber": "urn:uuid:00000000-0000-0000-0000-000000000001",
            "active": true,
            "payload": {"name": "x"},
        });
        assert_eq!(document(&subscription, true), expected);
    }

    #[test]
    fn the_former_dialect_has_its_own_form() {
        let subscription = subscription(MatcherType::Template, "a b/{id}");
        let mut expected = json!({
            "@context": "https://mercure.rocks/",
            "id": "/.well-known/mercure/subscriptions/a+b%2F%7Bid%7D/urn%3Auuid%3A00000000-0000-0000-0000-000000000001",
            "type": "Subscription",
            "topic": "a b/{id}",
            "subscriber": "urn:uuid:00000000-0000-0000-0000-000000000001",
            "active": false,
            "payload": {"name": "x"},
        });
        assert_eq!(document(&subscription, false), expected);
        let alone = subscription.document(false).by_itself("last");
        expected["lastEventID"] = json!("last");
        assert_eq!(serde_json::to_value(alone).unwrap(), expected);
    }

    #[test]
    fn the_size_of_a_page_is_known_before_it_is_written() {
        for text in ["a", &"é".repeat(2048), &"\"".repeat(4096)] {
            let subscription = subscription(MatcherType::Exact, text);
            let written = serde_json::to_string(&subscription.document(true)).unwrap();
            assert!(written.len() <= 2 * subscription.bytes(), "{text}");
        }
    }
}
