//! The refusals that have to do with tokens (draft-dunglas-mercure-08, section Error Responses; RFC
//! 6750, section 3): each with a `WWW-Authenticate`, and no word on what is wrong with a token.

use http::{HeaderValue, StatusCode};
use tidings_axum::Problem;

use super::metadata;
use crate::{HubUrl, token::Malformed};

/// There is no token, and one is needed.
pub(crate) fn unauthenticated(url: &HubUrl) -> Problem {
    let detail = "this needs a token; send it in the header `Authorization: Bearer`";
    refusal(url, StatusCode::UNAUTHORIZED, None, detail)
}

/// The token is not to be believed, whatever the cause.
pub(crate) fn invalid_token(url: &HubUrl) -> Problem {
    let detail = "the token is not valid here; `tidings token --inspect` says why";
    let error = Some("invalid_token");
    refusal(url, StatusCode::UNAUTHORIZED, error, detail)
}

/// The token does not grant this. In 0.x that was a 401.
pub(crate) fn insufficient_scope(url: &HubUrl, legacy: bool, what: &str) -> Problem {
    let status = match legacy {
        true => StatusCode::UNAUTHORIZED,
        false => StatusCode::FORBIDDEN,
    };
    let detail = format!("the token does not grant {what}");
    refusal(url, status, Some("insufficient_scope"), &detail)
}

/// A token is presented in a way that cannot be right.
pub(crate) fn malformed(url: &HubUrl, malformed: &Malformed) -> Problem {
    invalid_request(url, &malformed.to_string())
}

pub(crate) fn invalid_request(url: &HubUrl, detail: &str) -> Problem {
    let error = Some("invalid_request");
    refusal(url, StatusCode::BAD_REQUEST, error, detail)
}

fn refusal(url: &HubUrl, status: StatusCode, error: Option<&str>, detail: &str) -> Problem {
    let metadata = metadata::url(url);
    let challenge = match error {
        Some(error) => format!("Bearer error=\"{error}\", resource_metadata=\"{metadata}\""),
        None => format!("Bearer resource_metadata=\"{metadata}\""),
    };
    let challenge = HeaderValue::try_from(challenge).expect("a URL has visible characters only");
    Problem::new(status, detail).challenge(challenge)
}
