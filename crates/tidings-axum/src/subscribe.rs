//! `GET /sse`: subscribing.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use http_body::{Body as HttpBody, Frame};
use tidings_hub::{Hub, Listen, Selector, Start, SubscribeError, Topic};
use tokio::time::Instant;

use crate::{
    cors::LAST_EVENT_ID,
    lane::EventStream,
    negotiate::EventStreams,
    permit::{Authority, Subscriber},
    problem::Problem,
    settings::SubscribeSettings,
    shed::{self, Surplus},
};

/// The handler that opens an event stream. `HEAD` gives the head only.
///
/// Query: `topic`, repeatable; none means `broadcast`. `last_event_id` (also `lastEventID` and
/// `lastEventId`), where there is no header `Last-Event-ID`: the stream begins after that event, or
/// with `earliest` at the beginning of history. Any value is answered with 200, because anything
/// else would make a browser's `EventSource` give up for good. Other parameters are passed over.
///
/// # Errors
/// What the [`Authority`] refuses; a [`Problem`]: 406 where `Accept` excludes event streams, 422 where
/// a topic is none or a parameter is all but one of these (`topics`, `Topic`), 429 where the client has as many streams as [`SubscribeSettings`] let it have. A
/// hub that drains or has too many subscribers answers with a stream that asks the client to come back, or
/// with 503 where the client did not ask for a stream by name.
pub async fn subscribe(State(hub): State<Hub>, request: Request) -> Result<Response, Problem> {
    let (head, _) = request.into_parts();
    let subscriber = Authority::subscriber(&head).await?;
    let listen = read(&head)?;
    let identified = subscriber.identified;
    let listen = subscriber.listen(listen);
    let mut response = open(&hub, &head, listen)?.response;
    if identified {
        keep_from_caches(&mut response);
    }
    Ok(response)
}

/// Says of a response that it is for the one who has asked: no cache may store it, whoever's it is
/// (RFC 9111, section 5.2.2.5), nor may one that does not know `no-store` give it to others, or again.
pub fn keep_from_caches(response: &mut Response) {
    let cache = "private, no-cache, no-store, must-revalidate, max-age=0";
    let cache = HeaderValue::from_static(cache);
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
}

/// The answer to a request for a stream.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The stream, or one that only asks the client to come back.
    pub response: Response,
    /// Whether the stream begins where it was asked to (see
    /// [`Subscription::found_start`](tidings_hub::Subscription::found_start)); `None` where it is not
    /// a stream of the hub's.
    pub found_start: Option<bool>,
}

/// Opens an event stream, in answer to a request with this head: on whatever path and with whatever
/// rules of its own, it is then a stream as [`subscribe`] opens it, which may go over to the direct
/// lane. `HEAD` is given the head only.
///
/// # Errors
/// A [`Problem`]: 406 where `Accept` excludes event streams, 422 for too many topics, 429 for too many
/// streams of one client (see [`SubscribeSettings`]).
pub fn open(hub: &Hub, head: &Parts, listen: Listen) -> Result<Opened, Problem> {
    let opened = |response, found_start| Opened {
        response,
        found_start,
    };
    if EventStreams::accepted_by(&head.headers) == EventStreams::Excluded {
        return Err(not_acceptable());
    }
    if head.method == Method::HEAD {
        return Ok(opened(event_stream(Body::new(Unknown)), None));
    }
    let come_back = |why: &str| {
        let after = hub.settings().return_after();
        opened(shed::come_back(&head.headers, after, why), None)
    };
    if head.extensions.get::<Surplus>().is_some() {
        return Ok(come_back(
            "the server has as many connections as it may have",
        ));
    }
    match hub.listen(bound(hub, head, listen)?) {
        Ok(subscription) => {
            let found_start = subscription.found_start();
            let stream = EventStream::new(subscription);
            let offer = stream.offer();
            let mut response = event_stream(Body::new(stream));
            response.extensions_mut().insert(offer);
            Ok(opened(response, Some(found_start)))
        }
        Err(error @ SubscribeError::TooManyTopics { .. }) => {
            let detail = format!("{error}; open a second stream for the others");
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
        }
        Err(error) => Ok(come_back(&error.to_string())),
    }
}

/// Holds a stream to the [`SubscribeSettings`].
fn bound(hub: &Hub, head: &Parts, mut listen: Listen) -> Result<Listen, Problem> {
    let Some(settings) = head.extensions.get::<SubscribeSettings>() else {
        return Ok(listen);
    };
    if let Some(lifetime) = settings.lifetime {
        listen = listen.until(end_of(lifetime));
    }
    // A hub that drains asks everyone to come back, also those who have too many streams here: they
    // may not have them where they come to.
    if let Some(limit) = &settings.client_limit
        && !hub.is_draining()
    {
        let after = hub.settings().return_after();
        let place = limit.take(head);
        let place = place.map_err(|too_many| too_many.problem().retry_after(after))?;
        listen = listen.keep(place);
    }
    Ok(listen)
}

/// When a stream that begins now is to end: where a whole fleet of clients has come at once, it is
/// not to come back at once.
fn end_of(lifetime: Duration) -> Instant {
    let share = 1.0 - SPREAD * fastrand::f64();
    Instant::now() + lifetime.min(FAR).mul_f64(share)
}

/// The last part of a stream's lifetime, in which it ends.
const SPREAD: f64 = 0.2;

/// Further away than any stream lasts, near enough to be added to an [`Instant`].
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The body that a `HEAD` is not sent: a stream's length is not known, so none is announced
/// (RFC 9110, section 8.6).
struct Unknown;

impl HttpBody for Unknown {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

/// What a request asks to listen to.
fn read(head: &Parts) -> Result<Listen, Problem> {
    let query = Query::read(&head.uri)?;
    let header = last_event_id(&head.headers);
    let id = header.or(query.last_event_id.as_deref().map(str::as_bytes));
    let start = id.map_or(Start::Now, Start::from_last_event_id);
    Ok(Listen::to(query.topics.into_iter().map(Selector::from)).start(start))
}

impl Subscriber {
    /// What is asked for, within what it may.
    #[must_use]
    pub fn listen(self, listen: Listen) -> Listen {
        let listen = listen.permit(self.permit);
        match self.until {
            Some(until) => listen.until(until),
            None => listen,
        }
    }
}

fn last_event_id(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(LAST_EVENT_ID)?.as_bytes();
    (!value.is_empty()).then_some(value)
}

#[derive(Default)]
struct Query {
    topics: Vec<Topic>,
    last_event_id: Option<String>,
}

impl Query {
    fn read(uri: &Uri) -> Result<Self, Problem> {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()) {
            match &*name {
                "topic" => query.topics.push(Topic::try_from(&*value).map_err(|error| {
                    let detail = format!("{error}; correct the query parameter `topic`");
                    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
                })?),
                // A client that appends its id to a URL which already has one means the last.
                "last_event_id" | "lastEventID" | "lastEventId" => {
                    query.last_event_id = Some(value.into_owned());
                }
                name => {
                    if let Some(meant) = meant(name) {
                        let detail =
                            format!("there is no query parameter `{name}`; write `{meant}`");
                        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
                    }
                }
            }
        }
        Ok(query)
    }
}

/// The parameter that one of another name is meant to be: passed over, `topics=a` would listen to `broadcast` in silence.
fn meant(name: &str) -> Option<&'static str> {
    let letters = name.chars().filter(char::is_ascii_alphabetic);
    let letters: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    match &*letters {
        "topic" | "topics" => Some("topic"),
        "lastevent" | "lasteventid" | "lasteventids" => Some("last_event_id"),
        _ => None,
    }
}

/// A response that is an event stream. `X-Accel-Buffering` keeps nginx from holding events back.
pub(crate) fn event_stream(body: Body) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (
            header::HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    (headers, body).into_response()
}

fn not_acceptable() -> Problem {
    Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        "this path has only text/event-stream; ask for it in the header Accept, or leave Accept out",
    )
}
