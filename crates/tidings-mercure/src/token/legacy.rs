//! The `mercure` claim of 0.x: `{"publish": […], "subscribe": […], "payload": …}`, or the same under a name of its own.
//!
//! As generous as deployed issuers need it: anything may be absent, null counts as absent (PHP writes it), arrays may be
//! empty. What is there must make sense, though, and entries that do not are never passed over.

use serde_json::{Map, Value};

use super::claims::{Payload, TopicMatcher};
use super::details::{Grants, checked_matcher, read_matcher};
use super::expected::Compiles;
use super::limits::MAX_LEGACY_ENTRIES;
use super::refusal::Refusal;
use crate::matcher::MatcherType;

/// The claim's names; the first wins.
pub(crate) const CLAIMS: [&str; 2] = ["https://mercure.rocks/", "mercure"];

/// Reads the claim, and the payload that is for all.
pub(crate) fn read_legacy(
    claims: &Map<String, Value>,
    compiles: &Compiles<'_>,
) -> Result<(Grants, Option<Value>), Refusal> {
    let found = CLAIMS
        .iter()
        .find_map(|&claim| Some((claim, present(claims, claim)?)));
    let Some((claim, value)) = found else {
        return Ok((Grants::default(), None));
    };
    let fault = |(path, reason)| Refusal::LegacyClaim {
        claim,
        path,
        reason,
    };
    let Value::Object(object) = value else {
        let reason = "it is not an object".to_owned();
        return Err(fault(("its top".to_owned(), reason)));
    };
    let publish = read_list(object, "publish", compiles).map_err(fault)?;
    let subscribe = read_list(object, "subscribe", compiles).map_err(fault)?;
    let (subscribe, payloads) = subscribe.unzip();
    let grants = Grants {
        publish: publish.map(|(matchers, _)| matchers),
        subscribe,
        payloads: payloads.unwrap_or_default(),
    };
    Ok((grants, present(object, "payload").cloned()))
}

type List = (Vec<TopicMatcher>, Vec<Payload>);

fn read_list(
    object: &Map<String, Value>,
    name: &str,
    compiles: &Compiles<'_>,
) -> Result<Option<List>, (String, String)> {
    let entries = match present(object, name) {
        None => return Ok(None),
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err((name.to_owned(), "it is not an array".to_owned())),
    };
    if entries.len() > MAX_LEGACY_ENTRIES {
        let reason = format!("it has more than {MAX_LEGACY_ENTRIES} entries");
        return Err((name.to_owned(), reason));
    }
    let (mut matchers, mut payloads) = (Vec::new(), Vec::new());
    for (index, entry) in entries.iter().enumerate() {
        let (matcher, payload) =
            read_entry(entry, compiles).map_err(|reason| (format!("{name}[{index}]"), reason))?;
        matchers.push(matcher);
        payloads.push(Payload {
            matchers: 1,
            value: payload,
        });
    }
    Ok(Some((matchers, payloads)))
}

fn read_entry(
    entry: &Value,
    compiles: &Compiles<'_>,
) -> Result<(TopicMatcher, Option<Value>), String> {
    match entry {
        Value::String(text) => Ok((
            checked_matcher(MatcherType::Template, text, compiles)?,
            None,
        )),
        Value::Object(object) => Ok((
            read_matcher(object, compiles)?,
            present(object, "payload").cloned(),
        )),
        _ => Err("it is neither a string nor an object".to_owned()),
    }
}

fn present<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}
