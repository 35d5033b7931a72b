//! `GET /sse`, heads, resuming, versions of HTTP.

use std::time::Duration;

use tidings_axum::{Message, Settings, Topic};

use axum::{body::Body, middleware::map_response, response::Response};
use bytes::Bytes;
use http_body_util::BodyExt;

use crate::wire::{Server, Setup, patiently};

#[tokio::test]
async fn the_head_and_a_first_comment_come_at_once() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send("GET /sse HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let head = client.head().await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    assert_eq!(head.header("cache-control"), Some("no-cache"));
    assert_eq!(head.header("x-accel-buffering"), Some("no"));
    assert_eq!(head.header("transfer-encoding"), Some("chunked"));
    assert_eq!(head.header("content-length"), None);
    assert_eq!(client.chunk().await.as_deref(), Some(":\n"));
    assert_eq!(server.hub.stats().subscribers, 1);
}

/// The stream of a plain HTTP/1.1 request leaves hyper, and only that.
#[tokio::test]
async fn a_stream_takes_the_lane_that_it_can() {
    let server = Server::start().await;
    let mut plain = server.subscribe("/sse").await;
    let mut old = server.connect().await;
    old.send("GET /sse HTTP/1.0\r\n\r\n").await;
    old.head().await;
    let expected = usize::from(crate::DIRECT_LANE);
    patiently("the lanes", async {
        while server.hub.stats().subscribers < 2 || server.hub.stats().direct < expected {
            tokio::task::yield_now().await;
        }
    })
    .await;
    server.hub.publish("hello").await.unwrap();
    assert_eq!(plain.event().await.1, "data: hello\n\n");
    assert_eq!(server.hub.stats().direct, expected);
    drop(plain);
    patiently("the end", async {
        while server.hub.stats().subscribers > 1 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(server.hub.stats().direct, 0);
}

async fn shout(response: Response) -> Response {
    let shout = |data: Bytes| Bytes::from(data.to_ascii_uppercase());
    response.map(|body| Body::new(body.map_frame(move |frame| frame.map_data(shout))))
}

/// A middleware that makes other bytes of those that pass must see all of them.
#[tokio::test]
async fn a_stream_whose_bytes_are_changed_stays_on_the_body_lane() {
    let server = Setup::default()
        .start_with(|router| router.layer(map_response(shout)))
        .await;
    let mut stream = server.subscribe("/sse").await;
    server.hub.publish("hello").await.unwrap();
    let event = stream.chunk().await.unwrap();
    assert!(event.ends_with("DATA: HELLO\n\n"), "{event:?}");
    assert_eq!(server.hub.stats().direct, 0);
}

#[tokio::test]
async fn head_gives_the_head_and_no_subscriber() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client
        .send("HEAD /sse HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    let head = client.head().await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    assert_eq!(
        head.header("content-length"),
        None,
        "a stream has no length"
    );
    assert_eq!(client.answer().await.body, "serving\n");
    assert_eq!(server.hub.stats().subscribers, 0);
}

#[tokio::test]
async fn http_1_0_gets_a_stream_without_chunks() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send("GET /sse HTTP/1.0\r\n\r\n").await;
    let head = client.head().await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("transfer-encoding"), None);
    assert_eq!(head.header("content-length"), None);
    let id = server.hub.publish(Message::new("hello")).await.unwrap();
    server.hub.drain(Duration::from_secs(1)).await;
    let stream = client.rest().await;
    let events = format!(":\nid: {id}\ndata: hello\n\nretry: ");
    assert!(stream.starts_with(&events), "{stream:?}");
}

#[tokio::test]
async fn an_id_is_taken_from_the_header_or_else_from_the_query() {
    let server = Server::start().await;
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(
            server
                .hub
                .publish(Message::new(n.to_string()))
                .await
                .unwrap(),
        );
    }
    let header = format!("Last-Event-ID: {}\r\n", ids[2]);
    let target = |name| format!("/sse?{name}={}", ids[1]);
    for (target, headers, first) in [
        ("/sse".to_owned(), header.as_str(), "data: 3\n\n"),
        (target("last_event_id"), "", "data: 2\n\n"),
        (target("lastEventID"), "", "data: 2\n\n"),
        (target("lastEventId"), "", "data: 2\n\n"),
        (
            format!("/sse?last_event_id=x&lastEventId={}", ids[1]),
            "",
            "data: 2\n\n",
        ),
        (target("last_event_id"), header.as_str(), "data: 3\n\n"),
        (target("last_event_id"), "Last-Event-ID:\r\n", "data: 2\n\n"),
        ("/sse?last_event_id=earliest".to_owned(), "", "data: 0\n\n"),
        (
            "/sse".to_owned(),
            "Last-Event-ID: earliest\r\n",
            "data: 0\n\n",
        ),
    ] {
        let mut stream = server.subscribe_with(&target, headers).await;
        assert_eq!(stream.event().await.1, first, "{target} {headers}");
    }
}

/// `topics=a` listened to `broadcast` in silence.
#[tokio::test]
async fn a_misspelt_parameter_is_refused_and_others_are_passed_over() {
    let server = Server::start().await;
    for (name, meant) in [
        ("topics", "topic"),
        ("Topic", "topic"),
        ("topic[]", "topic"),
        ("topic%5B0%5D", "topic"),
        ("Last-Event-ID", "last_event_id"),
        ("lasteventid", "last_event_id"),
    ] {
        let target = format!("/sse?{name}=a");
        let answer = server
            .ask(&format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"))
            .await;
        assert_eq!(answer.status(), 422, "{target}");
        assert!(answer.detail().contains(&format!("write `{meant}`")));
    }
    drop(
        server
            .subscribe("/sse?_=1732&t=1&authorization=x&top=1")
            .await,
    );
}

/// The one thing a hub must not get wrong: what was missed comes, once, in order, over all topics.
#[tokio::test]
async fn a_client_that_returns_gets_just_what_it_missed_over_three_topics() {
    let server = Server::start().await;
    let target = "/sse?topic=a&topic=b&topic=c";
    let mut stream = server.subscribe(target).await;
    let publish = async |n: usize| {
        let topic = Topic::try_from(["a", "b", "c", "d"][n % 4]).unwrap();
        server
            .hub
            .publish(Message::new(n.to_string()).topics([topic]))
            .await
            .unwrap()
    };
    publish(0).await;
    let (last, _) = stream.event().await;
    drop(stream);
    for n in 1..=67 {
        publish(n).await;
    }
    let mut stream = server
        .subscribe_with(target, &format!("Last-Event-ID: {last}\r\n"))
        .await;
    publish(68).await;
    let expected = (1..=68).filter(|n| n % 4 != 3);
    assert_eq!(expected.clone().count(), 51);
    for n in expected {
        assert_eq!(stream.event().await.1, format!("data: {n}\n\n"));
    }
}

#[tokio::test]
async fn an_id_from_before_a_restart_gets_a_gap_and_all_that_history_holds() {
    let server = Server::start().await;
    let first = server.hub.publish(Message::new("kept")).await.unwrap();
    let headers = "Last-Event-ID: 0123abcv-99\r\n";
    let mut stream = server.subscribe_with("/sse", headers).await;
    let (id, gap) = stream.event().await;
    let from = first.as_str().replace("-1", "-0");
    assert_eq!(id, from);
    assert_eq!(
        gap,
        format!(
            "event: gap\ndata: {{\"from\":\"{from}\",\"reason\":\"other-epoch\",\
             \"requested\":\"0123abcv-99\"}}\n\n"
        )
    );
    assert_eq!(stream.event().await.1, "data: kept\n\n");
    let stream = server
        .subscribe_with("/sse", &format!("Last-Event-ID: {id}\r\n"))
        .await;
    let mut stream = stream;
    assert_eq!(
        stream.event().await.1,
        "data: kept\n\n",
        "the gap's own id needs no gap"
    );
}

/// Anything but 200 would make a browser's `EventSource` give up for good.
#[tokio::test]
async fn no_last_event_id_is_so_strange_that_the_stream_does_not_open() {
    let mut hub = Settings::default();
    hub.gap_event = false;
    let server = Setup {
        hub,
        ..Setup::default()
    }
    .start()
    .await;
    let long = "x".repeat(100_000);
    let huge = format!("0123abcv-{}", "9".repeat(400));
    for id in [
        "\u{1f600}",
        "a,b",
        "0",
        "-1",
        "\"",
        "null",
        " ",
        "a b",
        &long,
        &huge,
    ] {
        let mut stream = server
            .subscribe_with("/sse", &format!("Last-Event-ID: {id}\r\n"))
            .await;
        server.hub.publish(Message::new("live")).await.unwrap();
        while stream.event().await.1 != "data: live\n\n" {}
    }
    let mut client = server.connect().await;
    client.send(b"GET /sse?last_event_id=%ff%00&lastEventID=%0a HTTP/1.1\r\nHost: x\r\nLast-Event-ID: \xff\xfe\r\n\r\n").await;
    assert_eq!(client.head().await.status, 200);
}

#[tokio::test]
async fn a_client_that_excludes_event_streams_is_told_so() {
    let server = Server::start().await;
    let answer = server
        .ask("GET /sse HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n")
        .await;
    assert_eq!(answer.status(), 406);
    assert!(answer.detail().contains("text/event-stream"));
}

#[tokio::test]
async fn a_topic_that_is_none_is_told_so() {
    let server = Server::start().await;
    let many: String = (0..101).map(|n| format!("topic={n}&")).collect();
    for query in ["topic=", "topic=a&topic=b%0Ac", &many] {
        let answer = server
            .ask(&format!("GET /sse?{query} HTTP/1.1\r\nHost: x\r\n\r\n"))
            .await;
        assert_eq!(answer.status(), 422, "{query}");
        assert!(answer.detail().contains("topic"));
    }
}
