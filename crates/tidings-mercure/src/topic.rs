//! Topics: which ones may be published (draft-dunglas-mercure-08, section Publication), and what a topic is to the
//! matchers (section URL Pattern).
//!
//! Stands between the publish form and the engine. A topic that passes [`check`] can't be taken for one of the hub's own
//! messages.

mod resolved;

pub(crate) use resolved::with_url;

use url::Url;

use crate::{
    hub_url::HubUrl,
    text::{self, BadCharacter},
};

/// A topic on its way to the matchers: resolved against the hub's URL once, not once for each pattern.
#[derive(Debug, Clone)]
pub struct PreparedTopic<'a> {
    name: &'a str,
    url: Option<Url>,
}

/// Why a publisher can't publish to a topic. A 400 each, whatever the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTopic {
    /// It is `*`.
    #[error("the topic `*` can't be published to, because it stands for all topics; name one")]
    Wildcard,
    /// It has a control or an invisible character.
    #[error("the topic is not allowed: {0}")]
    Character(BadCharacter),
    /// It belongs to the hub.
    #[error(
        "the topic is the hub's own path or lies below it, which only the hub publishes to; name another one"
    )]
    Reserved,
}

impl<'a> PreparedTopic<'a> {
    /// Resolves a topic against the hub's URL. One that can't be read as a URL matches no URL pattern.
    #[must_use]
    pub fn new(topic: &'a str, hub: &HubUrl) -> Self {
        Self {
            name: topic,
            url: hub.resolve(topic),
        }
    }

    /// The same, for a topic that a publisher has named: refuses what [`check`] refuses.
    ///
    /// # Errors
    ///
    /// As [`check`].
    pub fn published(topic: &'a str, hub: &HubUrl) -> Result<Self, InvalidTopic> {
        if topic == "*" {
            return Err(InvalidTopic::Wildcard);
        }
        text::check(topic).map_err(InvalidTopic::Character)?;
        let prepared = Self::new(topic, hub);
        match &prepared.url {
            Some(url) if hub.reserves(url) => Err(InvalidTopic::Reserved),
            _ => Ok(prepared),
        }
    }

    /// The topic as it was published.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.name
    }

    pub(crate) fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }
}

/// Whether a publisher may publish to this topic: not `*`, no controls, nothing invisible, and nothing that resolves to
/// the hub's own path or below it, on whatever host and in whatever spelling. What can't be read as a URL names no path,
/// and is allowed. (Specification: section Publication.)
///
/// # Errors
///
/// Says which of these rules the topic breaks.
pub fn check(topic: &str, hub: &HubUrl) -> Result<(), InvalidTopic> {
    PreparedTopic::published(topic, hub).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub() -> HubUrl {
        HubUrl::parse("https://example.com/.well-known/mercure").unwrap()
    }

    #[test]
    fn n21_topics_have_no_control_and_no_invisible_characters() {
        for bad in [
            "a\nb",
            "a\0",
            "\u{7f}",
            "a\u{85}",
            "a\u{200d}b",
            "\u{feff}a",
            "\u{202e}",
        ] {
            assert!(
                matches!(check(bad, &hub()), Err(InvalidTopic::Character(_))),
                "{bad:?}"
            );
        }
        for good in [
            "books",
            "büch er",
            "https://example.com/books/1",
            "urn:isbn:1",
            "{x}",
            "**",
        ] {
            assert_eq!(check(good, &hub()), Ok(()), "{good:?}");
        }
    }

    #[test]
    fn n22_topics_of_the_hub_are_reserved_in_every_spelling() {
        for reserved in [
            "",
            "mercure",
            "./mercure/x",
            "?a",
            "#a",
            "https://other/.well-known/%6Dercure/x",
            "/.well-known/mercure",
            "/.well-known/mercure/",
            "/.well-known/mercure/subscriptions/exact/a/b",
            "/.well-known/mercure/../mercure/x",
            "/.well-known/x/%2e%2E/mercure",
            "/%2Ewell-known%2Fx/../.well%2Dknown/mercure?x#y",
            "/a/../.well-known/mercure",
            "\\.well-known\\mercure",
            " mercure ",
            "//other:1/.well-known/mercure",
            "ftp://user:password@other/.well-known/mercure",
            "foo:/.well-known/mercure/x",
            "foo://h/.well-known/mercure",
            "https:mercure/x",
        ] {
            assert_eq!(
                check(reserved, &hub()),
                Err(InvalidTopic::Reserved),
                "{reserved:?}"
            );
        }
    }

    #[test]
    fn n22_what_only_looks_like_the_hub_is_not_reserved() {
        for allowed in [
            "mercurex",
            "/.well-known/mercurex",
            "/.well-known/Mercure",
            "/.well-known/%256Dercure",
            "/x/.well-known/mercure",
            "/.well-known%2Fmercure",
            "/mercure",
            "x?/.well-known/mercure",
            "urn:.well-known/mercure",
            // Not readable as URLs: they can't name a path.
            "https://[/.well-known/mercure",
            "http://a b/.well-known/mercure",
        ] {
            assert_eq!(check(allowed, &hub()), Ok(()), "{allowed:?}");
        }
    }

    #[test]
    fn n22_the_reserved_path_is_that_of_this_hub_and_where_it_is_served() {
        let hub = HubUrl::parse("https://example.com/%68ub").unwrap();
        assert_eq!(check("/hub/x", &hub), Err(InvalidTopic::Reserved));
        let served = check("/.well-known/mercure/x", &hub);
        assert_eq!(served, Err(InvalidTopic::Reserved));
        assert_eq!(check("/hubs", &hub), Ok(()));
    }

    #[test]
    fn n23_the_wildcard_is_no_topic() {
        assert_eq!(check("*", &hub()), Err(InvalidTopic::Wildcard));
    }
}
