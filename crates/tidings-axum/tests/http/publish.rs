//! `POST /`, what it takes and what it refuses.

use std::time::Duration;

use tidings_axum::PublishSettings;

use crate::wire::{Server, Setup, post};

#[tokio::test]
async fn a_message_is_answered_with_true_and_its_id() {
    let server = Server::start().await;
    let mut stream = server.subscribe("/sse").await;
    let answer = server.publish(r#"{"message": "hello"}"#).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.body, "true");
    let id = answer.header("event-id").unwrap().to_owned();
    assert_eq!(stream.event().await, (id, "data: hello\n\n".into()));
}

#[tokio::test]
async fn every_member_reaches_the_wire() {
    let server = Server::start().await;
    let mut stream = server.subscribe("/sse?topic=b").await;
    let body =
        r#"{"message": {"n": 1.0}, "topic": ["a", "b"], "event": "e", "id": "é 1", "retry": 5}"#;
    let answer = server.publish(body).await;
    assert_eq!(answer.header("event-id"), Some("é 1"));
    let event = stream.chunk().await.unwrap();
    assert_eq!(event, "id: é 1\nevent: e\nretry: 5\ndata: {\"n\":1.0}\n\n");
}

/// Line ends as the standard defines them, and nothing else, split lines; no line of a message
/// becomes another field.
#[tokio::test]
async fn awkward_messages_arrive_as_one_event_with_just_their_data() {
    let server = Server::start().await;
    let mut stream = server.subscribe("/sse").await;
    for (message, data) in [
        ("", "data:\n"),
        (" a", "data:  a\n"),
        (
            r"a\nb\rc\r\nd\n",
            "data: a\ndata: b\ndata: c\ndata: d\ndata:\n",
        ),
        (
            r"id: 7\nevent: x\nretry: 1\n\n:",
            "data: id: 7\ndata: event: x\ndata: retry: 1\ndata:\ndata: :\n",
        ),
        (
            r"\u2028\u0085\u000b \ud83d\ude00",
            "data: \u{2028}\u{85}\u{b} \u{1f600}\n",
        ),
        (r"a\u0000b", "data: a\0b\n"),
    ] {
        let answer = server
            .publish(&format!("{{\"message\":\"{message}\"}}"))
            .await;
        assert_eq!(answer.status(), 200);
        assert_eq!(stream.event().await.1, format!("{data}\n"), "{message}");
    }
    let long = "x".repeat(1 << 20);
    server.publish(&format!("{{\"message\":\"{long}\"}}")).await;
    assert_eq!(stream.event().await.1, format!("data: {long}\n\n"));
}

#[tokio::test]
async fn only_json_is_taken() {
    let server = Server::start().await;
    for (content_type, status) in [
        ("Content-Type: application/json; charset=utf-8\r\n", 200),
        ("Content-Type: Application/JSON\r\n", 200),
        ("Content-Type: text/plain\r\n", 415),
        ("Content-Type: application/x-www-form-urlencoded\r\n", 415),
        ("Content-Type: application/jsonp\r\n", 415),
        ("", 415),
    ] {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: x\r\n{content_type}Content-Length: 14\r\n\r\n{{\"message\":\"\"}}"
        );
        let answer = server.ask(&request).await;
        assert_eq!(answer.status(), status, "{content_type}");
        if status == 415 {
            assert!(answer.detail().contains("application/json"));
        }
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_and_the_connection_lives_on() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for (body, status, word) in [
        ("{", 400, "JSON"),
        ("[]", 400, "object"),
        ("{}", 422, "`message`"),
        (r#"{"message":"","topic":"a\u0000"}"#, 422, "`topic`"),
        (r#"{"message":"","event":"gap"}"#, 422, "`event`"),
        (r#"{"message":"","id":"earliest"}"#, 422, "`id`"),
        (r#"{"message":"","id":"a\u0001"}"#, 422, "`id`"),
    ] {
        client.send(post(body)).await;
        let answer = client.answer().await;
        assert_eq!(answer.status(), status, "{body}");
        assert!(answer.detail().contains(word), "{answer:?}");
    }
    let topics: Vec<String> = (0..101).map(|n| format!("\"{n}\"")).collect();
    let body = format!("{{\"message\":\"\",\"topic\":[{}]}}", topics.join(","));
    client.send(post(&body)).await;
    let answer = client.answer().await;
    assert_eq!(answer.status(), 422);
    assert!(answer.detail().contains("100"));
    client.send(post(r#"{"message":""}"#)).await;
    assert_eq!(client.answer().await.status(), 200);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_and_the_connection_lives_on() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let long = format!("{{\"message\":\"{}\"}}", "x".repeat(3 << 20));
    client.send(post(&long)).await;
    let answer = client.answer().await;
    assert_eq!(answer.status(), 413);
    assert!(answer.detail().contains("2097152 bytes"));
    client.send(post(r#"{"message":""}"#)).await;
    assert_eq!(client.answer().await.status(), 200);
}

/// A client that is still sending would not see an answer that comes before it is through, but a
/// broken pipe.
#[tokio::test]
async fn who_is_refused_while_it_sends_gets_to_read_why() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let body = "x".repeat(3 << 20);
    for (target, status) in [("/", 415), ("/sse", 405), ("/nothing", 404)] {
        let length = body.len();
        client
            .send(format!(
                "POST {target} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n\
                 Content-Length: {length}\r\n\r\n{body}"
            ))
            .await;
        assert_eq!(client.answer().await.status(), status);
    }
}

#[tokio::test]
async fn a_body_beyond_all_reason_is_refused_at_once() {
    let server = Server::start().await;
    for (length, expect) in [(1_u64 << 40, ""), (3 << 20, "Expect: 100-continue\r\n")] {
        let mut client = server.connect().await;
        let head = format!(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             {expect}Content-Length: {length}\r\n\r\n"
        );
        client.send(head).await;
        let answer = client.answer().await;
        assert_eq!(answer.status(), 413);
        assert_eq!(answer.header("connection"), Some("close"));
        client.closed().await;
    }
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_is_asked() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let request = post(r#"{"message":"hello"}"#);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    client
        .send(format!("{head}\r\nExpect: 100-continue\r\n\r\n"))
        .await;
    assert_eq!(client.head().await.status, 100);
    client.send(body).await;
    assert_eq!(client.answer().await.status(), 200);
}

#[tokio::test]
async fn a_slow_body_is_timed_out() {
    let mut publish = PublishSettings::default();
    publish.body_timeout = Duration::from_millis(50);
    let server = Setup {
        publish,
        ..Setup::default()
    }
    .start()
    .await;
    let mut client = server.connect().await;
    let request = post(r#"{"message":"hello"}"#);
    client.send(&request[..request.len() - 1]).await;
    let answer = client.answer().await;
    assert_eq!(answer.status(), 408);
    assert!(answer.detail().contains("0.05 s"));
    client.closed().await;
}
