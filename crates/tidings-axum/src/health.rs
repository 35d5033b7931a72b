//! How the hub does, for those who operate it.

use axum::{Extension, Json, extract::State, response::IntoResponse};
use http::StatusCode;
use serde::Serialize;
use tidings_hub::{Hub, Stats};

use crate::{client::ClientLimit, settings::SubscribeSettings};

#[derive(Serialize)]
struct AllStats {
    #[serde(flatten)]
    hub: Stats,
    refused_per_client: u64,
}

/// `GET /healthz`: 200 while the hub serves, 503 while it drains.
pub async fn health(State(hub): State<Hub>) -> impl IntoResponse {
    match hub.is_draining() {
        false => (StatusCode::OK, "serving\n"),
        true => (StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
    }
}

/// `GET /stats`: the hub's [`Stats`] as JSON, and as `refused_per_client` how many streams the
/// [`ClientLimit`] has refused.
pub async fn stats(
    State(hub): State<Hub>,
    settings: Option<Extension<SubscribeSettings>>,
) -> impl IntoResponse {
    let limit = settings.and_then(|Extension(settings)| settings.client_limit);
    Json(AllStats {
        hub: hub.stats(),
        refused_per_client: limit.as_ref().map_or(0, ClientLimit::refused),
    })
}
