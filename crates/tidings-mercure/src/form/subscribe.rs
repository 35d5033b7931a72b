//! The form of a subscriber: the query of its request, and the body if there is one. Specification: section
//! Subscription; and the parameters of the former dialect, which do not collide with them.

use std::fmt;

use super::{
    FormLimits,
    pairs::{Pair, pairs},
};
use crate::matcher::{Matcher, MatcherType};

/// The names of the cursor; where several are given, the first of these counts. The last two are what the package
/// event-source-polyfill sends: unless told otherwise, and as its manual has it for Mercure.
const CURSORS: [&str; 5] = [
    "last_event_id",
    "lastEventID",
    "Last-Event-ID",
    "lastEventId",
    "Last-Event-Id",
];

/// The longest cursor, in bytes: above any id that a message can have.
const MAX_CURSOR_BYTES: usize = 4096;

/// What a subscriber asks for. The matchers are not checked for their types yet: that is [`Matcher::parse`]'s.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscribeForm {
    /// The matchers, one for each parameter, those of the query first. At least one.
    pub matchers: Vec<(MatcherType, String)>,
    /// The id to go on after, also when it is empty: that one was given has an effect on the answer.
    pub last_event_id: Option<String>,
    /// The token, as clients of the former dialect may give it. Not shown in debug output.
    pub authorization: Option<String>,
}

/// Why a subscribe form is refused. A 400 each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSubscribeForm {
    /// A value that is needed is not UTF-8.
    #[error(
        "the parameter `{name}` is not valid UTF-8; encode it as UTF-8 before percent-encoding it"
    )]
    NotUtf8 {
        /// The parameter's name.
        name: String,
    },
    /// A name begins with `match` and is no type of matcher.
    #[error(
        "there is no parameter `{name}`; use `match`, `match_exact` or `match_urlpattern`, in lower case (all names that begin with `match` are reserved)"
    )]
    UnknownMatcher {
        /// The parameter's name.
        name: String,
    },
    /// There is nothing to listen to.
    #[error("there is no matcher; add one, such as match=https%3A%2F%2Fexample.com%2Fbooks%2F1")]
    NoMatcher,
    /// There are too many matchers of a dialect.
    #[error(
        "there are more than {limit} parameters `{name}`; subscribe with fewer, or with patterns"
    )]
    TooManyMatchers {
        /// `match…` or `topic`.
        name: &'static str,
        /// The most allowed.
        limit: usize,
    },
    /// There are too many parameters.
    #[error("there are more than {limit} parameters; leave out those that are not known here")]
    TooManyFields {
        /// The most allowed.
        limit: usize,
    },
    /// A parameter is too long.
    #[error("the parameter `{name}` is longer than {limit} bytes; shorten it")]
    TooLong {
        /// The parameter's name.
        name: String,
        /// The longest allowed.
        limit: usize,
    },
}

/// What a parameter is for.
enum Parameter {
    Matcher(MatcherType),
    /// With its place in [`CURSORS`].
    Cursor(usize),
    Authorization,
    Unknown,
}

impl SubscribeForm {
    /// Reads the query of a subscribe request, without its `?`, together with the body; empty where there is none.
    ///
    /// All matchers of both count. A cursor or a token in the query goes before one in the body; of repeated ones the
    /// first counts.
    ///
    /// # Errors
    ///
    /// Says which parameter breaks which rule.
    pub fn parse(
        query: &[u8],
        body: &[u8],
        limits: &FormLimits,
    ) -> Result<Self, InvalidSubscribeForm> {
        let mut form = Self {
            matchers: Vec::new(),
            last_event_id: None,
            authorization: None,
        };
        let mut cursors = [const { None }; CURSORS.len()];
        let mut count = 0;
        for source in [query, body] {
            for pair in pairs(source) {
                count += 1;
                if count > limits.fields {
                    let limit = limits.fields;
                    return Err(InvalidSubscribeForm::TooManyFields { limit });
                }
                form.take(&pair, &mut cursors, limits)?;
            }
            // What the query has goes before what the body has, whatever it is called there.
            form.last_event_id = form
                .last_event_id
                .or_else(|| cursors.iter_mut().find_map(Option::take));
        }
        if form.matchers.is_empty() {
            return Err(InvalidSubscribeForm::NoMatcher);
        }
        form.check_counts(limits)?;
        Ok(form)
    }

    fn take(
        &mut self,
        pair: &Pair<'_>,
        cursors: &mut [Option<String>; CURSORS.len()],
        limits: &FormLimits,
    ) -> Result<(), InvalidSubscribeForm> {
        match Parameter::of(pair)? {
            Parameter::Matcher(kind) => {
                let text = value(pair, Matcher::MAX_BYTES)?;
                self.matchers.push((kind, text));
            }
            Parameter::Cursor(place) => {
                let cursor = value(pair, MAX_CURSOR_BYTES)?;
                cursors[place].get_or_insert(cursor);
            }
            Parameter::Authorization => {
                let token = value(pair, limits.authorization_bytes)?;
                self.authorization.get_or_insert(token);
            }
            Parameter::Unknown => {}
        }
        Ok(())
    }

    fn check_counts(&self, limits: &FormLimits) -> Result<(), InvalidSubscribeForm> {
        let is_legacy = |kind: MatcherType| kind == MatcherType::Template;
        let legacy = self.matchers.iter().filter(|(kind, _)| is_legacy(*kind));
        let legacy = legacy.count();
        let over = |name, count, limit| match count > limit {
            true => Err(InvalidSubscribeForm::TooManyMatchers { name, limit }),
            false => Ok(()),
        };
        over("topic", legacy, limits.legacy_topics)?;
        over("match…", self.matchers.len() - legacy, limits.matchers)
    }
}

impl Parameter {
    fn of(pair: &Pair<'_>) -> Result<Self, InvalidSubscribeForm> {
        let name = str::from_utf8(&pair.name).unwrap_or_default();
        Ok(match name {
            "match" => Self::Matcher(MatcherType::Exact),
            "topic" => Self::Matcher(MatcherType::Template),
            "authorization" => Self::Authorization,
            _ => {
                if let Some(place) = CURSORS.iter().position(|cursor| *cursor == name) {
                    return Ok(Self::Cursor(place));
                }
                let typed = name.strip_prefix("match_").and_then(MatcherType::from_name);
                match typed {
                    Some(kind) => Self::Matcher(kind),
                    None if begins_with_match(&pair.name) => {
                        return Err(InvalidSubscribeForm::UnknownMatcher {
                            name: pair.shown_name(),
                        });
                    }
                    None => Self::Unknown,
                }
            }
        })
    }
}

impl fmt::Debug for SubscribeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.authorization.as_ref().map(|_| "[redacted]");
        f.debug_struct("SubscribeForm")
            .field("matchers", &self.matchers)
            .field("last_event_id", &self.last_event_id)
            .field("authorization", &token)
            .finish()
    }
}

fn begins_with_match(name: &[u8]) -> bool {
    name.get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"match"))
}

fn value(pair: &Pair<'_>, limit: usize) -> Result<String, InvalidSubscribeForm> {
    let name = || pair.shown_name();
    if pair.value.len() > limit {
        return Err(InvalidSubscribeForm::TooLong {
            name: name(),
            limit,
        });
    }
    match str::from_utf8(&pair.value) {
        Ok(value) => Ok(value.to_owned()),
        Err(_) => Err(InvalidSubscribeForm::NotUtf8 { name: name() }),
    }
}

#[cfg(test)]
mod tests;
