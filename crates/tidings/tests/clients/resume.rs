//! After a cut every message arrives once and in order.

use serde_json::json;

use crate::{
    adapter::{Adapter, Received},
    client::{AsksBy, CLIENTS, Client},
    hub::{Hub, Publisher},
    nginx::{Compression, Nginx},
    prerequisites,
    proxy::{Network, Proxy},
    waiting::all,
};

/// What clients are told to wait before they connect again, in milliseconds; not all listen.
const RETRY: u64 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_is_resumed_where_it_was() {
    if prerequisites::are_met() {
        let hub = Hub::start().await;
        let resuming = CLIENTS.iter().map(|client| {
            let (publisher, target) = (hub.publisher(&client.topic()), hub.target());
            async move {
                let proxy = Proxy::start(target).await;
                let mut subscriber = Subscriber::start(client, publisher, &proxy).await;
                subscriber.survives(&proxy, Network::Refuses).await;
                subscriber.has_nothing_more(&proxy).await;
            }
        });
        all(resuming).await;
    }
}

/// nginx ends the stream of a client in good order when its own connection to the hub breaks, and while that one hangs
/// the client hangs too.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_through_nginx_is_resumed_where_it_was_whichever_side_is_cut() {
    if prerequisites::are_met() {
        let hub = Hub::start().await;
        let mut behind = Vec::new();
        for _ in CLIENTS {
            behind.push(Proxy::start(hub.target()).await);
        }
        let upstreams: Vec<String> = behind
            .iter()
            .map(|proxy| proxy.authority().into())
            .collect();
        let nginx = Nginx::start(&upstreams, Compression::Stock).await;
        let resuming = CLIENTS.iter().zip(behind).zip(nginx.servers());
        let resuming = resuming.map(|((client, behind), server)| {
            let publisher = hub.publisher(&client.topic());
            async move {
                let before = Proxy::start(server).await;
                let mut subscriber = Subscriber::start(client, publisher, &before).await;
                subscriber.survives(&behind, Network::Hangs).await;
                subscriber.survives(&before, Network::Refuses).await;
                subscriber.has_nothing_more(&before).await;
            }
        });
        all(resuming).await;
    }
}

/// A client that is connected, and what was published for it.
struct Subscriber {
    client: &'static Client,
    publisher: Publisher,
    adapter: Adapter,
    /// What it has not been seen to receive yet, in order.
    outstanding: Vec<Received>,
    published: usize,
    last_id: String,
}

impl Subscriber {
    async fn start(client: &'static Client, publisher: Publisher, proxy: &Proxy) -> Self {
        let (authority, topic) = (proxy.authority(), client.topic());
        let adapter = Adapter::start(client, &format!("http://{authority}/sse?topic={topic}"));
        let what = format!("{}, to be connected", client.name);
        proxy.wait_for(&what, |seen| seen.answered == 1).await;
        Self {
            client,
            publisher,
            adapter,
            outstanding: Vec::new(),
            published: 0,
            last_id: String::new(),
        }
    }

    /// Cuts the connection, which recovers after messages were published in vain.
    async fn survives(&mut self, proxy: &Proxy, network: Network) {
        let name = self.client.name;
        self.publish(5).await;
        self.receives_all().await;
        let last_id = self.last_id.clone();
        let before = proxy.seen();

        proxy.set(network);
        let what = format!("{name}, to connect again in vain");
        proxy
            .wait_for(&what, |seen| seen.turned_away > before.turned_away)
            .await;
        self.publish(20).await;
        proxy.set(Network::Up);
        // Some of these come while the others are made up for, some after that.
        self.publish(5).await;
        self.receives_all().await;
        self.publish(5).await;
        self.receives_all().await;

        let request = proxy.last_request();
        let asks = match self.client.asks_by {
            AsksBy::Header => request
                .lines()
                .filter_map(|line| line.split_once(": "))
                .any(|(name, value)| {
                    name.eq_ignore_ascii_case("last-event-id") && value == last_id
                }),
            AsksBy::Query => request.lines().next().is_some_and(|line| {
                line.contains(&format!("&lastEventId={last_id} "))
                    && !request.to_ascii_lowercase().contains("\nlast-event-id:")
            }),
        };
        assert!(
            asks,
            "{name} does not ask for what follows {last_id}: {request}"
        );
    }

    async fn publish(&mut self, count: usize) {
        for _ in 0..count {
            self.published += 1;
            let data = format!("message {}", self.published);
            let request = json!({ "message": data, "retry": RETRY });
            self.last_id = self.publisher.publish(request).await;
            self.outstanding.push(Received {
                id: self.last_id.clone(),
                event: "message".to_owned(),
                data,
            });
        }
    }

    async fn receives_all(&mut self) {
        for expected in self.outstanding.drain(..) {
            assert_eq!(self.adapter.next().await, expected, "{}", self.client.name);
        }
    }

    /// What would come twice would come before the next heartbeats.
    async fn has_nothing_more(&mut self, proxy: &Proxy) {
        proxy.wait_for_heartbeats(self.client.name, 2).await;
        assert_eq!(self.adapter.left_over(), None, "{}", self.client.name);
    }
}
