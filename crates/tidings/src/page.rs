//! The page of the program, at `GET /`, and the files it is made of: all of them embedded, so that there is nothing to
//! set up and nothing to fetch from elsewhere.
//!
//! Browsers keep the files and ask each time whether they are still the same; so a new version of the program shows at
//! once. The content security policy allows what the page does and nothing else: a message that should ever become
//! markup could still run no script, load nothing and send nothing away.

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tidings_axum::Problem;

/// A file of the page.
struct File {
    path: &'static str,
    content_type: &'static str,
    content: &'static [u8],
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml; charset=utf-8";

/// A file below `static`, served under the path that it has here.
macro_rules! file {
    ($path:literal, $content_type:expr) => {
        File {
            path: concat!("/static/", $path),
            content_type: $content_type,
            content: include_bytes!(concat!("../static/", $path)),
        }
    };
}

static PAGE: File = File {
    path: "/",
    content_type: HTML,
    content: include_bytes!("../templates/index.html"),
};

static FILES: [File; 8] = [
    file!("css/page.css", CSS),
    file!("icon.svg", SVG),
    file!("js/list.js", JAVASCRIPT),
    file!("js/page.js", JAVASCRIPT),
    file!("js/publish.js", JAVASCRIPT),
    file!("js/rules.js", JAVASCRIPT),
    file!("js/stats.js", JAVASCRIPT),
    file!("js/stream.js", JAVASCRIPT),
];

/// What the page may do: run, look and connect as its own server says. It sends its forms by script, so it may submit
/// none, and nobody may frame it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /` and `GET /static/…`; `HEAD` gives the heads only. To be merged into the routes of the hub.
pub(crate) fn routes() -> Router {
    let page = Router::new().route(PAGE.path, get(|request| PAGE.serve(request)));
    FILES.iter().fold(page, |routes, file| {
        let serve = get(|request| file.serve(request)).fallback(read_only);
        routes.route(file.path, serve)
    })
}

impl File {
    async fn serve(&self, request: HeaderMap) -> Response {
        let tag = entity_tag(self.content);
        let headers = [
            (header::CACHE_CONTROL, "no-cache"),
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (header::CONTENT_TYPE, self.content_type),
            (header::ETAG, tag.as_str()),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, "DENY"),
        ];
        if names(&request, &tag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        (headers, Bytes::from_static(self.content)).into_response()
    }
}

async fn read_only() -> impl IntoResponse {
    const ALLOW: (HeaderName, HeaderValue) = (header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    let detail = "this is a file of the page; it can be read with GET and HEAD only";
    (
        [ALLOW],
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail),
    )
}

/// A tag that changes with the content: its FNV-1a hash of 64 bits. It tells versions of the program apart; it is no
/// protection against anybody.
fn entity_tag(content: &[u8]) -> String {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let hash = content.iter().fold(BASIS, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(PRIME)
    });
    format!("\"{hash:016x}\"")
}

/// Whether the request has this version already: `If-None-Match`, compared weakly (RFC 9110, section 13.1.2).
fn names(request: &HeaderMap, tag: &str) -> bool {
    request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests;
