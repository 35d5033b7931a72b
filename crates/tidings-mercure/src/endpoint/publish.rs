//! `POST`: publishing (draft-dunglas-mercure-08, section Publication; the same in 0.x).

use std::time::Duration;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use tidings_axum::{EventId, EventName, Message, Problem, PublishSettings, Topic, request_body};
use tidings_hub::{Event, PublishError};
use uuid::Uuid;

use super::Mercure;
use crate::form::PublishForm;

pub(crate) async fn publish(
    mercure: &Mercure,
    head: &Parts,
    body: Body,
) -> Result<Response, Problem> {
    let inner = mercure.inner();
    let settings = head.extensions.get::<PublishSettings>();
    let settings = settings.cloned().unwrap_or_default();
    let url = inner.url(head)?;
    let publisher = match inner.publisher(head, &url).await {
        Ok(publisher) if is_form(&head.headers) => publisher,
        Ok(_) => return Err(discard(head, body, &settings, not_a_form()).await),
        Err(problem) => return Err(discard(head, body, &settings, problem).await),
    };
    let body = request_body::read(&head.headers, body, &settings).await?;
    let form = PublishForm::parse(&body, &url, &inner.limits).map_err(|error| {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
        Problem::new(status, error.to_string())
    })?;
    let message = message(form)?;
    publisher.check(&message.listed_topics())?;
    let id = inner
        .hub
        .publish(message)
        .await
        .map_err(|error| match error {
            PublishError::Id(_)
            | PublishError::ReservedName
            | PublishError::TooManyTopics { .. } => {
                let detail = format!("{error}; correct it");
                Problem::new(StatusCode::BAD_REQUEST, detail)
            }
            error => tidings_axum::refuse(&inner.hub, &error),
        })?;
    let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok((
        [(header::CONTENT_TYPE, content_type)],
        id.as_str().to_owned(),
    )
        .into_response())
}

/// The message of a form whose rules are kept; only the hub's own are checked here.
fn message(form: PublishForm) -> Result<Message, Problem> {
    let bad = |field: &str, why: &dyn std::fmt::Display| {
        let detail = format!("`{field}`: {why}");
        Problem::new(StatusCode::BAD_REQUEST, detail)
    };
    let topics = form
        .topics
        .iter()
        .map(|topic| Topic::try_from(topic.as_str()));
    let topics: Result<Vec<Topic>, _> = topics.collect();
    let topics = topics.map_err(|error| bad("topic", &error))?;
    let mut message = Message::from(Event::new(form.data)).topics(topics);
    if form.private {
        message = message.private();
    }
    if let Some(name) = &form.event_type {
        let name = EventName::try_from(name.as_str());
        message = message.event(name.map_err(|error| bad("type", &error))?);
    }
    if let Some(retry) = form.retry {
        message = message.retry(Duration::from_millis(retry));
    }
    // An id of the hub's own would tell by its number how many messages there have been, private ones
    // among them.
    let id = form.id.unwrap_or_else(|| Uuid::new_v4().urn().to_string());
    let id = EventId::try_from(id.as_str()).map_err(|error| bad("id", &error))?;
    Ok(message.id(id))
}

pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| {
        essence
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

pub(crate) fn not_a_form() -> Problem {
    let detail = "send the fields as a form, with the header `Content-Type: \
                  application/x-www-form-urlencoded`";
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
}

pub(crate) async fn discard(
    head: &Parts,
    body: Body,
    settings: &PublishSettings,
    problem: Problem,
) -> Problem {
    request_body::discard(&head.headers, body, settings, problem).await
}
