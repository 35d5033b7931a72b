//! The bytes of the floor: those that tidings sends.

use std::time::Duration;

use tidings_testing::{Program, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{post, serve};

const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n\
    x-accel-buffering: no\r\ntransfer-encoding: chunked\r\n\r\n2\r\n:\n\r\n";

const PUBLISHED: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\ntrue";

async fn connect(floor: &Program) -> TcpStream {
    TcpStream::connect(floor.address())
        .await
        .expect("the floor takes connections")
}

async fn send(socket: &mut TcpStream, bytes: &str) {
    let sent = socket.write_all(bytes.as_bytes()).await;
    sent.expect("the floor reads");
}

async fn expect(socket: &mut TcpStream, bytes: &str) {
    let mut received = vec![0; bytes.len()];
    let reading = socket.read_exact(&mut received);
    within(bytes, reading).await.expect("it is not closed");
    assert_eq!(String::from_utf8_lossy(&received), bytes);
}

async fn subscribe(floor: &Program) -> TcpStream {
    let mut subscriber = connect(floor).await;
    send(
        &mut subscriber,
        "GET /sse?topic=a HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .await;
    expect(&mut subscriber, STREAM).await;
    subscriber
}

#[tokio::test]
async fn every_subscriber_has_every_message_as_a_chunk() {
    let floor = serve("floor").await;
    let mut subscribers = [subscribe(&floor).await, subscribe(&floor).await];
    let mut publisher = connect(&floor).await;
    send(&mut publisher, &post(r#"{"message": "hello"}"#)).await;
    expect(&mut publisher, PUBLISHED).await;
    // Two requests at once, the second in two parts.
    let two = post(r#"{"message": "a\nb"}"#) + &post(r#"{"message": "c", "topic": "t"}"#);
    let (now, later) = two.split_at(two.len() - 10);
    send(&mut publisher, now).await;
    expect(&mut publisher, PUBLISHED).await;
    send(&mut publisher, later).await;
    expect(&mut publisher, PUBLISHED).await;
    for subscriber in &mut subscribers {
        expect(
            subscriber,
            "1c\r\nid: thefloor-1\ndata: hello\n\n\r\n\
             20\r\nid: thefloor-2\ndata: a\ndata: b\n\n\r\n\
             18\r\nid: thefloor-3\ndata: c\n\n\r\n",
        )
        .await;
    }
}

#[tokio::test]
async fn a_subscriber_that_goes_harms_nobody() {
    let floor = serve("floor").await;
    drop(subscribe(&floor).await);
    let mut subscriber = subscribe(&floor).await;
    let mut publisher = connect(&floor).await;
    send(&mut publisher, &post(r#"{"message": "a"}"#)).await;
    expect(&mut publisher, PUBLISHED).await;
    expect(&mut subscriber, "18\r\nid: thefloor-1\ndata: a\n\n\r\n").await;
}

#[tokio::test]
async fn what_a_socket_does_not_take_is_sent_when_it_does() {
    let floor = serve("floor").await;
    let mut slow = subscribe(&floor).await;
    let mut publisher = connect(&floor).await;
    // Together more than a socket's buffers hold.
    let message = "x".repeat(1 << 19);
    for _ in 0..24 {
        send(
            &mut publisher,
            &post(&format!(r#"{{"message": "{message}"}}"#)),
        )
        .await;
        expect(&mut publisher, PUBLISHED).await;
    }
    for id in 1..=24 {
        let event = format!("id: thefloor-{id}\ndata: {message}\n\n");
        let chunk = format!("{:x}\r\n{event}\r\n", event.len());
        expect(&mut slow, &chunk).await;
    }
    // And nothing else.
    let more = timeout(Duration::from_millis(1), slow.read(&mut [0])).await;
    assert!(more.is_err());
}

#[tokio::test]
async fn who_asks_for_something_else_is_cut_off() {
    let floor = serve("floor").await;
    for request in ["GET / HTTP/1.1\r\n\r\n", &post("no JSON"), &post("{}")] {
        let mut socket = connect(&floor).await;
        send(&mut socket, request).await;
        let read = within("the end", socket.read(&mut [0])).await;
        // Reset, where not all that was sent was read.
        assert_eq!(read.unwrap_or(0), 0, "{request}");
    }
    subscribe(&floor).await;
}
