//! The metadata of the protected resource that the hub is (RFC 9728; draft-dunglas-mercure-08, section
//! Protected Resource Metadata). Public, and by its absence clients know a hub of 0.x.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header, request::Parts};
use serde_json::json;
use tidings_axum::Problem;

use super::{Mercure, method_not_allowed, reads, with_allow};
use crate::HubUrl;

pub(crate) const PATH: &str = "/.well-known/oauth-protected-resource/.well-known/mercure";

/// What a detail of a token has as its type.
const DETAIL_TYPE: &str = "https://mercure.rocks/authorization-detail";

pub(crate) async fn metadata(State(mercure): State<Mercure>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    with_allow("GET, HEAD", answer(&mercure, &head))
}

fn answer(mercure: &Mercure, head: &Parts) -> Result<Response, Problem> {
    if !reads(&head.method) {
        return Err(method_not_allowed("GET and HEAD"));
    }
    let inner = mercure.inner();
    let url = inner.url(head)?;
    let mut document = json!({
        "resource": url.as_str(),
        "authorization_details_types_supported": [DETAIL_TYPE],
        "bearer_methods_supported": ["header"],
        "mercure_cookie": inner.settings.cookie,
        "mercure_matcher_types_supported": ["exact", "urlpattern"],
        "mercure_subscriptions": inner.settings.subscriptions,
    });
    if !inner.settings.authorization_servers.is_empty() {
        document["authorization_servers"] = json!(inner.settings.authorization_servers);
    }
    let content_type = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, content_type)], document.to_string()).into_response())
}

/// Where it is, for a hub at `url`.
pub(crate) fn url(url: &HubUrl) -> String {
    let mut url = url.as_url().clone();
    url.set_path(PATH);
    url.to_string()
}
