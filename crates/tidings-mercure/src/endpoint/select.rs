//! From the matchers of the protocol to the selectors of the engine.

use std::sync::Arc;

use tidings_hub::{Pattern, Selector, Topic};

use crate::{HubUrl, InvalidMatcher, Matcher, MatcherType, token::TopicMatcher, topic};

/// A matcher that is not simply a name.
#[derive(Debug)]
struct MatcherPattern {
    matcher: Matcher,
    name: String,
}

/// What is selected and not the hub's own.
#[derive(Debug)]
struct Publishable {
    selector: Selector,
    url: HubUrl,
    name: String,
}

impl Pattern for Publishable {
    fn name(&self) -> &str {
        &self.name
    }

    fn matches(&self, topic: &Topic) -> bool {
        self.selector.selects(topic) && topic::check(topic.as_str(), &self.url).is_ok()
    }
}

impl Pattern for MatcherPattern {
    fn name(&self) -> &str {
        &self.name
    }

    fn matches(&self, topic: &Topic) -> bool {
        self.matcher.matches(topic.as_str())
    }
}

/// What `matcher` selects, at the hub of this URL.
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

/// What a publisher may publish to by `matcher`: what it selects, but for the hub's own topics. The
/// form of a publish is refused for these anyhow; `POST /` of [`tidings_axum`] knows no such rule.
pub(crate) fn publishable(matcher: &Matcher, url: &HubUrl) -> Selector {
    let selector = selector(matcher, url);
    let name = format!("publishable {} {selector:?}", url.as_str());
    let url = url.clone();
    Selector::Pattern(Arc::new(Publishable {
        selector,
        url,
        name,
    }))
}

/// The matchers of a list in a token.
///
/// # Errors
/// One of them cannot be compiled; a token that was verified has none.
pub(crate) fn granted(
    matchers: &[TopicMatcher],
    url: &HubUrl,
) -> Result<Vec<Matcher>, InvalidMatcher> {
    let matchers = matchers.iter().map(|one| (one.kind, one.text.as_str()));
    Matcher::parse_all(matchers, url)
}
