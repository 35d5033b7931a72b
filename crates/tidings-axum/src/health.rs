//! How the hub does, for those who operate it.

use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use tidings_hub::{Hub, Stats};

/// `GET /healthz`: 200 while the hub serves, 503 while it drains.
pub async fn health(State(hub): State<Hub>) -> impl IntoResponse {
    match hub.is_draining() {
        false => (StatusCode::OK, "serving\n"),
        true => (StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
    }
}

/// `GET /stats`: the hub's [`Stats`] as JSON.
pub async fn stats(State(hub): State<Hub>) -> Json<Stats> {
    Json(hub.stats())
}
