//! Too many connections, too many subscribers, readers that stall.

use std::time::Duration;

use tidings_axum::{Message, Settings};

use crate::wire::{Server, Setup, patiently, serve_settings};

const BY_NAME: &str = "GET /sse HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n";
const NOT_BY_NAME: &str = "GET /sse HTTP/1.1\r\nHost: x\r\n\r\n";

async fn assert_turned_away(server: &Server) {
    let answer = server.ask(BY_NAME).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let retry = answer.body.strip_prefix("retry: ").unwrap().trim_end();
    assert!((1000..=5000).contains(&retry.parse().unwrap()), "{retry}");
    let answer = server.ask(NOT_BY_NAME).await;
    assert_eq!(answer.status(), 503);
    let after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=5).contains(&after));
    answer.detail();
}

#[tokio::test]
async fn one_subscriber_too_many_is_turned_away_so_that_it_comes_back() {
    let mut hub = Settings::default();
    hub.max_subscribers = 2;
    let server = Setup {
        hub,
        ..Setup::default()
    }
    .start()
    .await;
    let first = server.subscribe("/sse").await;
    let _second = server.subscribe("/sse").await;
    assert_turned_away(&server).await;
    assert_eq!(server.hub.stats().refused, 2);
    drop(first);
    patiently("the place of the one that left", async {
        while server.hub.stats().subscribers > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let _third = server.subscribe("/sse").await;
}

#[tokio::test]
async fn one_connection_too_many_is_turned_away_so_that_it_comes_back() {
    let mut serve = serve_settings();
    serve.max_connections = 2;
    let server = Setup {
        serve,
        ..Setup::default()
    }
    .start()
    .await;
    let _first = server.subscribe("/sse").await;
    let mut second = server.connect().await;
    second
        .send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    assert_eq!(second.answer().await.status(), 200);
    assert_turned_away(&server).await;
    let answer = server.ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.header("connection"), Some("close"));
    drop(second);
    patiently("the place of the one that left", async {
        while server
            .ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .status()
            != 200
        {}
    })
    .await;
}

/// While a socket is full, nobody polls the stream's body: a check in there would never run.
#[tokio::test]
async fn a_reader_that_takes_nothing_is_ended_and_the_others_are_not() {
    let mut serve = serve_settings();
    serve.stall_timeout = Duration::from_millis(300);
    let server = Setup {
        serve,
        ..Setup::default()
    }
    .start()
    .await;
    let mut reader = server.subscribe("/sse").await;
    let stalled = server.connect_narrow().await;
    let mut stalled = stalled;
    stalled.send("GET /sse HTTP/1.1\r\nHost: x\r\n\r\n").await;
    patiently("both subscribers", async {
        while server.hub.stats().subscribers < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let data = "x".repeat(1 << 20);
    for _ in 0..16 {
        server.hub.publish(Message::new(&*data)).await.unwrap();
        assert_eq!(
            reader.event().await.1.len(),
            data.len() + "data: \n\n".len()
        );
    }
    patiently("the end of the stalled one", async {
        while server.hub.stats().subscribers > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    server.hub.publish(Message::new("on")).await.unwrap();
    assert_eq!(reader.event().await.1, "data: on\n\n");
}

#[tokio::test]
async fn a_client_that_leaves_frees_its_place_without_a_message() {
    let server = Server::start().await;
    let client = server.subscribe("/sse").await;
    assert_eq!(server.hub.stats().subscribers, 1);
    drop(client);
    patiently("the free place", async {
        while server.hub.stats().subscribers > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// The kernel calls a socket writable only when a good part of its send buffer is free, and lets
/// that buffer grow to megabytes: a client that read steadily, but slowly, was taken for one that
/// takes nothing, and cut off.
#[tokio::test]
async fn a_reader_that_is_slow_but_steady_is_not_ended() {
    let mut serve = serve_settings();
    serve.stall_timeout = Duration::from_millis(500);
    serve.send_buffer = 16 << 10;
    let server = Setup {
        serve,
        ..Setup::default()
    }
    .start()
    .await;
    let mut slow = server.connect_narrow().await;
    slow.send("GET /sse HTTP/1.1\r\nHost: x\r\n\r\n").await;
    slow.head().await;
    slow.chunk().await;
    let data = "x".repeat(400 << 10);
    server.hub.publish(Message::new(&*data)).await.unwrap();
    // 20 KiB every 50 ms: two seconds, four times the stall timeout.
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    let mut received = 0;
    while received < data.len() {
        pace.tick().await;
        let part = slow.some(20 << 10).await;
        assert!(part > 0, "cut off after {received} bytes");
        received += part;
    }
}
