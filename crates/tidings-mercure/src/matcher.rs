//! Matchers: what a subscriber listens to, and what a token grants (draft-dunglas-mercure-08, sections Matcher Types,
//! Exact Matching and URL Pattern; and URI templates, for 0.x).
//!
//! Comes from a subscribe form or a token as a type and a text, is checked and compiled once, and is then asked for each
//! topic that is published. Compiling and matching are bounded: a matcher whose compiled form would be too big is refused,
//! and what is accepted matches in time linear in the topic.

mod ecmascript;
mod effort;
pub(crate) mod expression;
mod hostname;
pub(crate) mod uri_template;
pub(crate) mod url_pattern;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod below;
#[cfg(test)]
mod tests;

use std::{cmp::Ordering, fmt, hash, sync::Arc};

pub(crate) use effort::effort;
use uri_template::UriTemplate;
use url_pattern::UrlPattern;

use crate::{
    hub_url::HubUrl,
    text::{self, BadCharacter},
    topic::{self, PreparedTopic},
};

/// How the text of a matcher is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatcherType {
    /// `exact`: the topic is the text, byte for byte.
    Exact,
    /// `urlpattern`: the text is a WHATWG URL Pattern.
    UrlPattern,
    /// The rule of the former dialect, for its parameter `topic` and its bare claims: the topic is the text, or the text is
    /// an RFC 6570 URI template that could produce the topic.
    Template,
}

/// A compiled matcher. Equal to another when type and text are. Cloning is cheap, and clones share what was compiled.
#[derive(Clone)]
pub struct Matcher(Arc<Inner>);

/// Why a text is no matcher of its type. A 400 in a request; an invalid token in a claim.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMatcher {
    /// It is longer than [`Matcher::MAX_BYTES`].
    #[error("a matcher is longer than {} bytes; shorten it", Matcher::MAX_BYTES)]
    TooLong,
    /// It has a control or an invisible character.
    #[error("the matcher `{}` is not allowed: {found}", text.escape_debug())]
    Character {
        /// The matcher.
        text: String,
        /// What it must not have.
        found: BadCharacter,
    },
    /// It is no URL Pattern.
    #[error(
        "the matcher `{text}` is not a URL Pattern that can be used here: {reason}; correct it"
    )]
    UrlPattern {
        /// The matcher.
        text: String,
        /// What is wrong with it, or what is not supported.
        reason: String,
    },
    /// To match it would take too much memory or time.
    #[error("the matcher `{text}` is too costly; use fewer groups and repetitions")]
    TooCostly {
        /// The matcher.
        text: String,
    },
    /// The matchers of one request or token are within the bounds one by one, but not together.
    #[error("the matchers take too much together; use fewer patterns, or simpler ones")]
    TooCostlyTogether,
}

struct Inner {
    kind: MatcherType,
    text: Box<str>,
    rule: Rule,
}

enum Rule {
    Every,
    Exact,
    UrlPattern(UrlPattern),
    Template(UriTemplate),
}

impl MatcherType {
    /// The type with this name, as `match_type` and the parameters `match_…` give it; upper and lower case differ.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "exact" => Some(Self::Exact),
            "urlpattern" => Some(Self::UrlPattern),
            _ => None,
        }
    }

    /// The type's name on the wire: `exact` or `urlpattern`. `None` for the former rule, which has none.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Exact => Some("exact"),
            Self::UrlPattern => Some("urlpattern"),
            Self::Template => None,
        }
    }
}

impl Matcher {
    /// The longest text, the same as the reference hub's.
    pub const MAX_BYTES: usize = 4096;

    /// The most that the matchers of one request may [cost](Matcher::cost) together: enough for as many parameters as
    /// there may be, each with some groups; and a fraction of a second for who wants to be slow.
    pub const MAX_COST: usize = 20_000_000;

    /// Checks and compiles a matcher. The empty text is allowed: as an exact matcher it selects nothing that can be
    /// published, as a URL Pattern the directory that the hub is in.
    ///
    /// # Errors
    ///
    /// When the text is too long, has characters that are not allowed, or is not valid for its type.
    pub fn parse(kind: MatcherType, text: &str, hub: &HubUrl) -> Result<Self, InvalidMatcher> {
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidMatcher::TooLong);
        }
        text::check(text).map_err(|found| InvalidMatcher::Character {
            text: text.to_owned(),
            found,
        })?;
        let rule = match kind {
            _ if text == "*" => Rule::Every,
            MatcherType::Exact => Rule::Exact,
            MatcherType::UrlPattern => {
                Rule::UrlPattern(UrlPattern::compile(text, hub).map_err(|error| error.of(text))?)
            }
            MatcherType::Template => match UriTemplate::compile(text) {
                Ok(Some(template)) => Rule::Template(template),
                Ok(None) => Rule::Exact,
                Err(_) => {
                    return Err(InvalidMatcher::TooCostly {
                        text: text.to_owned(),
                    });
                }
            },
        };
        Ok(Self(Arc::new(Inner {
            kind,
            text: text.into(),
            rule,
        })))
    }

    /// Checks and compiles the matchers of one request or token, with a bound for all of them.
    ///
    /// # Errors
    ///
    /// As [`Matcher::parse`], for the first that is wrong; and when they take more than [`Matcher::MAX_COST`] together.
    pub fn parse_all<'a>(
        matchers: impl IntoIterator<Item = (MatcherType, &'a str)>,
        hub: &HubUrl,
    ) -> Result<Vec<Self>, InvalidMatcher> {
        let mut cost = 0;
        matchers
            .into_iter()
            .map(|(kind, text)| {
                let matcher = Self::parse(kind, text, hub)?;
                cost += matcher.cost();
                if cost > Self::MAX_COST {
                    return Err(InvalidMatcher::TooCostlyTogether);
                }
                Ok(matcher)
            })
            .collect()
    }

    /// The steps that compiling it has taken at most: in the order of ten nanoseconds each.
    #[must_use]
    pub fn cost(&self) -> usize {
        match &self.0.rule {
            Rule::Every | Rule::Exact => 0,
            Rule::UrlPattern(pattern) => pattern.steps(),
            Rule::Template(template) => template.steps(),
        }
    }

    /// The type it was given.
    #[must_use]
    pub fn kind(&self) -> MatcherType {
        self.0.kind
    }

    /// The text it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Whether it is `*`, which selects every topic whatever the type.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        matches!(self.0.rule, Rule::Every)
    }

    /// The only topic it can select, where there is only one, so that it can be looked up rather than tried.
    #[must_use]
    pub fn as_exact(&self) -> Option<&str> {
        matches!(self.0.rule, Rule::Exact).then_some(&*self.0.text)
    }

    /// Whether it selects this topic. A URL Pattern wants it resolved against the hub's URL, which is done once where many
    /// are asked about a topic one after the other, on one thread.
    #[must_use]
    pub fn matches(&self, topic: &str) -> bool {
        match &self.0.rule {
            Rule::UrlPattern(pattern) => {
                topic::with_url(topic, pattern.hub(), |url| pattern.matches(url))
            }
            Rule::Every => true,
            Rule::Exact => *self.0.text == *topic,
            Rule::Template(template) => *self.0.text == *topic || template.matches(topic),
        }
    }

    /// Whether it selects this topic, which was prepared with the same hub's URL.
    #[must_use]
    pub fn matches_prepared(&self, topic: &PreparedTopic<'_>) -> bool {
        match &self.0.rule {
            Rule::UrlPattern(pattern) => pattern.matches(topic.url()),
            _ => self.matches(topic.as_str()),
        }
    }

    /// `false`: it selects no topic that begins so. `true` where that is hard to say.
    #[must_use]
    pub(crate) fn may_match_below(&self, beginning: &str) -> bool {
        let text = &*self.0.text;
        match &self.0.rule {
            Rule::Every => true,
            Rule::Exact => text.starts_with(beginning),
            Rule::UrlPattern(pattern) => pattern.may_match_below(beginning),
            Rule::Template(template) => {
                text.starts_with(beginning) || template.may_match_below(beginning)
            }
        }
    }

    fn key(&self) -> (MatcherType, &str) {
        (self.0.kind, &self.0.text)
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Matcher {}

impl PartialOrd for Matcher {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Matcher {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl hash::Hash for Matcher {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, text) = self.key();
        f.debug_tuple("Matcher").field(&kind).field(&text).finish()
    }
}
