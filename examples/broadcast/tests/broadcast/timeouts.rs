//! Time stands still in these tests and moves only when everything waits.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    routing::{get, post},
};
use http_body_util::BodyExt;
use tidings_axum::{Hub, publish, subscribe};
use tokio::time::Instant;
use tower::ServiceExt;
use tower_http::timeout::{ResponseBodyDeadlineLayer, TimeoutLayer};

const LIMIT: Duration = Duration::from_secs(60);
const FOR_EVER: Duration = Duration::from_secs(60 * 60);

/// How long a stream lives; an hour is as good as for ever.
async fn lifetime(app: Router) -> Duration {
    let request = Request::get("/sse").body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut body = response.into_body();
    let start = Instant::now();
    while start.elapsed() < FOR_EVER {
        match body.frame().await {
            Some(Ok(_heartbeat)) => {}
            Some(Err(_)) | None => break,
        }
    }
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_limit_on_answering_leaves_streams_alone() {
    let app = Router::new()
        .route("/", post(publish))
        .route("/sse", get(subscribe))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            LIMIT,
        ))
        .with_state(Hub::new());
    assert!(lifetime(app).await >= FOR_EVER);
}

#[tokio::test(start_paused = true)]
async fn a_limit_on_bodies_ends_streams() {
    let app = Router::new()
        .route("/", post(publish))
        .route("/sse", get(subscribe))
        .layer(ResponseBodyDeadlineLayer::new(LIMIT))
        .with_state(Hub::new());
    assert_eq!(lifetime(app).await, LIMIT);
}

#[tokio::test(start_paused = true)]
async fn a_layer_is_for_the_routes_above_it() {
    let app = Router::new()
        .route("/", post(publish))
        .layer(ResponseBodyDeadlineLayer::new(LIMIT))
        .route("/sse", get(subscribe))
        .with_state(Hub::new());
    assert!(lifetime(app).await >= FOR_EVER);
}
