//! The same over HTTP/2 with prior knowledge.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tidings_axum::Message;
use tokio::net::TcpStream;

use crate::wire::{Server, Setup, patiently, serve_settings};

#[tokio::test]
async fn many_streams_on_one_connection_and_a_clean_end() {
    let mut server = Server::start().await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let request = |method: &str, target: &str, body: &'static str| {
        Request::builder()
            .method(method)
            .uri(format!("http://x{target}"))
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .unwrap()
    };
    let mut streams = Vec::new();
    for _ in 0..100 {
        let response = sender
            .send_request(request("GET", "/sse", ""))
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(!response.headers().contains_key("transfer-encoding"));
        streams.push(response.into_body());
    }
    let publish = request("POST", "/", r#"{"message":"hello"}"#);
    let response = sender.send_request(publish).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let id = response.headers()["event-id"].to_str().unwrap().to_owned();
    server.hub.publish(Message::new("again")).await.unwrap();
    server.shut_down();
    for stream in streams {
        let body = patiently("the end of a stream", stream.collect())
            .await
            .unwrap();
        let text = String::from_utf8(body.to_bytes().to_vec()).unwrap();
        let events = format!(
            ":\nid: {id}\ndata: hello\n\nid: {}\ndata: again\n\nretry: ",
            id.replace("-1", "-2")
        );
        assert!(text.starts_with(&events), "{text:?}");
    }
    server.ended().await;
    tokio::time::timeout(Duration::from_secs(5), connection)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn an_idle_connection_is_ended_and_one_with_a_stream_is_not() {
    let mut serve = serve_settings();
    serve.head_timeout = Duration::from_millis(100);
    let server = Setup {
        serve,
        ..Setup::default()
    }
    .start()
    .await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::get("http://x/sse")
        .body(Full::new(Bytes::new()))
        .unwrap();
    let mut body = sender.send_request(request).await.unwrap().into_body();
    let mut idle = server.connect().await;
    idle.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await;
    idle.rest().await;
    server.hub.publish(Message::new("hello")).await.unwrap();
    let mut text = String::new();
    while !text.contains("data: hello") {
        let frame = patiently("the message", body.frame())
            .await
            .unwrap()
            .unwrap();
        text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }
    drop(body);
    patiently("the end of the connection", connection)
        .await
        .unwrap()
        .unwrap();
}
