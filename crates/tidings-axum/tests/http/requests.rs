//! What is not HTTP, or hostile, or slow. Never a hang, never a panic; the server lives on.

use std::time::Duration;

use crate::wire::{Server, Setup, post, serve_settings};

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let server = Server::start().await;
    let answer = server.ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(answer.status(), 404);
    assert!(answer.detail().contains("/sse"));
    let answer = server.ask("DELETE /sse HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    answer.detail();
    let answer = server
        .ask("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        .await;
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.header("allow"), Some("POST"));
}

#[tokio::test]
async fn a_request_has_one_host_that_can_be_one() {
    let server = Server::start().await;
    for (hosts, why) in [
        ("", "no Host"),
        ("Host: x\r\nHost: x\r\n", "more than one"),
        ("Host: a b/@\r\n", "name a host"),
        ("Host: a, b\r\n", "name a host"),
    ] {
        let answer = server
            .ask(&format!("GET /healthz HTTP/1.1\r\n{hosts}\r\n"))
            .await;
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(answer.detail().contains(why));
    }
}

#[tokio::test]
async fn what_is_too_long_is_refused_and_the_connection_closed() {
    let server = Server::start().await;
    for (target, field, status) in [
        (9 << 10, 0, 414),
        (40 << 10, 0, 414),
        (80 << 10, 0, 414),
        (200 << 10, 0, 431),
        (0, 33 << 10, 431),
        (0, 200 << 10, 431),
    ] {
        let mut client = server.connect().await;
        let target = "t".repeat(target);
        let field = "f".repeat(field);
        client
            .send(format!(
                "GET /{target} HTTP/1.1\r\nHost: x\r\nX: {field}\r\n\r\n"
            ))
            .await;
        let head = client.head().await;
        assert_eq!(head.status, status);
        client.rest().await;
    }
    let within = "f".repeat(31 << 10);
    let answer = server
        .ask(&format!(
            "GET /healthz HTTP/1.1\r\nHost: x\r\nX: {within}\r\n\r\n"
        ))
        .await;
    assert_eq!(answer.status(), 200);
}

/// A request with both lengths is how one request is smuggled inside another. hyper takes the
/// chunks and hides the `Content-Length`, so the connection ends after any chunked body.
#[tokio::test]
async fn nothing_follows_a_chunked_body() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client
        .send(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n\
             e\r\n{\"message\":\"\"}\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        )
        .await;
    let answer = client.answer().await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("connection"), Some("close"));
    client.closed().await;
}

#[tokio::test]
async fn broken_chunks_are_refused() {
    let server = Server::start().await;
    for chunks in [
        "zz\r\n",
        "5\r\nabc\r\n0\r\n\r\n",
        "-1\r\n",
        "ffffffffffffffffff\r\n",
    ] {
        let mut client = server.connect().await;
        let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                    Transfer-Encoding: chunked\r\n\r\n";
        client.send(format!("{head}{chunks}")).await;
        let answer = client.answer().await;
        assert_eq!(answer.status(), 400, "{chunks:?}");
        client.rest().await;
    }
    assert_eq!(server.hub.stats().published, 0);
}

#[tokio::test]
async fn what_is_not_http_is_refused() {
    let server = Server::start().await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ngarbage that is no frame at all, and long enough",
    ] {
        let mut client = server.connect().await;
        client.send(bytes).await;
        let answer = client.rest().await;
        let refused = answer.starts_with("HTTP/1.1 400") || !answer.starts_with("HTTP/1.1");
        assert!(
            refused,
            "{:?} got {answer:?}",
            String::from_utf8_lossy(bytes)
        );
    }
    assert_eq!(server.publish(r#"{"message":""}"#).await.status(), 200);
}

#[tokio::test]
async fn a_slow_head_is_cut_off() {
    let mut serve = serve_settings();
    serve.head_timeout = Duration::from_millis(50);
    let server = Setup {
        serve,
        ..Setup::default()
    }
    .start()
    .await;
    for start in ["", "P", "GET /sse HTT", "GET /sse HTTP/1.1\r\nHost: x\r\n"] {
        let mut client = server.connect().await;
        client.send(start).await;
        let answer = client.rest().await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let pipelined = format!(
        "{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /sse?last_event_id=earliest HTTP/1.1\r\nHost: x\r\n\r\n",
        post(r#"{"message":"first"}"#)
    );
    client.send(pipelined).await;
    assert_eq!(client.answer().await.body, "true");
    assert_eq!(client.answer().await.body, "serving\n");
    assert_eq!(client.head().await.status, 200);
    assert_eq!(client.chunk().await.as_deref(), Some(":\n"));
    assert_eq!(client.event().await.1, "data: first\n\n");
}
