//! The API that lists active subscriptions (draft-dunglas-mercure-08, section Subscription API; and
//! the addresses and forms it had in 0.x).
//!
//! A list comes in pages, of which each names the next one (RFC 8288): whoever follows them gets all
//! that is there, and nothing is cut off in silence. Lists are put together where blocking is
//! allowed: a page takes some milliseconds.

mod address;
mod after;

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use tidings_axum::Problem;
use tokio::task::spawn_blocking;

use super::{
    Inner, Mercure, answer,
    document::{Collection, Matched},
    method_not_allowed,
    presence::{PageSize, Presence},
    reads,
    subscribe::EARLIEST,
    with_allow,
};
use crate::{HubUrl, token::Dialect};
use address::Asked;

/// A page of a list. Clients that do not know of pages see the first one only, so it is a big one.
const PAGE: PageSize = PageSize {
    subscriptions: 10_000,
    bytes: 8 << 20,
};

/// What goes out, but for what all answers have.
struct Answer {
    dialect: Dialect,
    /// What tells this state from others.
    tag: String,
    /// `None`: as it was when it was asked for last.
    document: Option<String>,
    /// Of the next page, if there is one.
    next: Option<String>,
}

/// What is listed at the time of an id.
struct Moment {
    last_event_id: String,
    /// Whether anything has been published that history still has.
    has_history: bool,
    /// Another one after each change of the list.
    state: String,
}

pub(crate) async fn subscriptions(State(mercure): State<Mercure>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let mut response = with_allow("GET, HEAD", list(mercure, &head).await);
    let headers = response.headers_mut();
    // Refusals, too, are for who has asked.
    let cache = HeaderValue::from_static("private, no-cache");
    headers.insert(header::CACHE_CONTROL, cache);
    let vary = HeaderValue::from_static("Accept, Authorization, Cookie");
    headers.append(header::VARY, vary);
    response
}

async fn list(mercure: Mercure, head: &Parts) -> Result<Response, Problem> {
    let inner = mercure.inner();
    let presence = inner.presence.as_ref().ok_or_else(|| {
        let detail = "subscriptions are not listed here; the setting `subscriptions` lists them";
        Problem::new(StatusCode::NOT_FOUND, detail)
    })?;
    if !reads(&head.method) {
        return Err(method_not_allowed("GET and HEAD"));
    }
    let url = inner.url(head)?;
    let legacy = authorized(inner, head, &url).await? == Some(Dialect::Legacy);
    // Before the list is looked at: what changes later is told after this one.
    let moment = Moment::now(inner, presence);
    let answer = match Asked::at(head.uri.path())? {
        Asked::One(matched, subscriber) => {
            after::none(head.uri.query())?;
            let found = presence.find(&matched, subscriber).ok_or_else(not_found)?;
            let tag = moment.tag(matched.dialect());
            let document = found.document(true).by_itself(&moment.last_event_id);
            Answer {
                dialect: matched.dialect(),
                document: (!unchanged(&head.headers, &tag)).then(|| json(&document)),
                tag,
                next: None,
            }
        }
        Asked::By(matched) => {
            page(&mercure, head, matched.dialect(), Some(matched), &moment).await?
        }
        Asked::All => page(&mercure, head, asker(head, legacy), None, &moment).await?,
    };
    Ok(respond(&url, &moment.last_event_id, answer))
}

/// The dialect of the token, where it grants to read what is asked for.
async fn authorized(inner: &Inner, head: &Parts, url: &HubUrl) -> Result<Option<Dialect>, Problem> {
    let reader = inner.reader(head, None, url).await?;
    let reader = reader.ok_or_else(|| answer::unauthenticated(url))?;
    let dialect = reader.claims.as_ref().map(|claims| claims.dialect);
    let path = head.uri.path();
    if !reader.may_read(path) {
        let what = format!("to read {path}");
        let legacy = dialect == Some(Dialect::Legacy);
        return Err(answer::insufficient_scope(url, legacy, &what));
    }
    Ok(dialect)
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

async fn page(
    mercure: &Mercure,
    head: &Parts,
    dialect: Dialect,
    matched: Option<Matched>,
    moment: &Moment,
) -> Result<Answer, Problem> {
    let after = after::asked(head.uri.query(), dialect, matched.as_ref())?;
    let tag = moment.tag(dialect);
    let unchanged = unchanged(&head.headers, &tag);
    let last = moment.last_event_id.clone();
    let path = head.uri.path().to_owned();
    let presence = mercure.inner().presence.clone();
    let built = spawn_blocking(move || {
        let page = presence?.page(dialect, matched.as_ref(), after, PAGE);
        let list = Collection::new(dialect, &path, &last, &page.subscriptions);
        Some(((!unchanged).then(|| json(&list)), page.next))
    });
    let built = built.await.ok().flatten();
    let (document, next) = built.ok_or_else(|| {
        let detail = "the list could not be put together; try again";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    })?;
    Ok(Answer {
        dialect,
        tag,
        document,
        next: next.map(|place| after::next(dialect, place)),
    })
}

fn json(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("its names are texts")
}

impl Moment {
    fn now(inner: &Inner, presence: &Presence) -> Self {
        let id = inner.hub.last_event_id();
        Self {
            has_history: id.is_some(),
            last_event_id: id.unwrap_or_else(|| EARLIEST.to_owned()),
            state: presence.state(),
        }
    }

    /// The id alone does not tell one list from another: publishers may give one twice, and the list
    /// changes before that is told. In 0.x the tag is the id, which its clients go on listening from;
    /// so there, an answer may be the former one until the change is told.
    fn tag(&self, dialect: Dialect) -> String {
        let both = || format!("{}-{}", self.last_event_id, self.state);
        match dialect {
            Dialect::V1 => entity_tag(&both()),
            Dialect::Legacy if self.has_history => self.last_event_id.clone(),
            Dialect::Legacy => both(),
        }
    }
}

fn respond(url: &HubUrl, last: &str, answer: Answer) -> Response {
    let content_type = match answer.dialect {
        Dialect::V1 => "application/json",
        Dialect::Legacy => "application/ld+json",
    };
    let hub = format!(
        "<{url}>; rel=\"mercure\"; last-event-id={last}; type=\"mercure\"; content-type=\"{content_type}\"",
        url = url.as_str(),
        last = quoted(last),
    );
    // A 304 replaces what a cache has of these (RFC 9111, section 3.2), so they are complete there too.
    let next = answer.next.map(|next| format!("<{next}>; rel=\"next\""));
    let links = [
        Some((header::LINK, hub)),
        next.map(|next| (header::LINK, next)),
    ];
    let mut response = match answer.document {
        None => StatusCode::NOT_MODIFIED.into_response(),
        Some(document) => document.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    // What was published last may have any id; one that no header can hold is left out.
    for (name, value) in links
        .into_iter()
        .flatten()
        .chain([(header::ETAG, answer.tag)])
    {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.append(name, value);
        }
    }
    response
}

/// Whether the client has what has this tag.
fn unchanged(asked: &HeaderMap, tag: &str) -> bool {
    let seen = asked.get_all(header::IF_NONE_MATCH);
    seen.iter().any(|seen| names(seen, tag))
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
