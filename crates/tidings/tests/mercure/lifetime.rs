//! Streams that end because they are old (draft-dunglas-mercure-08, section Subscribers): their clients
//! come back, and miss nothing.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use serde_json::json;
use tidings_mercure::PATH;
use tidings_testing::within;
use tokio::time::interval;

use crate::{
    forge::{SUBSCRIBER, claims, detail, legacy_reader, may_publish, may_read, now, v1},
    server::{FORM, Server, Stream},
    setup::Setup,
};

async fn start(direct_lane: bool, lifetime: &str) -> Server {
    let setup = Setup {
        direct_lane,
        more: format!("stream_lifetime = '{lifetime}'"),
        ..Setup::default()
    };
    setup.start().await
}

/// A client as browsers are: it comes back whenever its stream ends.
struct Client<'a> {
    server: &'a Server,
    target: String,
    token: String,
    last_event_id: String,
    received: Vec<String>,
    ends: AtomicUsize,
}

impl<'a> Client<'a> {
    fn new(server: &'a Server, target: &str, token: String) -> Self {
        Self {
            server,
            target: target.to_owned(),
            token,
            last_event_id: "earliest".to_owned(),
            received: Vec::new(),
            ends: AtomicUsize::new(0),
        }
    }

    async fn connect(&self) -> Stream {
        let bearer = format!("Bearer {}", self.token);
        let fields = [
            ("Authorization", bearer.as_str()),
            ("Last-Event-ID", &self.last_event_id),
        ];
        self.server.open("GET", &self.target, &fields, "").await
    }

    /// Receives until `last` has come.
    async fn follow(&mut self, ends: &AtomicUsize) {
        loop {
            let mut stream = self.connect().await;
            while let Some(event) = stream.next().await {
                let field = |name: &str| {
                    let mut lines = event.lines();
                    let found = lines.find_map(|line| line.strip_prefix(name));
                    found
                        .unwrap_or_else(|| panic!("no {name} in {event:?}"))
                        .to_owned()
                };
                // A `retry` alone would have neither.
                self.last_event_id = field("id: ");
                let data = field("data: ");
                if data == "last" {
                    return;
                }
                self.received.push(data);
            }
            *self.ends.get_mut() += 1;
            ends.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Over both lanes, in both dialects and at `GET /sse`.
#[tokio::test]
async fn n46_a_stream_that_is_old_ends_and_its_client_misses_nothing() {
    for direct_lane in [true, false] {
        let server = start(direct_lane, "500ms").await;
        let mut clients = [
            Client::new(&server, &format!("{PATH}?match=a"), may_read(&["a"])),
            Client::new(&server, &format!("{PATH}?topic=a"), legacy_reader(&["a"])),
            Client::new(&server, "/sse?topic=a", may_read(&["a"])),
        ];
        let ends = AtomicUsize::new(0);
        let enough = 4 * clients.len();
        let publish = async {
            let bearer = format!("Bearer {}", may_publish(&["a"]));
            let fields = [FORM, ("Authorization", &bearer)];
            let mut pace = interval(Duration::from_millis(5));
            let mut published = Vec::new();
            while ends.load(Ordering::Relaxed) < enough {
                pace.tick().await;
                let data = published.len().to_string();
                let form = format!("topic=a&private&data={data}");
                let answer = server.ask("POST", PATH, &fields, &form).await;
                assert_eq!(answer.status(), 200);
                published.push(data);
            }
            server.publish("topic=a&private&data=last").await;
            published
        };
        let [one, two, three] = &mut clients;
        let all = async {
            let following =
                async { tokio::join!(one.follow(&ends), two.follow(&ends), three.follow(&ends)) };
            tokio::join!(publish, following).0
        };
        let published = within("the last message", all).await;
        for client in &mut clients {
            assert_eq!(client.received, published, "{}", client.target);
            assert!(*client.ends.get_mut() >= 3, "{}", client.target);
        }
    }
}

#[tokio::test]
async fn n46_a_token_that_expires_sooner_still_ends_the_stream() {
    for direct_lane in [true, false] {
        let server = start(direct_lane, "10s").await;
        let exp = now() + 1.0;
        let mut ending = claims(json!([detail("subscribe", &["a"])]));
        ending["exp"] = json!(exp);
        let mut stream = server
            .subscribe_as(&v1(SUBSCRIBER, &ending), "match=a")
            .await;
        // It has been given nothing, and is told where to go on.
        assert!(
            stream
                .next()
                .await
                .is_some_and(|last| last.starts_with("id: "))
        );
        assert_eq!(stream.next().await, None);
        assert!(now() < exp + 1.0);
        assert!(now() > exp - 1.0);
    }
}

/// As long as streams last that are ended, and longer, one lasts that is not.
#[tokio::test]
async fn n46_off_means_that_a_stream_does_not_end_by_itself() {
    for direct_lane in [true, false] {
        let (ending, lasting) = (
            start(direct_lane, "300ms").await,
            start(direct_lane, "0s").await,
        );
        let token = legacy_reader(&["a"]);
        let mut goes_on = lasting.subscribe_as(&token, "match=a").await;
        for _ in 0..3 {
            let mut ends = ending.subscribe_as(&token, "match=a").await;
            assert!(
                ends.next()
                    .await
                    .is_some_and(|last| last.starts_with("id: "))
            );
            assert_eq!(ends.next().await, None);
        }
        let id = lasting.publish("topic=a&private").await;
        assert_eq!(goes_on.next_id().await, id);
    }
}
