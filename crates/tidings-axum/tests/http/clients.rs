//! How many streams one client may have, and which end of a stream gives its place back: each.

use std::{net::SocketAddr, time::Duration};

use axum::Extension;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tidings_axum::{ClientLimit, Message, Settings, SubscribeSettings, router};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::wire::{Answer, Client, Server, Setup, patiently, serve_settings};

const BY_NAME: &str = "GET /sse HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n";

fn layer(limit: &ClientLimit) -> Extension<SubscribeSettings> {
    let mut settings = SubscribeSettings::default();
    settings.client_limit = Some(limit.clone());
    Extension(settings)
}

async fn start_with(setup: Setup, limit: &ClientLimit) -> Server {
    setup.start_with(|router| router.layer(layer(limit))).await
}

async fn start(limit: &ClientLimit) -> Server {
    start_with(Setup::default(), limit).await
}

/// A client whose own address is this one of the loopback network's.
async fn connect_from(server: &Server, address: &str) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    let own: SocketAddr = format!("{address}:0").parse().unwrap();
    socket.bind(own).unwrap();
    Client::new(socket.connect(server.address).await.unwrap())
}

/// What the server says to one more stream.
async fn ask(server: &Server, fields: &str) -> Answer {
    let request = format!("GET /sse HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
    server.ask(&request).await
}

fn assert_too_many(answer: &Answer) {
    assert_eq!(answer.status(), 429);
    let after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=5).contains(&after), "{after}");
    assert!(answer.detail().contains("close one"), "{answer:?}");
}

/// Opens a stream as soon as there is a place: the server may have yet to hear of the end of another.
async fn place_of_one_that_left(server: &Server) -> Client {
    patiently("a free place", async {
        loop {
            let mut client = server.connect().await;
            client.send(BY_NAME).await;
            if client.head().await.status == 200 {
                assert_eq!(client.chunk().await.as_deref(), Some(":\n"));
                return client;
            }
        }
    })
    .await
}

/// Also who asks for a stream by name is told no: a browser that goes on trying is what the limit is
/// against.
#[tokio::test]
async fn one_stream_too_many_of_one_address_is_refused_and_of_another_is_not() {
    let limit = ClientLimit::new(2);
    let server = start(&limit).await;
    let first = server.subscribe("/sse").await;
    let mut second = server.subscribe("/sse?topic=a").await;
    assert_too_many(&ask(&server, "").await);
    assert_too_many(&server.ask(BY_NAME).await);
    // What is no header of a proxy's that we were told of, anybody may write.
    assert_too_many(&ask(&server, "X-Forwarded-For: 192.0.2.1\r\n").await);
    if cfg!(target_os = "linux") {
        let mut other = connect_from(&server, "127.0.0.2").await;
        other.send(BY_NAME).await;
        assert_eq!(other.head().await.status, 200);
    }
    let stats = server.ask("GET /stats HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let stats: serde_json::Value = serde_json::from_str(&stats.body).unwrap();
    assert_eq!(stats["refused_per_client"], 3);
    assert_eq!(stats["refused"], 0);
    // A HEAD is no stream.
    let mut head = server.connect().await;
    head.send("HEAD /sse HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(head.head().await.status, 200);
    drop(first);
    let _third = place_of_one_that_left(&server).await;
    let message = Message::new("x").topics(["a".try_into().unwrap()]);
    server.hub.publish(message).await.unwrap();
    assert_eq!(second.event().await.1, "data: x\n\n");
}

#[tokio::test]
async fn behind_a_proxy_its_header_says_who_it_is() {
    let header = http::HeaderName::from_static("x-forwarded-for");
    let limit = ClientLimit::behind_proxy(1, header);
    let server = start(&limit).await;
    let one = "X-Forwarded-For: 192.0.2.1\r\n";
    let _first = server.subscribe_with("/sse", one).await;
    assert_too_many(&ask(&server, one).await);
    let claimed = "X-Forwarded-For: 192.0.2.7, 192.0.2.1\r\n";
    assert_too_many(&ask(&server, claimed).await);
    let network = "X-Forwarded-For: 2001:db8::1\r\n";
    let _second = server.subscribe_with("/sse", network).await;
    assert_too_many(&ask(&server, "X-Forwarded-For: 2001:db8::2\r\n").await);
    // Whom the proxy does not name is the one that connects.
    let _third = server.subscribe("/sse").await;
    assert_too_many(&ask(&server, "").await);
}

/// A client that is cut off, or stalls, or leaves in the middle of a message.
#[tokio::test]
async fn whatever_ends_a_stream_gives_its_place_back() {
    let limit = ClientLimit::new(1);
    let mut serve = serve_settings();
    serve.stall_timeout = Duration::from_millis(300);
    let setup = Setup {
        serve,
        ..Setup::default()
    };
    let server = start_with(setup, &limit).await;
    // It leaves at once, perhaps before its stream has been polled for the first time.
    for _ in 0..20 {
        let mut client = server.connect().await;
        client.send(BY_NAME).await;
    }
    drop(place_of_one_that_left(&server).await);
    // It does not take what is published.
    let stalled = patiently("a free place", async {
        loop {
            let mut stalled = server.connect_narrow().await;
            stalled.send(BY_NAME).await;
            if stalled.head().await.status == 200 {
                return stalled;
            }
        }
    })
    .await;
    let data = "x".repeat(1 << 20);
    for _ in 0..16 {
        server.hub.publish(Message::new(&*data)).await.unwrap();
    }
    let mut next = place_of_one_that_left(&server).await;
    // Its socket breaks.
    drop(stalled);
    let linger = socket2::SockRef::from(&next.stream);
    linger.set_linger(Some(Duration::ZERO)).unwrap();
    server.hub.publish(Message::new("on")).await.unwrap();
    next.event().await;
    drop(next);
    place_of_one_that_left(&server).await;
}

/// What is refused after the place was taken, or answered by something else than the stream.
#[tokio::test]
async fn who_is_turned_away_for_another_reason_keeps_no_place() {
    let limit = ClientLimit::new(2);
    let mut hub = Settings::default();
    hub.max_topics = 1;
    hub.max_subscribers = 1;
    let setup = Setup {
        hub,
        ..Setup::default()
    };
    let server = start_with(setup, &limit).await;
    for _ in 0..3 {
        let request = "GET /sse?topic=a&topic=b HTTP/1.1\r\nHost: x\r\n\r\n";
        assert_eq!(server.ask(request).await.status(), 422);
    }
    let _there = server.subscribe("/sse").await;
    for _ in 0..3 {
        assert_eq!(ask(&server, "").await.status(), 503);
        assert!(server.ask(BY_NAME).await.body.starts_with("retry: "));
    }
    assert_eq!(limit.refused(), 0);
}

/// A middleware that puts another answer in the stream's place drops it unpolled.
#[tokio::test]
async fn a_stream_that_is_dropped_before_it_is_polled_gives_its_place_back() {
    let limit = ClientLimit::new(1);
    let drops = |_: axum::response::Response| async { StatusCode::IM_A_TEAPOT };
    let server = Setup::default()
        .start_with(|router| {
            let router = router.layer(layer(&limit));
            router.layer(axum::middleware::map_response(drops))
        })
        .await;
    patiently("twenty streams, one after the other", async {
        for _ in 0..20 {
            assert_eq!(ask(&server, "").await.status(), 418);
            while server.hub.stats().subscribers > 0 {
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
    assert_eq!(limit.refused(), 0);
}

/// Whoever drains has no place for anyone: its clients are to come back, and not to give up.
#[tokio::test]
async fn a_hub_that_drains_asks_also_those_to_come_back() {
    let limit = ClientLimit::new(1);
    let mut server = start(&limit).await;
    let mut waiting = server.connect().await;
    waiting
        .send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    waiting.answer().await;
    let _there = server.subscribe("/sse").await;
    server.shut_down();
    patiently("the drain", async {
        while !server.hub.is_draining() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    waiting.send(BY_NAME).await;
    assert!(waiting.answer().await.body.starts_with("retry: "));
}

#[tokio::test]
async fn streams_on_one_connection_of_http2_are_counted_one_by_one() {
    let limit = ClientLimit::new(3);
    let server = start(&limit).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let request = || {
        let request = Request::get("http://x/sse");
        request.body(Full::new(Bytes::new())).unwrap()
    };
    let mut streams = Vec::new();
    for _ in 0..3 {
        let response = sender.send_request(request()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        streams.push(response.into_body());
    }
    let response = sender.send_request(request()).await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(response.headers().contains_key("retry-after"));
    // A stream that is reset.
    drop(streams.pop());
    let again = patiently("a free place", async {
        loop {
            let response = sender.send_request(request()).await.unwrap();
            if response.status() == StatusCode::OK {
                return response.into_body();
            }
        }
    })
    .await;
    // And the end of all, with their connection.
    drop((streams, again, sender));
    connection.abort();
    for _ in 0..3 {
        place_of_one_that_left(&server).await;
    }
}

/// As embedders have it who do not use our `serve`.
#[tokio::test]
async fn under_axums_own_server_it_holds_as_well() {
    let limit = ClientLimit::new(1);
    let hub = tidings_axum::Hub::new();
    let app = router(hub, tidings_axum::PublishSettings::default()).layer(layer(&limit));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let running = tokio::spawn(async { axum::serve(listener, app).await });
    let mut heads = Vec::new();
    let mut clients = Vec::new();
    for _ in 0..2 {
        let mut client = Client::new(TcpStream::connect(address).await.unwrap());
        client.send(BY_NAME).await;
        heads.push(client.head().await.status);
        clients.push(client);
    }
    assert_eq!(heads, [200, 429]);
    running.abort();
}

/// More than may be at a time ask at once: as many as may be are let in.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_count_is_exact_where_all_come_at_once() {
    let limit = ClientLimit::new(7);
    let server = start(&limit).await;
    let mut clients = Vec::new();
    for _ in 0..60 {
        clients.push(server.connect().await);
    }
    let mut asked = Vec::new();
    for mut client in clients {
        asked.push(tokio::spawn(async move {
            client.send(BY_NAME).await;
            (client.head().await.status, client)
        }));
    }
    let mut answered = Vec::new();
    for client in asked {
        answered.push(patiently("an answer", client).await.unwrap());
    }
    let let_in = answered.iter().filter(|(status, _)| *status == 200);
    assert_eq!(let_in.count(), 7);
    assert_eq!(limit.refused(), 53);
}
