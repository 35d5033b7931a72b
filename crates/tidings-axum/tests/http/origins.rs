//! CORS.

use tidings_axum::cors;

use crate::wire::{Server, Setup, post};

const PAGE: &str = "https://example.com";

#[tokio::test]
async fn by_default_no_page_of_another_origin_may_read() {
    let server = Server::start().await;
    let answer = server
        .ask(&format!(
            "GET /healthz HTTP/1.1\r\nHost: x\r\nOrigin: {PAGE}\r\n\r\n"
        ))
        .await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn pages_of_the_named_origins_may_publish_and_subscribe() {
    let layer = cors([PAGE, "http://localhost:3000"]).unwrap();
    let server = Setup::default()
        .start_with(|router| router.layer(layer))
        .await;
    let preflight = format!(
        "OPTIONS / HTTP/1.1\r\nHost: x\r\nOrigin: {PAGE}\r\nAccess-Control-Request-Method: POST\r\n\
         Access-Control-Request-Headers: content-type\r\n\r\n"
    );
    let answer = server.ask(&preflight).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(
        answer.header("access-control-allow-credentials"),
        Some("true")
    );
    assert!(
        answer
            .header("access-control-allow-methods")
            .unwrap()
            .contains("POST")
    );
    let headers = answer.header("access-control-allow-headers").unwrap();
    assert!(headers.contains("content-type") && headers.contains("last-event-id"));

    let body =
        post(r#"{"message":""}"#).replace("Host: x\r\n", &format!("Host: x\r\nOrigin: {PAGE}\r\n"));
    let answer = server.ask(&body).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(
        answer.header("access-control-expose-headers"),
        Some("event-id,last-event-id,link,etag,www-authenticate,mercure-last-event-id")
    );

    let other = server
        .ask(&preflight.replace(PAGE, "https://evil.example"))
        .await;
    assert_eq!(other.header("access-control-allow-origin"), None);
}

/// A refusal that a page cannot read would look to it like a broken network.
#[tokio::test]
async fn refusals_are_readable_across_origins_too() {
    let server = Setup::default()
        .start_with(|router| router.layer(cors(["*"]).unwrap()))
        .await;
    let request = format!("GET /sse?topic= HTTP/1.1\r\nHost: x\r\nOrigin: {PAGE}\r\n\r\n");
    let answer = server.ask(&request).await;
    assert_eq!(answer.status(), 422);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}
