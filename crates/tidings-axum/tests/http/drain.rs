//! The end, and what clients see of it.

use std::{collections::HashSet, time::Duration};

use tidings_axum::Message;
use tokio::{net::TcpStream, time::Instant};

use crate::wire::{Server, Setup, patiently, post, serve_settings};

async fn start(drain: Duration) -> Server {
    let mut serve = serve_settings();
    serve.drain = drain;
    Setup {
        serve,
        ..Setup::default()
    }
    .start()
    .await
}

#[tokio::test]
async fn every_stream_gets_a_retry_of_its_own_and_a_proper_end() {
    let mut server = start(Duration::from_secs(2)).await;
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(server.subscribe("/sse").await);
    }
    let mut kept = server.connect().await;
    kept.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(kept.answer().await.status(), 200);
    server.hub.publish(Message::new("last")).await.unwrap();
    let start = Instant::now();
    server.shut_down();
    patiently("the closed listener", async {
        while TcpStream::connect(server.address).await.is_ok() {}
    })
    .await;
    kept.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let answer = kept.answer().await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.header("connection"), Some("close"));
    let mut retries = HashSet::new();
    for stream in &mut streams {
        assert_eq!(stream.event().await.1, "data: last\n\n");
        let retry = stream.chunk().await.unwrap();
        let retry: u64 = retry
            .strip_prefix("retry: ")
            .unwrap()
            .trim_end()
            .parse()
            .unwrap();
        assert!((1000..=5000).contains(&retry));
        retries.insert(retry);
        assert_eq!(stream.chunk().await, None, "a last chunk ends the body");
        stream.closed().await;
    }
    assert!(retries.len() > 10, "{retries:?}");
    server.ended().await;
    let took = start.elapsed();
    assert!(
        took > Duration::from_millis(400),
        "not all at once: {took:?}"
    );
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[tokio::test]
async fn a_server_without_streams_ends_at_once_and_finishes_what_it_was_asked() {
    let mut server = start(Duration::from_secs(30)).await;
    let mut idle = server.connect().await;
    let mut busy = server.connect().await;
    let request = post(r#"{"message":"hello"}"#);
    busy.send(&request[..request.len() - 1]).await;
    idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    idle.answer().await;
    server.shut_down();
    idle.closed().await;
    busy.send(&request[request.len() - 1..]).await;
    assert_eq!(
        busy.answer().await.status(),
        503,
        "the hub takes no more messages"
    );
    busy.closed().await;
    server.ended().await;
}

#[tokio::test]
async fn a_reader_that_takes_nothing_does_not_hold_up_the_end() {
    let mut server = start(Duration::from_millis(500)).await;
    let mut stalled = server.connect_narrow().await;
    stalled.send("GET /sse HTTP/1.1\r\nHost: x\r\n\r\n").await;
    stalled.head().await;
    let data = "x".repeat(1 << 20);
    for _ in 0..16 {
        server.hub.publish(Message::new(&*data)).await.unwrap();
    }
    server.shut_down();
    server.ended().await;
}

#[tokio::test]
async fn who_asks_while_the_hub_drains_is_asked_to_come_back() {
    let mut server = start(Duration::from_secs(2)).await;
    let _stream = server.subscribe("/sse").await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    for client in [&mut first, &mut second] {
        client
            .send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            .await;
        client.answer().await;
    }
    server.shut_down();
    patiently("the drain", async {
        while !server.hub.is_draining() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    first
        .send("GET /sse HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
        .await;
    assert!(first.answer().await.body.starts_with("retry: "));
    second.send(post(r#"{"message":"late"}"#)).await;
    let answer = second.answer().await;
    assert_eq!(answer.status(), 503);
    assert!(answer.header("retry-after").is_some());
}
