//! A subscription as it is announced and listed (draft-dunglas-mercure-08, section Active
//! Subscriptions; and the form it had in 0.x, for those made by the parameter `topic`).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::PATH;
use crate::{Matcher, MatcherType, token::Dialect};

/// What stays as it is in RFC 6570's simple expansion, and in the queries of 0.x.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Subscription {
    pub(crate) kind: MatcherType,
    pub(crate) matched: String,
    pub(crate) subscriber: String,
    pub(crate) payload: Option<Value>,
}

impl Subscription {
    pub(crate) fn of(matcher: &Matcher, subscriber: &str, payload: Option<Value>) -> Self {
        Self {
            kind: matcher.kind(),
            matched: matcher.as_str().to_owned(),
            subscriber: subscriber.to_owned(),
            payload,
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.kind {
            MatcherType::Template => Dialect::Legacy,
            MatcherType::Exact | MatcherType::UrlPattern => Dialect::V1,
        }
    }

    /// Its address below that of the hub, which is also the topic of its events.
    pub(crate) fn id(&self) -> String {
        let collection = collection(self.kind, &self.matched);
        format!("{collection}/{}", escape(self.kind, &self.subscriber))
    }

    pub(crate) fn to_json(&self, active: bool) -> Map<String, Value> {
        let mut document = Map::new();
        let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
        match self.kind.name() {
            Some(kind) => {
                set("id", json!(self.id()));
                set("type", json!("subscription"));
                set("match_type", json!(kind));
                set("match", json!(self.matched));
            }
            None => {
                set("@context", json!("https://mercure.rocks/"));
                set("id", json!(self.id()));
                set("type", json!("Subscription"));
                set("topic", json!(self.matched));
            }
        }
        set("subscriber", json!(self.subscriber));
        set("active", json!(active));
        if let Some(payload) = &self.payload {
            set("payload", payload.clone());
        }
        document
    }
}

/// The address of all subscriptions by the same matcher.
pub(crate) fn collection(kind: MatcherType, matched: &str) -> String {
    let matched = escape(kind, matched);
    match kind.name() {
        Some(kind) => format!("{PATH}/subscriptions/{kind}/{matched}"),
        None => format!("{PATH}/subscriptions/{matched}"),
    }
}

fn escape(kind: MatcherType, text: &str) -> String {
    let escaped = utf8_percent_encode(text, ESCAPED).to_string();
    match kind {
        MatcherType::Template => escaped.replace("%20", "+"),
        MatcherType::Exact | MatcherType::UrlPattern => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HubUrl;

    fn subscription(kind: MatcherType, text: &str) -> Subscription {
        let hub = HubUrl::parse("https://example.com/.well-known/mercure").unwrap();
        let matcher = Matcher::parse(kind, text, &hub).unwrap();
        Subscription::of(&matcher, "urn:uuid:1", Some(json!({"name": "x"})))
    }

    #[test]
    fn n56_each_part_of_the_topic_is_escaped_once() {
        let subscription = subscription(MatcherType::Exact, "https://example.com/é ~*");
        assert_eq!(
            subscription.id(),
            "/.well-known/mercure/subscriptions/exact/https%3A%2F%2Fexample.com%2F%C3%A9%20~%2A/urn%3Auuid%3A1"
        );
    }

    #[test]
    fn n58_an_announcement_is_plain_json() {
        let subscription = subscription(MatcherType::UrlPattern, "/a");
        let document = Value::Object(subscription.to_json(true));
        let expected = json!({
            "id": "/.well-known/mercure/subscriptions/urlpattern/%2Fa/urn%3Auuid%3A1",
            "type": "subscription",
            "match_type": "urlpattern",
            "match": "/a",
            "subscriber": "urn:uuid:1",
            "active": true,
            "payload": {"name": "x"},
        });
        assert_eq!(document, expected);
    }

    #[test]
    fn the_former_dialect_has_its_own_form() {
        let subscription = subscription(MatcherType::Template, "a b/{id}");
        let document = Value::Object(subscription.to_json(false));
        let expected = json!({
            "@context": "https://mercure.rocks/",
            "id": "/.well-known/mercure/subscriptions/a+b%2F%7Bid%7D/urn%3Auuid%3A1",
            "type": "Subscription",
            "topic": "a b/{id}",
            "subscriber": "urn:uuid:1",
            "active": false,
            "payload": {"name": "x"},
        });
        assert_eq!(document, expected);
    }
}
