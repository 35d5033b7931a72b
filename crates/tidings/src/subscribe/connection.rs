//! One connection: a request for the stream, and the bytes that come.
//!
//! Decides what an answer means as a browser would (HTML standard, section 9.2.3), with one exception: a status that
//! says "not now" (429 and 5xx) is no reason to give up, only one to wait.

use std::time::{Duration, SystemTime};

use reqwest::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::timeout;

use super::backoff::GREATEST_BASE;
use crate::client::{self, Hub};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What came of a request.
pub(super) enum Opened {
    /// The stream is open.
    Stream(Stream),
    /// The server says that there is nothing more to come (204).
    Finished,
    /// It may work later, but not before this time has passed.
    NotNow {
        /// Why it did not work now.
        reason: String,
        /// The wait that the server asks for; zero if it does not.
        wait: Duration,
    },
    /// It will not work.
    Refused(String),
}

/// The open stream.
pub(super) struct Stream {
    response: Response,
    idle_timeout: Duration,
}

/// Asks for the stream at `url`, from behind `last_event_id` unless that is empty.
pub(super) async fn open(
    hub: &Hub,
    client: &Client,
    url: &Url,
    last_event_id: &str,
    idle_timeout: Duration,
) -> Opened {
    let request = client
        .get(resume_url(url, last_event_id))
        .headers(resume_headers(last_event_id))
        .header(ACCEPT, "text/event-stream")
        .header(CACHE_CONTROL, "no-store");
    let response = match timeout(idle_timeout, request.send()).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) if error.is_builder() || error.is_redirect() => {
            return Opened::Refused(client::reason(&error));
        }
        Ok(Err(error)) => {
            return Opened::NotNow {
                reason: client::reason(&error),
                wait: Duration::ZERO,
            };
        }
        Err(_elapsed) => {
            return Opened::NotNow {
                reason: "there was no answer".to_owned(),
                wait: Duration::ZERO,
            };
        }
    };
    judge(hub, response, idle_timeout).await
}

async fn judge(hub: &Hub, response: Response, idle_timeout: Duration) -> Opened {
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NO_CONTENT => return Opened::Finished,
        status if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
            let wait = retry_after(response.headers());
            return Opened::NotNow {
                reason: client::refusal(response).await,
                wait,
            };
        }
        status => {
            let advice = hub.advice(status);
            return Opened::Refused(client::refusal(response).await + advice);
        }
    }
    let content_type = response
        .headers()
        .get(CONTENT_TYPE)
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    match content_type.as_deref().map(client::essence) {
        Some(essence) if essence == "text/event-stream" => Opened::Stream(Stream {
            response,
            idle_timeout,
        }),
        Some(essence) => Opened::Refused(format!(
            "the answer is {essence}, not text/event-stream; is it the URL of a hub?"
        )),
        None => {
            Opened::Refused("the answer has no content type; is it the URL of a hub?".to_owned())
        }
    }
}

impl Stream {
    /// The bytes that come next; else why there are no more.
    pub(super) async fn read(&mut self) -> Result<impl AsRef<[u8]> + use<>, String> {
        match timeout(self.idle_timeout, self.response.chunk()).await {
            Ok(Ok(Some(bytes))) => Ok(bytes),
            Ok(Ok(None)) => Err("the server ended the stream".to_owned()),
            Ok(Err(error)) => Err(format!("the connection broke: {}", client::reason(&error))),
            Err(_elapsed) => Err(format!(
                "nothing has come for {}",
                humantime::format_duration(self.idle_timeout)
            )),
        }
    }
}

/// The header that names the last event id, if one can.
fn resume_headers(last_event_id: &str) -> HeaderMap {
    let value = HeaderValue::from_bytes(last_event_id.as_bytes()).ok();
    value
        .filter(|value| !value.is_empty())
        .map(|value| (LAST_EVENT_ID, value))
        .into_iter()
        .collect()
}

/// An id with control characters, which no header can hold, goes into the query.
fn resume_url(url: &Url, last_event_id: &str) -> Url {
    let mut url = url.clone();
    if HeaderValue::from_bytes(last_event_id.as_bytes()).is_err() {
        url.query_pairs_mut()
            .append_pair("last_event_id", last_event_id);
    }
    url
}

/// The wait that the server asks for (RFC 9110, section 10.2.3), within reason.
fn retry_after(headers: &HeaderMap) -> Duration {
    let Some(text) = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
    else {
        return Duration::ZERO;
    };
    let seconds = text.trim().parse().map(Duration::from_secs).ok();
    let until = |date: SystemTime| date.duration_since(SystemTime::now()).unwrap_or_default();
    let wait = seconds.or_else(|| httpdate::parse_http_date(text.trim()).map(until).ok());
    wait.unwrap_or_default().min(GREATEST_BASE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_for(retry_after_value: &'static str) -> Duration {
        retry_after(&HeaderMap::from_iter([(
            RETRY_AFTER,
            HeaderValue::from_static(retry_after_value),
        )]))
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(wait_for("120"), Duration::from_secs(120));
        assert_eq!(wait_for("Fri, 31 Dec 1999 23:59:59 GMT"), Duration::ZERO);
        assert_eq!(wait_for("Fri, 31 Dec 9999 23:59:59 GMT"), GREATEST_BASE);
        assert_eq!(wait_for("soon"), Duration::ZERO);
    }

    #[test]
    fn an_id_that_no_header_can_hold_goes_into_the_query() {
        let url = Url::parse("http://localhost:5000/sse?topic=a").unwrap();
        assert_eq!(resume_url(&url, "7").as_str(), url.as_str());
        assert_eq!(resume_headers("7").len(), 1);
        assert_eq!(
            resume_url(&url, "a\u{1}").query(),
            Some("topic=a&last_event_id=a%01")
        );
        assert!(resume_headers("a\u{1}").is_empty());
        assert!(resume_headers("").is_empty());
    }
}
