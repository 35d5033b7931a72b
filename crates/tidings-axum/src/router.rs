//! The paths of the `tidings` program.

use axum::{
    Extension, Router,
    routing::{get, post},
};
use tidings_hub::Hub;

use crate::{
    health::{health, stats},
    problem,
    publish::publish,
    settings::PublishSettings,
    subscribe::subscribe,
};

/// `POST /`, `GET /sse`, `GET /healthz` and `GET /stats`; [`Problem`](crate::Problem)s for
/// everything else. Add routes of your own to it, as `GET /` for a page.
pub fn router(hub: Hub, settings: PublishSettings) -> Router {
    Router::new()
        .route("/", post(publish))
        .route("/sse", get(subscribe))
        .route("/healthz", get(health))
        .route("/stats", get(stats))
        .with_state(hub)
        .layer(Extension(settings))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
}
