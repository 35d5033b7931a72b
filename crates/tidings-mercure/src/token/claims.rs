//! What a token permits, once it is believed (draft-dunglas-mercure-08, sections Publishers, Subscribers and Payloads).

use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::matcher::MatcherType;

/// A dialect of the protocol, which a token's content decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Draft 08: a JWT access token (RFC 9068) with `authorization_details` (RFC 9396).
    V1,
    /// 0.x: any JWT, with a `mercure` claim.
    Legacy,
}

/// Topics that a token is about. A text of `*` means all of them, whatever the kind.
///
/// From a token it has at most [`MAX_PATTERN_BYTES`](super::MAX_PATTERN_BYTES), is not empty, and has no character that
/// cannot be seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TopicMatcher {
    /// How to read it.
    pub kind: MatcherType,
    /// The topic or the pattern.
    pub text: String,
}

/// What a token permits. It holds until [`expires`](Self::expires), when a stream that it opened must end.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Claims {
    /// The dialect.
    pub dialect: Dialect,
    /// Topics that may be published to. `None`: the token has no such list, or the key is not trusted for it; in 0.x that
    /// is told apart from an empty list.
    pub publish: Option<Vec<TopicMatcher>>,
    /// Topics whose private messages may be read; `None` as above.
    pub subscribe: Option<Vec<TopicMatcher>>,
    /// `exp`: the first moment at which the token is no longer good. 1.0 always has one.
    pub expires: Option<SystemTime>,
    /// `iss`.
    pub issuer: Option<String>,
    /// `sub`.
    pub subject: Option<String>,
    /// `mercure.payload` of 0.x, any JSON: data for all subscriptions.
    pub payload: Option<Value>,
    /// Payloads of parts of [`subscribe`](Self::subscribe), in its order.
    pub(crate) payloads: Vec<Payload>,
}

/// The payload of the next `matchers` entries of a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Payload {
    pub(crate) matchers: usize,
    pub(crate) value: Option<Value>,
}

impl Claims {
    /// The payload of a subscription, given which matchers match the subscription's own matcher, taken as a topic.
    ///
    /// In 1.0 that of the first detail that matches, even when it has none (draft-dunglas-mercure-08, "Payloads"). In 0.x
    /// that of the first entry that matches and has one, else the one for all.
    pub fn payload_for(&self, matches: impl Fn(&TopicMatcher) -> bool) -> Option<&Value> {
        let mut rest = self.subscribe.as_deref().unwrap_or_default();
        for payload in &self.payloads {
            let (matchers, behind) = rest.split_at_checked(payload.matchers)?;
            rest = behind;
            let counts = payload.value.is_some() || self.dialect == Dialect::V1;
            if counts && matchers.iter().any(&matches) {
                return payload.value.as_ref();
            }
        }
        self.payload.as_ref()
    }
}

impl TopicMatcher {
    /// One topic, byte for byte; or with `*` all.
    pub fn exact(topic: impl Into<String>) -> Self {
        Self::new(MatcherType::Exact, topic)
    }

    /// The topics that a URL Pattern matches.
    pub fn url_pattern(pattern: impl Into<String>) -> Self {
        Self::new(MatcherType::UrlPattern, pattern)
    }

    /// The topics that a selector of 0.x matches.
    pub fn template(template: impl Into<String>) -> Self {
        Self::new(MatcherType::Template, template)
    }

    fn new(kind: MatcherType, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }

    /// Whether it is the one for all topics.
    pub fn is_wildcard(&self) -> bool {
        self.text == "*"
    }

    /// As an object of a token.
    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("match".to_owned(), self.text.as_str().into());
        if self.kind == MatcherType::UrlPattern {
            object.insert("match_type".to_owned(), "urlpattern".into());
        }
        object
    }
}
