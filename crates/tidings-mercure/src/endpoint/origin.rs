//! Where a request says that the hub is, and where it says that it comes from (draft-dunglas-mercure-08, section Security
//! Considerations: a page that publishes with a cookie).

use http::{HeaderMap, StatusCode, header, request::Parts, uri::Authority};
use tidings_axum::Problem;
use url::Url;

use super::PATH;
use crate::HubUrl;

/// The hub's URL by the request's `Host`: who has not set a public URL is reached under any name. A
/// client that lies about it deceives only itself: it can present a token that was made for another
/// hub, which only helps where that hub's issuer is trusted here too; a public URL prevents it.
pub(crate) fn hub_url(head: &Parts) -> Result<HubUrl, Problem> {
    let host = head
        .uri
        .authority()
        .map(|authority| authority.as_str())
        .or_else(|| head.headers.get(header::HOST)?.to_str().ok())
        .unwrap_or("localhost");
    let forwarded = head.headers.get("x-forwarded-proto");
    // Of several proxies the first one faced the client.
    let first = forwarded.and_then(|schemes| schemes.as_bytes().split(|byte| *byte == b',').next());
    let https = first.is_some_and(|scheme| scheme.trim_ascii().eq_ignore_ascii_case(b"https"));
    let scheme = if https { "https" } else { "http" };
    let invalid = |why: &str| {
        let detail = format!("the header Host does not name a host: {why}");
        Problem::new(StatusCode::BAD_REQUEST, detail)
    };
    // The parser of URLs would make a host of whatever it finds, of the path if there is nothing else.
    let authority: Result<Authority, _> = host.parse();
    let authority = authority.map_err(|error| invalid(&error.to_string()))?;
    HubUrl::parse(&format!("{scheme}://{authority}{PATH}"))
        .map_err(|error| invalid(&error.to_string()))
}

/// Whether the page that sent this may publish with a cookie that its browser added. Where neither
/// header is there, nobody knows, and the answer is no.
pub(crate) fn may_publish(headers: &HeaderMap, allowed: &[String]) -> bool {
    let text = |name| headers.get(name)?.to_str().ok();
    let origin = match text(header::ORIGIN) {
        Some(origin) => Some(origin.to_owned()),
        None => text(header::REFERER).and_then(origin_of),
    };
    let Some(origin) = origin.filter(|origin| origin != "null") else {
        return false;
    };
    allowed.iter().any(|one| one == "*" || *one == origin)
}

fn origin_of(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n36_a_cookie_publishes_only_from_a_page_that_is_allowed() {
        let allowed = ["https://app.example".to_owned()];
        let says = |name: header::HeaderName, value: &'static str| {
            let headers = HeaderMap::from_iter([(name, value.parse().unwrap())]);
            may_publish(&headers, &allowed)
        };
        assert!(says(header::ORIGIN, "https://app.example"));
        assert!(says(header::REFERER, "https://app.example/page?x"));
        assert!(!says(header::ORIGIN, "https://app.example.evil"));
        assert!(!says(header::ORIGIN, "null"));
        assert!(!says(header::REFERER, "https://evil/https://app.example"));
        assert!(!may_publish(&HeaderMap::new(), &allowed));
        let any = ["*".to_owned()];
        assert!(!may_publish(&HeaderMap::new(), &any));
        // The header Origin counts, whatever the other one says.
        let mut both = HeaderMap::new();
        both.insert(header::ORIGIN, "https://evil".parse().unwrap());
        both.insert(header::REFERER, "https://app.example/".parse().unwrap());
        assert!(!may_publish(&both, &allowed));
    }
}
