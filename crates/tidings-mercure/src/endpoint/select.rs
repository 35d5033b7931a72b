//! From the matchers of the protocol to the selectors of the engine: what a subscriber listens to, and what a token grants
//! (draft-dunglas-mercure-08, sections Publishers and Subscribers).

use std::sync::Arc;

use tidings_hub::{Pattern, Selector, Topic};

use crate::{HubUrl, Matcher, MatcherType, topic::with_url};

/// A matcher that is not simply a name.
#[derive(Debug)]
struct MatcherPattern {
    matcher: Matcher,
    name: String,
}

impl Pattern for MatcherPattern {
    fn name(&self) -> &str {
        &self.name
    }

    fn matches(&self, topic: &Topic) -> bool {
        self.matcher.matches(topic.as_str())
    }

    fn may_match_below(&self, beginning: &str) -> bool {
        self.matcher.may_match_below(beginning)
    }
}

impl Matcher {
    /// The selector of the engine that does what this matcher does, at the hub of this URL.
    #[must_use]
    pub fn selector(&self, hub: &HubUrl) -> Selector {
        selector(self, hub)
    }
}

pub(crate) fn selector(matcher: &Matcher, url: &HubUrl) -> Selector {
    if matcher.is_wildcard() {
        return Selector::All;
    }
    if let Some(Ok(topic)) = matcher.as_exact().map(Topic::try_from) {
        return Selector::Exact(topic);
    }
    // A relative pattern means something else at another address.
    let base = match matcher.kind() {
        MatcherType::UrlPattern => url.as_str(),
        MatcherType::Exact | MatcherType::Template => "",
    };
    let name = format!("{:?} {base} {}", matcher.kind(), matcher.as_str());
    Selector::Pattern(Arc::new(MatcherPattern {
        matcher: matcher.clone(),
        name,
    }))
}

/// The topics that only the hub of this URL publishes to.
#[derive(Debug)]
struct Reserved {
    url: HubUrl,
    name: String,
}

impl Pattern for Reserved {
    fn name(&self) -> &str {
        &self.name
    }

    fn matches(&self, topic: &Topic) -> bool {
        // Whatever else is wrong with it.
        with_url(topic.as_str(), &self.url, |url| {
            url.is_some_and(|url| self.url.reserves(url))
        })
    }
}

/// As for publishers of the protocol; see [`topic::check`](crate::topic::check).
pub(crate) fn reserved(url: &HubUrl) -> Selector {
    Selector::Pattern(Arc::new(Reserved {
        url: url.clone(),
        name: format!("reserved {}", url.as_str()),
    }))
}
