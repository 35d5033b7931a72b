//! What is awkward arrives as it was sent, promptly; heartbeats are no events.

use serde_json::json;

use crate::{
    adapter::{Adapter, Received},
    client::{CLIENTS, Client},
    hub::Hub,
    messages::awkward,
    nginx::{Compression, Nginx},
    prerequisites,
    proxy::{Proxy, Target},
    waiting::all,
};

const TOPIC: &str = "awkward";

#[tokio::test(flavor = "multi_thread")]
async fn awkward_messages_arrive_as_they_were_sent() {
    if prerequisites::are_met() {
        let hub = Hub::start().await;
        let subscribers = deliver(&hub, hub.target()).await;
        heartbeats_are_no_events(&hub, subscribers).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn awkward_messages_arrive_through_nginx() {
    if prerequisites::are_met() {
        let hub = Hub::start().await;
        let nginx = Nginx::start(&[hub.authority()], Compression::Stock).await;
        let subscribers = deliver(&hub, nginx.servers().remove(0)).await;
        heartbeats_are_no_events(&hub, subscribers).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn awkward_messages_arrive_through_nginx_that_compresses() {
    if prerequisites::are_met() {
        let hub = Hub::start().await;
        let nginx = Nginx::start(&[hub.authority()], Compression::Everything).await;
        let subscribers = deliver(&hub, nginx.servers().remove(0)).await;
        let compressed = subscribers.iter().filter(|subscriber| {
            let head = subscriber.proxy.last_response().to_ascii_lowercase();
            head.contains("content-encoding: gzip\r\n")
        });
        assert!(compressed.count() > 0, "no client takes gzip");
    }
}

/// A client that is connected.
struct Subscriber {
    client: &'static Client,
    proxy: Proxy,
    adapter: Adapter,
}

impl Subscriber {
    async fn start(client: &'static Client, target: Target) -> Self {
        let proxy = Proxy::start(target).await;
        let url = format!("http://{}/sse?topic={TOPIC}", proxy.authority());
        let adapter = Adapter::start(client, &url);
        let what = format!("{}, to be connected", client.name);
        proxy.wait_for(&what, |seen| seen.answered == 1).await;
        Self {
            client,
            proxy,
            adapter,
        }
    }

    async fn expects(&mut self, event: &Received) {
        let received = self.adapter.next().await;
        let expected = Received {
            id: event.id.clone(),
            event: event.event.clone(),
            data: self.client.makes_of(&event.data),
        };
        // Of a million characters the beginning will do.
        let (begins, length) = (received.data.get(..200), received.data.len());
        assert!(
            received == expected,
            "{} received {:?} {:?} with {length} bytes of data: {begins:?}; sent was {:.200}",
            self.client.name,
            received.id,
            received.event,
            format!("{event:?}"),
        );
    }
}

/// Connects every client to `target`, publishes, and sees to it that each receives everything.
async fn deliver(hub: &Hub, target: Target) -> Vec<Subscriber> {
    let starting = CLIENTS
        .iter()
        .map(|client| Subscriber::start(client, target.clone()));
    let subscribers = all(starting).await;

    let publisher = hub.publisher(TOPIC);
    // A message that is alone, so that no later one can push it through a buffer on the way.
    let id = publisher.publish(json!({ "message": "alone" })).await;
    let subscribers = all_expect(subscribers, vec![message(id, "alone")]).await;

    let mut events = Vec::new();
    for awkward in awkward() {
        events.push(Received {
            id: publisher.publish(awkward.request).await,
            event: awkward.name.to_owned(),
            data: awkward.data,
        });
    }
    all_expect(subscribers, events).await
}

async fn heartbeats_are_no_events(hub: &Hub, subscribers: Vec<Subscriber>) {
    const SEVERAL: usize = 3;
    let waiting = subscribers.into_iter().map(async |subscriber| {
        let name = subscriber.client.name;
        subscriber.proxy.wait_for_heartbeats(name, SEVERAL).await;
        subscriber
    });
    let subscribers = all(waiting).await;
    let text = "behind the heartbeats";
    let publisher = hub.publisher(TOPIC);
    let id = publisher.publish(json!({ "message": text })).await;
    all_expect(subscribers, vec![message(id, text)]).await;
}

async fn all_expect(subscribers: Vec<Subscriber>, events: Vec<Received>) -> Vec<Subscriber> {
    let events = std::sync::Arc::new(events);
    let expecting = subscribers.into_iter().map(|mut subscriber| {
        let events = events.clone();
        async move {
            for event in events.iter() {
                subscriber.expects(event).await;
            }
            subscriber
        }
    });
    all(expecting).await
}

fn message(id: String, data: &str) -> Received {
    Received {
        id,
        event: "message".to_owned(),
        data: data.to_owned(),
    }
}
