//! `authorization_details` of 1.0 (draft-dunglas-mercure-08, "Authorization Details" and "Topic Matcher List").
//!
//! One fault in any detail of ours refuses the token; details of other types are passed over.

use serde_json::{Map, Value};

use super::claims::{Payload, TopicMatcher};
use super::expected::Compiles;
use super::limits::{MAX_DETAILS, MAX_PATTERN_BYTES, MAX_TOPICS};
use super::refusal::{Quoted, Refusal};
use crate::{matcher::MatcherType, text};

/// The `type` of details that are ours, byte for byte.
pub(crate) const DETAIL_TYPE: &str = "https://mercure.rocks/authorization-detail";

/// What the details of a token grant.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    pub(crate) publish: Option<Vec<TopicMatcher>>,
    pub(crate) subscribe: Option<Vec<TopicMatcher>>,
    pub(crate) payloads: Vec<Payload>,
}

struct Detail {
    publish: bool,
    subscribe: bool,
    topics: Vec<TopicMatcher>,
    payload: Option<Value>,
}

/// Reads the claim.
pub(crate) fn read_details(claim: &Value, compiles: &Compiles<'_>) -> Result<Grants, Refusal> {
    let Value::Array(entries) = claim else {
        return Err(Refusal::Claim {
            claim: "authorization_details",
            reason: "it is not an array".to_owned(),
        });
    };
    let mut grants = Grants::default();
    let (mut details, mut topics) = (0, 0);
    for (index, entry) in entries.iter().enumerate() {
        let fault = |reason| Refusal::Detail {
            number: index + 1,
            reason,
        };
        let Value::Object(object) = entry else {
            return Err(fault("it is not an object".to_owned()));
        };
        if object.get("type").and_then(Value::as_str) != Some(DETAIL_TYPE) {
            continue;
        }
        details += 1;
        within(details, MAX_DETAILS, "Mercure authorization details")?;
        let listed = object.get("topics").and_then(Value::as_array).map(Vec::len);
        topics += listed.unwrap_or_default();
        within(topics, MAX_TOPICS, "topics")?;
        grants.add(read_detail(object, compiles).map_err(fault)?);
    }
    Ok(grants)
}

impl Grants {
    fn add(&mut self, detail: Detail) {
        if detail.publish {
            self.publish
                .get_or_insert_default()
                .extend_from_slice(&detail.topics);
        }
        if detail.subscribe {
            self.payloads.push(Payload {
                matchers: detail.topics.len(),
                value: detail.payload,
            });
            self.subscribe.get_or_insert_default().extend(detail.topics);
        }
    }
}

fn within(count: usize, limit: usize, what: &'static str) -> Result<(), Refusal> {
    if count > limit {
        return Err(Refusal::TooMany { what, limit });
    }
    Ok(())
}

fn read_detail(object: &Map<String, Value>, compiles: &Compiles<'_>) -> Result<Detail, String> {
    let (mut publish, mut subscribe) = (false, false);
    for action in non_empty_array(object, "actions")? {
        match action.as_str() {
            None => return Err("an action is not a string".to_owned()),
            Some("publish") => publish = true,
            Some("subscribe") => subscribe = true,
            // Actions to come grant nothing here, and are no fault.
            Some(_) => {}
        }
    }
    let topics = non_empty_array(object, "topics")?
        .iter()
        .enumerate()
        .map(|(index, topic)| {
            let Value::Object(topic) = topic else {
                return Err(format!("topic {} is not an object", index + 1));
            };
            read_matcher(topic, compiles).map_err(|reason| format!("topic {}: {reason}", index + 1))
        })
        .collect::<Result<_, String>>()?;
    let payload = match object.get("payload") {
        None => None,
        Some(payload @ Value::Object(_)) => Some(payload.clone()),
        Some(_) => return Err("its payload is not an object".to_owned()),
    };
    Ok(Detail {
        publish,
        subscribe,
        topics,
        payload,
    })
}

fn non_empty_array<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], String> {
    match object.get(name) {
        None => Err(format!("it has no {name:?}")),
        Some(Value::Array(entries)) if !entries.is_empty() => Ok(entries),
        Some(_) => Err(format!("its {name:?} are not an array of one or more")),
    }
}

/// Reads `{"match": …, "match_type": …}`.
pub(crate) fn read_matcher(
    object: &Map<String, Value>,
    compiles: &Compiles<'_>,
) -> Result<TopicMatcher, String> {
    let text = match object.get("match") {
        None => return Err("it has no \"match\"".to_owned()),
        Some(Value::String(text)) => text,
        Some(_) => return Err("its \"match\" is not a string".to_owned()),
    };
    let kind = match object.get("match_type") {
        None => MatcherType::Exact,
        Some(Value::String(name)) => match name.as_str() {
            "exact" => MatcherType::Exact,
            "urlpattern" => MatcherType::UrlPattern,
            other => return Err(format!("there is no match_type {}", Quoted(other))),
        },
        Some(_) => return Err("its \"match_type\" is not a string".to_owned()),
    };
    checked_matcher(kind, text, compiles)
}

/// A matcher that is fit to be used.
pub(crate) fn checked_matcher(
    kind: MatcherType,
    text: &str,
    compiles: &Compiles<'_>,
) -> Result<TopicMatcher, String> {
    if text.is_empty() {
        return Err("it matches the empty string, which is no topic".to_owned());
    }
    if text.len() > MAX_PATTERN_BYTES {
        let bytes = text.len();
        return Err(format!(
            "it has {bytes} bytes, more than {MAX_PATTERN_BYTES}"
        ));
    }
    text::check(text).map_err(|found| found.to_string())?;
    let matcher = TopicMatcher {
        kind,
        text: text.to_owned(),
    };
    if !matcher.is_wildcard() {
        compiles(&matcher).map_err(|reason| format!("{}: {reason}", Quoted(text)))?;
    }
    Ok(matcher)
}
