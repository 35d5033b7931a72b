//! `POST /`: publishing.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tidings_hub::{Hub, PublishError};

use crate::{
    message, permit::Authority, problem::Problem, request_body, settings::PublishSettings, shed,
};

/// The response header that carries the id of the event.
pub(crate) const EVENT_ID: HeaderName = HeaderName::from_static("event-id");

/// The handler that publishes a message: JSON in, `true` out, once the message is in the log.
///
/// Body, `application/json`: an object with `message`, and optionally `topic` (a string or a list
/// of strings), `event`, `id`, `retry` (milliseconds) and `private` (true or false). A `message` that is not a string is sent
/// as its compact JSON text. The response header `Event-ID` carries the id of the event.
///
/// Only `application/json` is accepted. A form of another site's page cannot send that type, and a
/// script of one would need a preflight first: so a page elsewhere cannot publish here through the
/// browser of a visitor.
///
/// # Errors
/// What the [`Authority`] refuses; a [`Problem`]: 400 (not JSON, not an object), 408, 413, 415, 422 (a member is missing or wrong),
/// 503 (draining). The message has not been published then.
pub async fn publish(State(hub): State<Hub>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let settings = head.extensions.get::<PublishSettings>();
    let settings = settings.cloned().unwrap_or_default();
    let publisher = match Authority::publisher(&head).await {
        Ok(publisher) if is_json(&head.headers) => publisher,
        Ok(_) => {
            return Err(request_body::discard(&head.headers, body, &settings, unsupported()).await);
        }
        Err(problem) => {
            return Err(request_body::discard(&head.headers, body, &settings, problem).await);
        }
    };
    let body = request_body::read(&head.headers, body, &settings).await?;
    let message = message::read(&body)?;
    publisher.check(&message.listed_topics())?;
    publisher.check_event(message.name())?;
    let id = hub
        .publish(message)
        .await
        .map_err(|error| refuse(&hub, &error))?;
    let id = HeaderValue::from_bytes(id.as_str().as_bytes())
        .expect("the hub takes no id that is not a header value");
    let content_type = HeaderValue::from_static("application/json");
    let headers = [(header::CONTENT_TYPE, content_type), (EVENT_ID, id)];
    Ok((headers, "true").into_response())
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn unsupported() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "send the message as JSON, with the header `Content-Type: application/json`",
    )
}

/// The answer to a message that the hub did not take.
pub fn refuse(hub: &Hub, error: &PublishError) -> Problem {
    match error {
        PublishError::TooManyTopics { .. } => {
            let detail = format!("`topic`: {error}; publish once more for the others");
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        }
        PublishError::ReservedName => {
            let detail = format!("`event`: {error}; choose another name");
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        }
        PublishError::Id(error) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("`id`: {error}"))
        }
        PublishError::Draining => {
            shed::unavailable(hub.settings().return_after(), "the hub is draining")
        }
        error => {
            tracing::error!(error = error as &dyn std::error::Error, "publish failed");
            let detail = "the log did not take the message; it is not published: try again";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
        }
    }
}
