//! The API that lists active subscriptions (draft-dunglas-mercure-08, section Subscription API; and
//! the addresses and forms it had in 0.x).
//!
//! Below `/subscriptions` an address with the name of a type first, and at least one part more, is of
//! 1.0; any other is of 0.x, where the first part is a topic.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value, json};
use tidings_axum::Problem;

use super::{
    Mercure, PATH, answer,
    document::{self, Subscription},
    method_not_allowed,
    presence::Presence,
    reads,
    subscribe::EARLIEST,
    with_allow,
};
use crate::{HubUrl, MatcherType, token::Dialect};

/// More are not listed.
const MOST: usize = 10_000;

/// What an address asks for.
#[derive(Debug, PartialEq)]
enum Asked {
    /// All subscriptions, in the dialect of the asker.
    All,
    /// Those by one matcher.
    Matched(MatcherType, String),
    One(Subscription),
}

pub(crate) async fn subscriptions(State(mercure): State<Mercure>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    with_allow("GET, HEAD", list(&mercure, &head).await)
}

async fn list(mercure: &Mercure, head: &Parts) -> Result<Response, Problem> {
    let inner = mercure.inner();
    let presence = inner.presence.as_ref().ok_or_else(|| {
        let detail = "subscriptions are not listed here; the setting `subscriptions` lists them";
        Problem::new(StatusCode::NOT_FOUND, detail)
    })?;
    if !reads(&head.method) {
        return Err(method_not_allowed("GET and HEAD"));
    }
    let url = inner.url(head)?;
    let reader = inner.reader(head, None, &url).await?;
    let reader = reader.ok_or_else(|| answer::unauthenticated(&url))?;
    let dialect = reader.claims.as_ref().map(|claims| claims.dialect);
    let legacy = dialect == Some(Dialect::Legacy);
    let path = head.uri.path();
    if !reader.may_read(path) {
        let what = format!("to read {path}");
        return Err(answer::insufficient_scope(&url, legacy, &what));
    }
    let asked = asked(path)?;
    let last = inner.hub.last_event_id();
    let last = last.unwrap_or_else(|| EARLIEST.to_owned());
    let (dialect, document) = document(presence, asked, asker(head, legacy), path, &last)?;
    Ok(respond(&head.headers, &url, dialect, &last, document))
}

/// The dialect in which someone wants all subscriptions.
fn asker(head: &Parts, legacy: bool) -> Dialect {
    let accept = head.headers.get(header::ACCEPT);
    let linked = accept
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/ld+json"));
    match legacy || linked {
        true => Dialect::Legacy,
        false => Dialect::V1,
    }
}

fn asked(path: &str) -> Result<Asked, Problem> {
    let below = path.strip_prefix(PATH).unwrap_or_default();
    let below = below.strip_prefix("/subscriptions").unwrap_or_default();
    let parts: Vec<&str> = below.split('/').skip(1).collect();
    let one = |kind, matched: &str, subscriber: &str| {
        Ok(Asked::One(Subscription {
            kind,
            matched: unescape(kind, matched)?,
            subscriber: unescape(kind, subscriber)?,
            payload: None,
        }))
    };
    let v1 = |name: &str| MatcherType::from_name(name);
    match *parts {
        [] => Ok(Asked::All),
        [name, matched] if v1(name).is_some() => {
            let kind = v1(name).unwrap_or(MatcherType::Exact);
            Ok(Asked::Matched(kind, unescape(kind, matched)?))
        }
        [topic] => {
            let kind = MatcherType::Template;
            Ok(Asked::Matched(kind, unescape(kind, topic)?))
        }
        [topic, subscriber] => one(MatcherType::Template, topic, subscriber),
        [name, matched, subscriber] => match v1(name) {
            Some(kind) => one(kind, matched, subscriber),
            None => {
                let detail = "the types of matchers are `exact` and `urlpattern`; name one of them";
                Err(Problem::new(StatusCode::BAD_REQUEST, detail))
            }
        },
        _ => Err(not_found()),
    }
}

fn unescape(kind: MatcherType, part: &str) -> Result<String, Problem> {
    let spaced = match kind {
        MatcherType::Template => part.replace('+', " "),
        MatcherType::Exact | MatcherType::UrlPattern => part.to_owned(),
    };
    let text = percent_decode_str(&spaced).decode_utf8();
    text.map(|text| text.into_owned()).map_err(|_| {
        let detail = "a part of the path is not UTF-8; percent-encode it as UTF-8";
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })
}

fn document(
    presence: &Presence,
    asked: Asked,
    asker: Dialect,
    path: &str,
    last: &str,
) -> Result<(Dialect, Value), Problem> {
    let (dialect, listed) = match asked {
        Asked::One(named) => {
            let found = presence.find(&named.id()).ok_or_else(not_found)?;
            let mut document = found.to_json(true);
            if found.dialect() == Dialect::Legacy {
                document.insert("lastEventID".to_owned(), json!(last));
            }
            return Ok((found.dialect(), Value::Object(document)));
        }
        Asked::All => {
            let all = format!("{PATH}/subscriptions");
            (asker, presence.below(&all, asker, MOST))
        }
        Asked::Matched(kind, matched) => {
            let dialect = match kind {
                MatcherType::Template => Dialect::Legacy,
                MatcherType::Exact | MatcherType::UrlPattern => Dialect::V1,
            };
            let collection = document::collection(kind, &matched);
            (dialect, presence.below(&collection, dialect, MOST))
        }
    };
    let listed: Vec<Value> = listed
        .iter()
        .map(|subscription| Value::Object(subscription.to_json(true)))
        .collect();
    let mut document = Map::new();
    let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
    match dialect {
        Dialect::V1 => {
            set("id", json!(path));
            set("type", json!("subscriptions"));
        }
        Dialect::Legacy => {
            set("@context", json!("https://mercure.rocks/"));
            set("id", json!(path));
            set("type", json!("Subscriptions"));
            set("lastEventID", json!(last));
        }
    }
    set("subscriptions", json!(listed));
    Ok((dialect, Value::Object(document)))
}

fn respond(
    asked: &HeaderMap,
    url: &HubUrl,
    dialect: Dialect,
    last: &str,
    document: Value,
) -> Response {
    let (content_type, tag) = match dialect {
        Dialect::V1 => ("application/json", entity_tag(last)),
        Dialect::Legacy => ("application/ld+json", last.to_owned()),
    };
    let link = format!(
        "<{url}>; rel=\"mercure\"; last-event-id={last}; type=\"mercure\"; content-type=\"{content_type}\"",
        url = url.as_str(),
        last = quoted(last),
    );
    let unchanged = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .any(|seen| names(seen, &tag));
    let mut response = match unchanged {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => document.to_string().into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    // What was published last may have any id; one that no header can hold is left out.
    for (name, value) in [(header::ETAG, tag), (header::LINK, link)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    response
}

/// Whether an `If-None-Match` names this tag, strong or weak (RFC 9110, section 13.1.2).
fn names(seen: &HeaderValue, tag: &str) -> bool {
    let same = |one: &[u8]| {
        let one = one.trim_ascii();
        one == b"*" || one.strip_prefix(b"W/").unwrap_or(one) == tag.as_bytes()
    };
    // A tag of 0.x is an id as it is, which may have a comma.
    same(seen.as_bytes()) || seen.as_bytes().split(|byte| *byte == b',').any(same)
}

/// The id as an entity tag, which has neither quotes nor commas nor spaces inside.
fn entity_tag(id: &str) -> String {
    const ESCAPED: &AsciiSet = &CONTROLS.add(b'"').add(b',').add(b' ').add(b'%');
    format!("\"{}\"", utf8_percent_encode(id, ESCAPED))
}

/// A quoted string (RFC 9110, section 5.6.4): an id is the publisher's, the header's structure is not.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no such subscription")
}
