//! Streams that end because they are old: their clients come back, and miss nothing.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use axum::Extension;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tidings_axum::{Message, SubscribeSettings};
use tokio::{
    net::TcpStream,
    time::{Instant, interval},
};

use crate::wire::{Server, Setup, patiently};

const LIFETIME: Duration = Duration::from_secs(1);

async fn start(lifetime: Option<Duration>) -> Server {
    let mut settings = SubscribeSettings::default();
    settings.lifetime = lifetime;
    let server = Setup::default();
    let layer = Extension(settings);
    server.start_with(|router| router.layer(layer)).await
}

#[tokio::test]
async fn streams_end_in_good_order_one_after_the_other_and_nothing_is_said() {
    let server = start(Some(LIFETIME)).await;
    let begun = Instant::now();
    let mut streams = Vec::new();
    for _ in 0..30 {
        streams.push(server.subscribe("/sse").await);
    }
    let opened = begun.elapsed();
    server.hub.publish(Message::new("hello")).await.unwrap();
    let mut ends = Vec::new();
    for mut stream in streams {
        ends.push(tokio::spawn(async move {
            assert_eq!(stream.event().await.1, "data: hello\n\n");
            // No `retry`: a client would keep to it for good, also where a publisher has set another.
            assert_eq!(stream.chunk().await, None, "a last chunk ends the body");
            begun.elapsed()
        }));
    }
    let mut times = Vec::new();
    for end in ends {
        times.push(patiently("an end", end).await.unwrap());
    }
    times.sort();
    let (first, last) = (times[0], times[times.len() - 1]);
    // A worker is a tenth of a second early, lest it be late.
    assert!(first >= LIFETIME.mul_f64(0.7), "{first:?}");
    assert!(
        last <= LIFETIME + opened + Duration::from_secs(2),
        "{last:?}"
    );
    assert!(last - first >= Duration::from_millis(50), "not all at once");
}

/// Ends come while messages are published, and while none is.
#[tokio::test]
async fn nothing_is_lost_or_doubled_over_many_ends() {
    const ENDS: usize = 4;
    let server = start(Some(Duration::from_millis(400))).await;
    let ends = AtomicUsize::new(0);
    let publish = async {
        let mut pace = interval(Duration::from_millis(3));
        let mut published = 0;
        while ends.load(Ordering::Relaxed) < ENDS {
            pace.tick().await;
            let message = Message::new(published.to_string());
            server.hub.publish(message).await.unwrap();
            published += 1;
        }
        server.hub.publish(Message::new("last")).await.unwrap();
        published
    };
    let follow = async {
        let mut id = "earliest".to_owned();
        let mut received = Vec::new();
        loop {
            let resume = format!("Last-Event-ID: {id}\r\n");
            let mut stream = server.subscribe_with("/sse", &resume).await;
            while let Some(chunk) = stream.chunk().await {
                for event in chunk
                    .split_terminator("\n\n")
                    .filter(|event| *event != ":\n")
                {
                    let (its_id, data) = event.split_once('\n').unwrap();
                    id = its_id.strip_prefix("id: ").unwrap().to_owned();
                    match data.strip_prefix("data: ").unwrap() {
                        "last" => return received,
                        number => received.push(number.parse::<usize>().unwrap()),
                    }
                }
            }
            ends.fetch_add(1, Ordering::Relaxed);
        }
    };
    let both = async { tokio::join!(publish, follow) };
    let (published, received) = patiently("the last message", both).await;
    assert_eq!(received, (0..published).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_over_http2_ends_and_its_connection_does_not() {
    let server = start(Some(Duration::from_millis(400))).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    for number in 1..=2 {
        let request = Request::get("http://x/sse").header("last-event-id", "earliest");
        let request = request.body(Full::new(Bytes::new())).unwrap();
        let response = sender.send_request(request).await.unwrap();
        server.hub.publish(Message::new("x")).await.unwrap();
        let body = patiently("the end", response.into_body().collect()).await;
        let text = body.unwrap().to_bytes();
        let text = str::from_utf8(&text).unwrap();
        assert_eq!(text.matches("data: x\n\n").count(), number, "{text:?}");
        assert!(!text.contains("retry"), "{text:?}");
    }
}

/// The id of a block that holds nothing else.
fn bookmark(chunk: Option<String>) -> String {
    let chunk = chunk.expect("a bookmark");
    let id = chunk.strip_prefix("id: ").unwrap();
    let id = id.strip_suffix("\n\n").unwrap();
    assert!(id.len() == 32 && !id.contains('\n'), "{id}");
    id.to_owned()
}

fn to(topic: &str) -> Message {
    Message::new("x").topics([topic.try_into().unwrap()])
}

/// Who had been given nothing had no id to come back with, and missed what was published while it was
/// away: on a quiet topic, every hour. And whose last event was so old that history had let it go, was
/// told of a gap although it had missed nothing.
#[tokio::test]
async fn who_was_given_nothing_for_a_while_is_given_an_id_at_the_end() {
    let server = start(Some(Duration::from_millis(500))).await;
    let last = server.hub.publish(to("other")).await.unwrap();
    let resume = format!("Last-Event-ID: {last}\r\n");
    let mut quiet = [
        server.subscribe("/sse").await,
        server.subscribe_with("/sse", &resume).await,
    ];
    let mut given = server.subscribe("/sse?topic=other").await;
    let own = to("other").private().id("secret".try_into().unwrap());
    server.hub.publish(own).await.unwrap();
    assert_eq!(given.event().await.1, "data: x\n\n");
    assert_eq!(given.chunk().await, None);
    let mut ids = Vec::new();
    for stream in &mut quiet {
        ids.push(bookmark(stream.chunk().await));
        assert_eq!(stream.chunk().await, None);
    }
    server.hub.publish(Message::new("missed")).await.unwrap();
    for id in ids {
        let resume = format!("Last-Event-ID: {id}\r\n");
        let mut back = server.subscribe_with("/sse", &resume).await;
        assert_eq!(back.event().await.1, "data: missed\n\n");
    }
}

/// The hub's own end, at drain, counts for those whose time is not over yet, and says when to return.
#[tokio::test]
async fn a_lifetime_beyond_reckoning_is_none_and_does_not_keep_a_server_from_its_end() {
    let mut server = start(Some(Duration::MAX)).await;
    let mut stream = server.subscribe("/sse").await;
    server.hub.publish(Message::new("hello")).await.unwrap();
    assert_eq!(stream.event().await.1, "data: hello\n\n");
    server.shut_down();
    assert!(stream.chunk().await.unwrap().starts_with("retry: "));
    server.ended().await;
}
