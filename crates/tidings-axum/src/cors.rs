//! Cross-origin requests (the Fetch standard's CORS protocol), off unless asked for.

use http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// A text that is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an origin; write scheme, host and port as browsers send them, such as \
     https://example.com or http://localhost:3000, without a path or a wildcard, or `*` for all"
)]
pub struct InvalidOrigin(String);

/// A layer that lets pages of `origins` publish and subscribe; preflights are answered. Pages of
/// named origins may send credentials; `*` allows all pages, without credentials.
///
/// # Errors
/// [`InvalidOrigin`], the first one.
pub fn cors<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<CorsLayer, InvalidOrigin> {
    let origins: Vec<&str> = origins.into_iter().collect();
    let headers = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::CACHE_CONTROL,
        header::IF_NONE_MATCH,
        LAST_EVENT_ID,
    ];
    let exposed = [
        crate::publish::EVENT_ID,
        LAST_EVENT_ID,
        header::LINK,
        header::ETAG,
        header::WWW_AUTHENTICATE,
        HeaderName::from_static("mercure-last-event-id"),
    ];
    let query = Method::from_bytes(b"QUERY").expect("a method is a token");
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::HEAD, Method::POST, query])
        .allow_headers(headers)
        .expose_headers(exposed)
        .max_age(PREFLIGHT_AGE);
    if origins.contains(&"*") {
        return Ok(layer.allow_origin(AllowOrigin::any()));
    }
    let origins: Result<Vec<HeaderValue>, _> = origins.into_iter().map(check_origin).collect();
    Ok(layer
        .allow_origin(AllowOrigin::list(origins?))
        .allow_credentials(true))
}

pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// How long a browser may remember a preflight: two hours is the most that Chromium does.
const PREFLIGHT_AGE: std::time::Duration = std::time::Duration::from_secs(2 * 60 * 60);

/// Accepts what browsers send: `scheme://host`, with a port where it is not the scheme's own.
fn check_origin(origin: &str) -> Result<HeaderValue, InvalidOrigin> {
    let invalid = || InvalidOrigin(origin.to_owned());
    let uri: http::Uri = origin.parse().map_err(|_| invalid())?;
    let serialized = match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
        _ => return Err(invalid()),
    };
    let default_port = match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    };
    let not_as_sent = serialized != origin
        || origin != origin.to_ascii_lowercase()
        || (default_port.is_some() && uri.port_u16() == default_port);
    // A star is a letter to the parser, and part of no name that a browser sends: it was meant as a wildcard.
    if not_as_sent || origin.contains(['@', '*']) {
        return Err(invalid());
    }
    HeaderValue::from_str(origin).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_neither_path_nor_user() {
        for origin in [
            "https://example.com",
            "http://localhost:3000",
            "http://[::1]:8080",
        ] {
            assert!(cors([origin]).is_ok(), "{origin}");
        }
        for origin in [
            "example.com",
            "https://example.com/",
            "https://u@example.com",
            "https://Example.com",
            "https://example.com:443",
            "",
            "null ",
            "https://*.example.com",
        ] {
            assert_eq!(cors([origin]).unwrap_err(), InvalidOrigin(origin.into()));
        }
        assert!(cors(["*"]).is_ok());
    }
}
