//! Turning a client away so that it comes back.
//!
//! Any answer but 200 makes a browser's `EventSource` give up for good (HTML, section 9.2.3, "fail
//! the connection"). So a client that asks for an event stream by name gets one, which holds
//! nothing but the time after which to come back. Everyone else gets 503 with `Retry-After`.

use std::time::Duration;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};

use crate::{negotiate::EventStreams, problem::Problem, subscribe::event_stream};

/// Marks a request that came on a connection beyond the limit: it is to be turned away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surplus;

/// The answer to a request that cannot be served now.
pub(crate) fn come_back(headers: &HeaderMap, after: Duration, why: &str) -> Response {
    match EventStreams::accepted_by(headers) {
        EventStreams::ByName => event_stream(Body::from(tidings_sse::retry(after))),
        EventStreams::Allowed | EventStreams::Excluded => unavailable(after, why).into_response(),
    }
}

/// The same for those who do not ask for an event stream.
pub(crate) fn unavailable(after: Duration, why: &str) -> Problem {
    let detail = format!("{why}; try again after the time in the header Retry-After");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(after)
}
