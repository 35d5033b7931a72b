//! What an address of the API asks for.
//!
//! Below `/subscriptions` an address with the name of a type first, and at least one part more, is of
//! 1.0; any other is of 0.x, where the first part is a topic.

use http::StatusCode;
use percent_encoding::percent_decode_str;
use tidings_axum::Problem;
use uuid::Uuid;

use super::{
    super::{PATH, document::Matched},
    not_found,
};
use crate::MatcherType;

#[derive(Debug, PartialEq)]
pub(super) enum Asked {
    /// All subscriptions, in the dialect of the asker.
    All,
    /// Those by one matcher.
    By(Matched),
    One(Matched, Uuid),
}

impl Asked {
    pub(super) fn at(path: &str) -> Result<Self, Problem> {
        let below = path.strip_prefix(PATH).unwrap_or_default();
        let below = below.strip_prefix("/subscriptions").unwrap_or_default();
        let parts: Vec<&str> = below.split('/').skip(1).collect();
        let v1 = |name: &str| MatcherType::from_name(name);
        let former = MatcherType::Template;
        match *parts {
            [] => Ok(Self::All),
            [topic] => Ok(Self::By(matched(former, topic)?)),
            [name, text] => match v1(name) {
                Some(kind) => Ok(Self::By(matched(kind, text)?)),
                None => Self::one(former, name, text),
            },
            [name, text, subscriber] => match v1(name) {
                Some(kind) => Self::one(kind, text, subscriber),
                None => Err(bad(
                    "the types of matchers are `exact` and `urlpattern`; name one of them",
                )),
            },
            _ => Err(not_found()),
        }
    }

    fn one(kind: MatcherType, text: &str, subscriber: &str) -> Result<Self, Problem> {
        let matched = matched(kind, text)?;
        let subscriber = unescaped(kind, subscriber)?;
        let known = subscriber
            .strip_prefix("urn:uuid:")
            .and_then(|uuid| Uuid::try_parse(uuid).ok())
            // In no other spelling than the hub's.
            .filter(|uuid| uuid.urn().to_string() == subscriber);
        known
            .map(|subscriber| Self::One(matched, subscriber))
            .ok_or_else(not_found)
    }
}

fn matched(kind: MatcherType, part: &str) -> Result<Matched, Problem> {
    let text = unescaped(kind, part)?;
    Ok(Matched { kind, text })
}

fn unescaped(kind: MatcherType, part: &str) -> Result<String, Problem> {
    let spaced = match kind {
        MatcherType::Template => part.replace('+', " "),
        MatcherType::Exact | MatcherType::UrlPattern => part.to_owned(),
    };
    let text = percent_decode_str(&spaced).decode_utf8();
    text.map(|text| text.into_owned())
        .map_err(|_| bad("a part of the path is not UTF-8; percent-encode it as UTF-8"))
}

fn bad(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(kind: MatcherType, text: &str) -> Matched {
        Matched {
            kind,
            text: text.to_owned(),
        }
    }

    fn at(below: &str) -> Result<Asked, u16> {
        let path = format!("{PATH}/subscriptions{below}");
        Asked::at(&path).map_err(|problem| problem.status().as_u16())
    }

    #[test]
    fn n59_an_address_names_all_those_by_a_matcher_or_one() {
        use MatcherType::{Exact, Template, UrlPattern};
        let uuid = "urn%3Auuid%3A00000000-0000-0000-0000-0000000000ab";
        let ab = Uuid::from_u128(0xab);
        assert_eq!(at(""), Ok(Asked::All));
        for (below, asked) in [
            ("/exact/a%2Fb+c", Asked::By(by(Exact, "a/b+c"))),
            ("/urlpattern/%2F%3Aid", Asked::By(by(UrlPattern, "/:id"))),
            ("/a+b%2F%7Bid%7D", Asked::By(by(Template, "a b/{id}"))),
            ("/exact", Asked::By(by(Template, "exact"))),
            (&format!("/exact/a/{uuid}"), Asked::One(by(Exact, "a"), ab)),
            (&format!("/a/{uuid}"), Asked::One(by(Template, "a"), ab)),
        ] {
            assert_eq!(at(below), Ok(asked), "{below}");
        }
    }

    #[test]
    fn n61_an_address_that_no_subscription_has_is_refused() {
        let uuid = "00000000-0000-0000-0000-0000000000ab";
        for (below, status) in [
            ("/exact/a/b/c", 404),
            ("/exact/a/nobody", 404),
            (&*format!("/exact/a/{uuid}"), 404),
            (&format!("/exact/a/urn:uuid:{}", uuid.to_uppercase()), 404),
            (&format!("/exact/a/urn:uuid:{{{uuid}}}"), 404),
            ("/regexp/a/b", 400),
            ("/exact/%FF", 400),
            ("/a/%FF", 400),
        ] {
            assert_eq!(at(below), Err(status), "{below}");
        }
    }
}
