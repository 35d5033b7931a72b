//! `GET`, `HEAD` and `QUERY`: subscribing (draft-dunglas-mercure-08, sections Subscription and
//! Reconnection; and with the parameter `topic`, 0.x).

use std::sync::Arc;

use axum::{
    body::{Body, HttpBody},
    response::Response,
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use tidings_axum::{Opened, Problem, PublishSettings, Start, request_body};
use tidings_hub::Listen;

use super::{
    Inner, Mercure,
    authorize::Reader,
    compile::compile,
    publish::{discard, is_form, not_a_form},
    select,
};
use crate::{Matcher, form::SubscribeForm};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const MERCURE_LAST_EVENT_ID: HeaderName = HeaderName::from_static("mercure-last-event-id");

/// What a cursor is called that stands before everything.
pub(crate) const EARLIEST: &str = "earliest";

/// The most bytes that the matchers of a subscriber may have together where they are announced.
const MAX_ANNOUNCED: usize = 8 << 10;

pub(crate) async fn subscribe(
    mercure: &Mercure,
    head: &Parts,
    body: Body,
) -> Result<Response, Problem> {
    let inner = mercure.inner();
    let form = form(mercure, head, body).await?;
    let url = inner.url(head)?;
    let in_form = form.authorization.as_deref();
    let reader = inner.subscriber(head, in_form, &url).await?;
    let matchers = compile(form.matchers, url.clone())
        .await
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    // The form bounds the parameters of each dialect; the hub, what a subscriber may listen to.
    let limit = inner.hub.settings().max_topics;
    if matchers.len() > limit {
        let detail =
            format!("there are more than {limit} matchers; subscribe with fewer, or with patterns");
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    // Each is announced in full, and kept in history: who comes and goes must not fill that.
    let announced_bytes: usize = matchers.iter().map(|one| one.as_str().len()).sum();
    if inner.presence.is_some() && announced_bytes > MAX_ANNOUNCED {
        let detail = format!(
            "the matchers have more than {MAX_ANNOUNCED} bytes together; subscribe with fewer"
        );
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    let requested = requested(head, form.last_event_id);
    let start = match &requested {
        Some(id) => Start::from_last_event_id(id),
        None => Start::Now,
    };
    let selectors = matchers.iter().map(|one| select::selector(one, &url));
    // Nobody has published an event named `gap`; the response header tells what it would have told.
    let listen = Listen::to(selectors).start(start).gap_event(false);
    let opened = open(inner, head, &reader, &matchers, listen).await?;
    let mut response = opened.response;
    // Also without a token: of a stream that only some may read, nobody is to be shown another's.
    tidings_axum::keep_from_caches(&mut response);
    let headers = response.headers_mut();
    // Nothing is said of a stream that was not opened.
    if let (Some(id), Some(found)) = (requested, opened.found_start) {
        let found = found && !id.is_empty();
        let before_first = found.then(|| HeaderValue::from_bytes(&id).ok()).flatten();
        let before_first = before_first.unwrap_or(HeaderValue::from_static(EARLIEST));
        headers.insert(MERCURE_LAST_EVENT_ID, before_first.clone());
        headers.insert(LAST_EVENT_ID, before_first);
    }
    Ok(response)
}

/// Opens the stream, and announces its subscriptions where that is done: they last as long as it.
async fn open(
    inner: &Inner,
    head: &Parts,
    reader: &Reader,
    matchers: &[Matcher],
    listen: Listen,
) -> Result<Opened, Problem> {
    let listen = reader.rights().listen(listen);
    let Some(presence) = inner
        .presence
        .as_ref()
        .filter(|_| head.method != Method::HEAD)
    else {
        return tidings_axum::open(&inner.hub, head, listen);
    };
    let announced = Arc::new(presence.prepare(matchers, reader));
    let room = presence.room(announced.len()).await;
    let kept = Arc::downgrade(&announced);
    let opened = tidings_axum::open(&inner.hub, head, listen.keep(announced))?;
    // Whoever was turned away has left nothing behind to announce.
    if let Some(announced) = kept.upgrade() {
        announced.begin(room);
    }
    Ok(opened)
}

/// The query, together with the body of a `QUERY`.
async fn form(mercure: &Mercure, head: &Parts, body: Body) -> Result<SubscribeForm, Problem> {
    let settings = head.extensions.get::<PublishSettings>();
    let settings = settings.cloned().unwrap_or_default();
    let body = match head.method.as_str() {
        "QUERY" if is_form(&head.headers) => {
            request_body::read(&head.headers, body, &settings).await?
        }
        // What a body without a type asks for is not to be missing in silence.
        "QUERY" if head.headers.contains_key(header::CONTENT_TYPE) || !body.is_end_stream() => {
            return Err(discard(head, body, &settings, not_a_form()).await);
        }
        _ => bytes::Bytes::new(),
    };
    let query = head.uri.query().unwrap_or_default();
    SubscribeForm::parse(query.as_bytes(), &body, &mercure.inner().limits)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))
}

/// The id to go on after: the header's, else the parameter's. Empty is not the same as absent.
fn requested(head: &Parts, in_form: Option<String>) -> Option<Vec<u8>> {
    let header = head.headers.get(LAST_EVENT_ID);
    let header = header.map(|value| value.as_bytes().to_vec());
    header.or(in_form.map(String::into_bytes))
}
