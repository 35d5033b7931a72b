//! Refusals: problem details for HTTP APIs (RFC 9457).

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{request_body, settings::PublishSettings};

/// A refusal. Its `detail` says what is wrong and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    retry_after: Option<u64>,
    challenge: Option<HeaderValue>,
    close: bool,
}

/// The JSON form: `type` is left out, which means `about:blank`; then `title` is the status's own
/// phrase (RFC 9457, section 4.2.1).
#[derive(Serialize)]
struct Body<'a> {
    title: &'a str,
    status: u16,
    detail: &'a str,
}

impl Problem {
    /// A refusal with `status`.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            retry_after: None,
            challenge: None,
            close: false,
        }
    }

    /// The refusal with a `Retry-After`, in whole seconds, rounded up.
    #[must_use]
    pub fn retry_after(mut self, after: std::time::Duration) -> Self {
        self.retry_after = Some(
            after
                .as_millis()
                .div_ceil(1000)
                .try_into()
                .unwrap_or(u64::MAX),
        );
        self
    }

    /// The refusal with a `WWW-Authenticate`.
    #[must_use]
    pub fn challenge(mut self, challenge: HeaderValue) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The refusal with the connection closed after it, because what follows on it cannot be told.
    #[must_use]
    pub fn close(mut self) -> Self {
        self.close = true;
        self
    }

    pub(crate) fn closes(&self) -> bool {
        self.close
    }

    /// The status it is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong and what to do about it.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
        };
        let body = serde_json::to_string(&body).expect("strings and a number are JSON");
        let content_type = HeaderValue::from_static("application/problem+json");
        let mut response =
            (self.status, [(header::CONTENT_TYPE, content_type)], body).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if self.close {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// For a path that is none of ours.
pub(crate) async fn not_found(request: Request) -> Problem {
    let problem = Problem::new(
        StatusCode::NOT_FOUND,
        "there is nothing at this path; publish with POST / and subscribe with GET /sse",
    );
    refuse(request, problem).await
}

/// For a method that a path does not know; the router adds `Allow`.
pub(crate) async fn method_not_allowed(request: Request) -> Problem {
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this path does not know this method; the header Allow lists those it knows",
    );
    refuse(request, problem).await
}

async fn refuse(request: Request, problem: Problem) -> Problem {
    let (head, body) = request.into_parts();
    request_body::discard(&head.headers, body, &PublishSettings::default(), problem).await
}
