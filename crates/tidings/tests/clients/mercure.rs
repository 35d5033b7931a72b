//! Libraries that speak the Mercure protocol, unmodified, against the program with the environment of the hub it replaces.

use serde_json::{Value, json};

use crate::{
    adapter::{Adapter, Received, answer_of},
    client::{CLIENTS, Client, PLAIN, RunsAs},
    hub::{Hub, mint},
    prerequisites,
    proxy::{Network, Proxy},
    waiting::all,
};

/// The secret of the recipe with which Symfony writes compose files.
const SECRET: &str = "!ChangeThisMercureHubJWTSecretKey!";

/// The variables of that recipe, with readers that need no token.
const COMPOSE: [(&str, &str); 4] = [
    ("SERVER_NAME", ":80"),
    ("MERCURE_PUBLISHER_JWT_KEY", SECRET),
    ("MERCURE_SUBSCRIBER_JWT_KEY", SECRET),
    (
        "MERCURE_EXTRA_DIRECTIVES",
        "anonymous\ncors_origins http://127.0.0.1:8000\n",
    ),
];

const TOPIC: &str = "https://example.com/books/1";

/// A library that publishes.
struct Library {
    name: &'static str,
    runs_as: RunsAs,
    /// Whether it signs its tokens itself, and so is given the key.
    signs: bool,
    /// Its own error for a token that is not valid, and for one that does not grant enough.
    unauthorized: &'static str,
    forbidden: &'static str,
}

const PUBLISHERS: [Library; 3] = [
    Library {
        name: "mercure-publisher",
        runs_as: RunsAs::Python("mercure_publisher_adapter.py"),
        signs: true,
        unauthorized: "MercurePublishError 401",
        forbidden: "",
    },
    Library {
        name: "pymercure",
        runs_as: RunsAs::Python("pymercure_publisher_adapter.py"),
        signs: false,
        unauthorized: "UnauthorizedPublisherError",
        forbidden: "PublishRejectedError",
    },
    // It shows a body of JSON in this way, whatever is in it.
    Library {
        name: "mercure",
        runs_as: RunsAs::Node("mercure.mjs"),
        signs: false,
        unauthorized: "401 Unauthorized : [object Object]",
        forbidden: "403 Forbidden : [object Object]",
    },
];

/// The consumer of pymercure.
const CONSUMER: Client = Client {
    name: "pymercure",
    runs_as: RunsAs::Python("pymercure_consumer_adapter.py"),
    ..PLAIN
};

const HOOK: Client = Client {
    name: "@liinkiing/use-mercure",
    runs_as: RunsAs::Node("use-mercure.mjs"),
    ..PLAIN
};

impl Library {
    async fn publish(&self, hub: &Hub, credential: &str, update: Value) -> Value {
        let arguments = [&hub.mercure(), credential, &update.to_string()];
        answer_of(self.runs_as, &arguments.map(|one| one as &str)).await
    }

    /// What it is given for it to be allowed to publish everything.
    async fn credential(&self) -> String {
        match self.signs {
            true => SECRET.to_owned(),
            false => mint(&["--legacy", "--key", SECRET, "--publish", "*"]).await,
        }
    }
}

/// A subscriber that is connected, behind a network that can be cut.
async fn connected(client: &'static Client, hub: &Hub, query: &str) -> (Adapter, Proxy) {
    let proxy = Proxy::start(hub.target()).await;
    let authority = proxy.authority();
    let url = format!("http://{authority}/.well-known/mercure?topic={TOPIC}{query}");
    let adapter = Adapter::start(client, &url);
    let what = format!("{}, to be connected", client.name);
    proxy.wait_for(&what, |seen| seen.answered == 1).await;
    (adapter, proxy)
}

/// A token of 0.x in the query, where clients without headers have it.
async fn authorization() -> String {
    let token = mint(&["--legacy", "--key", SECRET, "--subscribe", "*"]).await;
    format!("&authorization={token}")
}

fn received(id: &str, event: &str, data: &str) -> Received {
    Received {
        id: id.to_owned(),
        event: event.to_owned(),
        data: data.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_libraries_publish_arrives_where_a_hub_was_replaced() {
    if !prerequisites::are_met() {
        return;
    }
    let hub = Hub::start_with(&COMPOSE, &[]).await;
    let (mut consumer, _network) = connected(&CONSUMER, &hub, "").await;
    let (mut hook, _network) = connected(&HOOK, &hub, "").await;
    for library in &PUBLISHERS {
        let credential = library.credential().await;
        let text = format!("{}:\ngrüße, 漢字 & 100 % 🎉", library.name);
        let topics = json!(["https://example.com/other", TOPIC]);
        let id = format!("urn:{}", library.name);
        let update = json!({ "topics": topics, "data": text, "id": id });
        let answer = library.publish(&hub, &credential, update).await;
        assert_eq!(answer, json!({ "id": id }), "{}", library.name);
        assert_eq!(consumer.next().await, received(&id, "message", &text));
        assert_eq!(hook.next().await, received("", "message", &text));

        // With the id that the hub gives, and a name.
        let update = json!({ "topics": [TOPIC], "data": "{\"a\":1}", "type": "named" });
        let answer = library.publish(&hub, &credential, update).await;
        let id = answer["id"].as_str().unwrap();
        assert!(id.starts_with("urn:uuid:"), "{}: {id}", library.name);
        assert_eq!(consumer.next().await, received(id, "named", "{\"a\":1}"));
    }
    assert_eq!(
        hook.left_over(),
        None,
        "it listens to messages without a name"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_shows_a_refused_token_as_its_own_error() {
    if !prerequisites::are_met() {
        return;
    }
    let hub = Hub::start_with(&COMPOSE, &[]).await;
    let (mut consumer, _network) = connected(&CONSUMER, &hub, "").await;
    let update = || json!({ "topics": [TOPIC], "data": "refused" });
    let wrong = "another secret of thirty-two bytes or more";
    for library in &PUBLISHERS {
        let (forged, narrow) = match library.signs {
            true => {
                let mut narrow = update();
                narrow["grants"] = json!(["https://example.com/{other}"]);
                let narrow = library.publish(&hub, SECRET, narrow).await;
                (library.publish(&hub, wrong, update()).await, narrow)
            }
            false => {
                let forged = mint(&["--legacy", "--key", wrong, "--publish", "*"]).await;
                let narrow = "https://example.com/{other}";
                let narrow = mint(&["--legacy", "--key", SECRET, "--publish", narrow]).await;
                (
                    library.publish(&hub, &forged, update()).await,
                    library.publish(&hub, &narrow, update()).await,
                )
            }
        };
        // In 0.x both are a 401.
        let expected = json!({ "error": library.unauthorized });
        assert_eq!(forged, expected, "{}, forged", library.name);
        assert_eq!(narrow, expected, "{}, narrow", library.name);
    }
    let last = &PUBLISHERS[0];
    let update = json!({ "topics": [TOPIC], "data": "accepted" });
    let answer = last.publish(&hub, SECRET, update).await;
    let id = answer["id"].as_str().unwrap();
    assert_eq!(consumer.next().await, received(id, "message", "accepted"));
}

/// All clients of event streams, with a token of 0.x in the query; who has none receives what is public.
#[tokio::test(flavor = "multi_thread")]
async fn a_private_message_reaches_those_with_a_token() {
    if !prerequisites::are_met() {
        return;
    }
    let hub = Hub::start_with(&COMPOSE, &[]).await;
    let query = authorization().await;
    let (mut consumer, _network) = connected(&CONSUMER, &hub, "").await;
    let mut permitted = Vec::new();
    for client in CLIENTS {
        permitted.push((client, connected(client, &hub, &query).await));
    }
    let library = &PUBLISHERS[0];
    let update = json!({ "topics": [TOPIC], "data": "private", "private": true });
    let answer = library.publish(&hub, SECRET, update).await;
    let private = received(answer["id"].as_str().unwrap(), "message", "private");
    let update = json!({ "topics": [TOPIC], "data": "public", "type": "greeting" });
    let answer = library.publish(&hub, SECRET, update).await;
    let public = received(answer["id"].as_str().unwrap(), "greeting", "public");
    for (client, (mut adapter, _network)) in permitted {
        assert_eq!(adapter.next().await, private, "{}", client.name);
        assert_eq!(adapter.next().await, public, "{}", client.name);
    }
    assert_eq!(consumer.next().await, public);
}

/// Each client sends the id that it has in its own way; the ids of this endpoint are not the hub's own.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_subscriber_resumes_with_its_cursor() {
    if !prerequisites::are_met() {
        return;
    }
    let hub = Hub::start_with(&COMPOSE, &[]).await;
    let query = authorization().await;
    let clients = CLIENTS.iter().chain([&HOOK]);
    let mut subscribers = Vec::new();
    for client in clients {
        subscribers.push((client, connected(client, &hub, &query).await));
    }
    let publish = async |data: &str, private: bool| {
        let update = json!({ "topics": [TOPIC], "data": data, "private": private, "retry": 100 });
        let answer = PUBLISHERS[0].publish(&hub, SECRET, update).await;
        assert!(answer["id"].is_string(), "{answer}");
    };
    publish("before", false).await;
    for (client, (adapter, proxy)) in &mut subscribers {
        assert_eq!(adapter.next().await.data, "before", "{}", client.name);
        proxy.set(Network::Refuses);
    }
    publish("missed", false).await;
    publish("missed and private", true).await;
    publish("missed too", false).await;
    let resuming = subscribers
        .into_iter()
        .map(async |(client, (mut adapter, proxy))| {
            let what = format!("{}, to connect again in vain", client.name);
            proxy.wait_for(&what, |seen| seen.turned_away > 0).await;
            proxy.set(Network::Up);
            let has_token = client.name != HOOK.name;
            for data in ["missed", "missed and private", "missed too"] {
                if has_token || !data.contains("private") {
                    assert_eq!(adapter.next().await.data, data, "{}", client.name);
                }
            }
            proxy.wait_for_heartbeats(client.name, 2).await;
            assert_eq!(adapter.left_over(), None, "{}", client.name);
        });
    all(resuming).await;
}

/// Libraries that are given their token do not look into it.
#[tokio::test(flavor = "multi_thread")]
async fn a_library_publishes_with_a_token_of_1_0() {
    if !prerequisites::are_met() {
        return;
    }
    let (secret, issuer) = (
        "a secret of thirty-two bytes or more",
        "https://app.example",
    );
    let mut variables = COMPOSE;
    variables[1].1 = secret;
    variables[2].1 = secret;
    let hub = Hub::start_with(&variables, &["--issuer", issuer]).await;
    let url = hub.mercure();
    let (mut consumer, _network) = connected(&CONSUMER, &hub, "").await;
    let token = ["--key", secret, "--issuer", issuer, "--url", &url];
    for library in PUBLISHERS.iter().filter(|library| !library.signs) {
        let update = || json!({ "topics": [TOPIC], "data": library.name });
        let wide = mint(&[&token[..], &["--publish", "*"]].concat()).await;
        let answer = library.publish(&hub, &wide, update()).await;
        let id = answer["id"].as_str().unwrap();
        assert_eq!(consumer.next().await, received(id, "message", library.name));

        let narrow = ["--publish", "https://example.com/books/2"];
        let narrow = mint(&[&token[..], &narrow].concat()).await;
        let answer = library.publish(&hub, &narrow, update()).await;
        assert_eq!(answer, json!({ "error": library.forbidden }));

        // A key that is of an issuer vouches for no token of 0.x.
        let legacy = mint(&["--legacy", "--key", secret, "--publish", "*"]).await;
        let answer = library.publish(&hub, &legacy, update()).await;
        assert_eq!(answer, json!({ "error": library.unauthorized }));
    }
}
