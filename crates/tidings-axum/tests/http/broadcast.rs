//! A thousand subscribers, a thousand messages: every one received exactly once and in order by
//! all, while a hundred others never read and a hundred more come and go.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tidings_axum::Message;
use tidings_sse::{Decoded, Decoder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::wire::{Setup, patiently, serve_settings};

const SUBSCRIBERS: usize = 1000;
const MESSAGES: usize = 1000;
const STALLED: usize = 100;
const CHURNING: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn everyone_gets_everything_once_and_in_order() {
    let mut serve = serve_settings();
    serve.send_buffer = 16 << 10;
    let setup = Setup {
        serve,
        ..Setup::default()
    };
    let server = Arc::new(setup.start().await);
    let mut readers = Vec::new();
    for _ in 0..SUBSCRIBERS {
        let client = server.connect().await;
        let (mut read, mut write) = client.stream.into_split();
        write.write_all(b"GET /sse HTTP/1.0\r\n\r\n").await.unwrap();
        readers.push(tokio::spawn(async move {
            let mut decoder = Decoder::new();
            let mut buffer = vec![0; 16 << 10];
            let mut next = 0;
            while next < MESSAGES {
                let count = read.read(&mut buffer).await.unwrap();
                assert!(count > 0, "ended after {next} messages");
                let mut bytes = &buffer[..count];
                while let Some(decoded) = decoder.decode(&mut bytes).unwrap() {
                    if let Decoded::Message(event) = decoded {
                        assert_eq!(event.data.split('.').next(), Some(&*next.to_string()));
                        next += 1;
                    }
                }
            }
            drop(write);
        }));
    }
    let mut stalled = Vec::new();
    for _ in 0..STALLED {
        let mut client = server.connect_narrow().await;
        client.send("GET /sse HTTP/1.1\r\nHost: x\r\n\r\n").await;
        stalled.push(client);
    }
    patiently("all subscribers", async {
        while server.hub.stats().subscribers < SUBSCRIBERS + STALLED {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let done = Arc::new(AtomicBool::new(false));
    let churning: Vec<_> = (0..CHURNING)
        .map(|_| {
            let server = Arc::clone(&server);
            let done = Arc::clone(&done);
            tokio::spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    let mut client = server.subscribe("/sse?last_event_id=earliest").await;
                    for n in 0..fastrand::usize(..20) {
                        let (_, event) = client.event().await;
                        assert!(event.starts_with(&format!("data: {n}.")), "{event:?}");
                    }
                }
            })
        })
        .collect();
    for n in 0..MESSAGES {
        let message = Message::new(format!("{n}.{}", "x".repeat(500)));
        server.hub.publish(message).await.unwrap();
    }
    for reader in readers {
        patiently("a reader", reader).await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    let stats = server.hub.stats();
    assert_eq!(stats.gaps, 0);
    for task in churning {
        patiently("one that comes and goes", task).await.unwrap();
    }
    // Those who did not read held hundreds of kilobytes up, many times what their sockets take.
    // Now they read, and have missed nothing either.
    for mut client in stalled {
        client.head().await;
        let mut next = 0;
        while next < MESSAGES {
            let chunk = client.chunk().await.unwrap();
            for data in chunk.lines().filter_map(|line| line.strip_prefix("data: ")) {
                assert_eq!(data.split('.').next(), Some(&*next.to_string()));
                next += 1;
            }
        }
    }
}
