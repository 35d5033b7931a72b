//! The same over HTTP/2 with prior knowledge.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tidings_axum::Message;
use tokio::net::TcpStream;

use crate::wire::{Server, patiently};

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
