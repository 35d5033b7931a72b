//! Reading a request's body, within a length and a time.
//!
//! A body that is too long is read to its end all the same and thrown away, within reason: then the
//! answer reaches a client that is still sending, and the connection lives on. A client that
//! announces a body beyond all reason, or that waits to be asked for it (`Expect: 100-continue`),
//! is answered at once, and its connection is closed.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::{problem::Problem, settings::PublishSettings};

/// How many times the limit is read and thrown away for the sake of a clean answer.
const DISCARD: usize = 8;

/// The body, whole.
///
/// # Errors
/// A [`Problem`]: 408, 413, or 400 where it broke off.
pub async fn read(
    headers: &HeaderMap,
    body: Body,
    settings: &PublishSettings,
) -> Result<Bytes, Problem> {
    let limit = settings.body_limit;
    let announced = content_length(headers).unwrap_or(0);
    let waits = headers.contains_key(header::EXPECT);
    if announced > limit.saturating_mul(DISCARD) || (waits && announced > limit) {
        return Err(too_large(limit).close());
    }
    timeout(settings.body_timeout, collect(body, limit))
        .await
        .unwrap_or_else(|_| Err(too_slow(settings)))
}

/// Reads the body of a request that is refused for `problem`, and throws it away; so the answer
/// reaches a client that is still sending. The connection is closed if there is more than enough.
pub async fn discard(
    headers: &HeaderMap,
    body: Body,
    settings: &PublishSettings,
    problem: Problem,
) -> Problem {
    if headers.contains_key(header::EXPECT) {
        return problem.close();
    }
    match read(headers, body, settings).await {
        Err(unread) if unread.closes() => problem.close(),
        _ => problem,
    }
}

async fn collect(mut body: Body, limit: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| broken())?.into_data() else {
            continue;
        };
        length = length.saturating_add(data.len());
        if length <= limit {
            bytes.extend_from_slice(&data);
        } else {
            bytes = BytesMut::new();
        }
        if length > limit.saturating_mul(DISCARD) {
            return Err(too_large(limit).close());
        }
    }
    if length > limit {
        return Err(too_large(limit));
    }
    Ok(bytes.freeze())
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

fn too_large(limit: usize) -> Problem {
    let detail = format!("the body is longer than {limit} bytes; send less, or raise the limit");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

fn too_slow(settings: &PublishSettings) -> Problem {
    let seconds = settings.body_timeout.as_secs_f64();
    let detail = format!("the body did not arrive within {seconds} s; send it faster");
    Problem::new(StatusCode::REQUEST_TIMEOUT, detail).close()
}

fn broken() -> Problem {
    let detail = "the body broke off or is not framed as its head says; send it again, whole";
    Problem::new(StatusCode::BAD_REQUEST, detail).close()
}
