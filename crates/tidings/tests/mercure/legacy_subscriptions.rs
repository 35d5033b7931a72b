//! Active subscriptions in the dialect 0.x: their events and the API.

use serde_json::{Value, json};
use tidings_mercure::PATH;

use crate::{
    active_subscriptions::past_itself,
    forge::{SUBSCRIBER, legacy, legacy_reader, may_read},
    server::{Server, Stream, encoded},
};

/// Not `{/topic}{/subscriber}`: that does not match the `+` that a space becomes.
const ALL: &str = "/.well-known/mercure/subscriptions/{+all}";

/// A stream of all that is told of subscriptions of 0.x, past what it is told of itself.
async fn watch(server: &Server) -> Stream {
    let query = format!("topic={}", encoded(ALL));
    let stream = server.subscribe_as(&legacy_reader(&[ALL]), &query).await;
    past_itself(server, stream, None, "topic").await
}

#[tokio::test]
async fn s2_1_subscriptions_by_topic_are_told_of_as_they_were() {
    let server = Server::announcing().await;
    let mut watcher = watch(&server).await;
    let claims = json!({"mercure": {"subscribe": ["x"], "payload": {"user": "u", "list": [1]}}});
    let token = legacy(SUBSCRIBER, &claims);
    let query = format!(
        "topic={}&topic=x",
        encoded("https://example.com/a b/{id}~*")
    );
    let mut stream = Some(server.subscribe_as(&token, &query).await);
    for active in [true, false] {
        let event = watcher.next_json(None).await;
        let subscriber = event["subscriber"].as_str().unwrap();
        let escaped = subscriber.replace(':', "%3A");
        let id = format!(
            "/.well-known/mercure/subscriptions/https%3A%2F%2Fexample.com%2Fa+b%2F%7Bid%7D~%2A/{escaped}"
        );
        let expected = json!({
            "@context": "https://mercure.rocks/",
            "id": id,
            "type": "Subscription",
            "topic": "https://example.com/a b/{id}~*",
            "subscriber": subscriber,
            "active": active,
            "payload": {"user": "u", "list": [1]},
        });
        assert_eq!(event, expected);
        let second = watcher.next_json(None).await;
        assert_eq!(second["topic"], "x");
        assert_eq!(second["subscriber"], subscriber);
        assert_eq!(second["active"], active);
        drop(stream.take());
    }
}

#[tokio::test]
async fn s2_4_6_each_subscription_is_told_of_in_its_own_dialect() {
    let server = Server::announcing().await;
    let mut everything = server.subscribe_as(&may_read(&["*"]), "match=*").await;
    let _stream = server.subscribe("topic=old&match=new").await;
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let event = everything.next().await.unwrap();
        let named = event.contains("event: mercure\n");
        if event.contains("\"new\"") {
            assert!(
                named && event.contains("\"type\":\"subscription\"") && !event.contains("@context")
            );
            seen.push("new");
        } else if event.contains("\"old\"") {
            assert!(
                !named && event.contains("\"type\":\"Subscription\"") && event.contains("@context")
            );
            seen.push("old");
        }
    }
}

#[tokio::test]
async fn s2_4_6_the_api_has_its_former_shapes() {
    let server = Server::announcing().await;
    let mut watcher = watch(&server).await;
    let _stream = server.subscribe("topic=%2Fa+b&match=new").await;
    let event = watcher.next_json(None).await;
    let id = server.publish("topic=z").await;
    let root = format!("{PATH}/subscriptions");
    let of_topic = format!("{root}/%2Fa+b");
    let token = legacy_reader(&[&root, ALL]);
    let bearer = format!("Bearer {token}");
    let get = async |path: &str, more: &[(&str, &str)]| {
        let fields = [&[("Authorization", &*bearer)], more].concat();
        server.ask("GET", path, &fields, "").await
    };
    for (path, count) in [(&root, 2), (&of_topic, 1)] {
        let answer = get(path, &[]).await;
        assert_eq!(answer.status(), 200, "{path}");
        let kind = answer.head.field("content-type");
        assert_eq!(kind, Some("application/ld+json"));
        assert_eq!(answer.head.field("etag"), Some(&*id), "without quotes");
        assert!(
            answer
                .head
                .field("link")
                .unwrap()
                .contains("rel=\"mercure\"")
        );
        let list: Value = serde_json::from_str(answer.text()).unwrap();
        assert_eq!(list["@context"], "https://mercure.rocks/");
        assert_eq!(list["id"], json!(path));
        assert_eq!(list["type"], "Subscriptions");
        assert_eq!(list["lastEventID"], json!(id));
        let listed = list["subscriptions"].as_array().unwrap();
        assert_eq!(listed.len(), count, "{list}");
        assert!(listed.contains(&event), "{list}");
        assert!(listed.iter().all(|one| one["type"] == "Subscription"));
        let answer = get(path, &[("If-None-Match", &id)]).await;
        assert_eq!(answer.status(), 304);
    }
    let one = event["id"].as_str().unwrap();
    let answer = get(one, &[]).await;
    assert_eq!(
        answer.head.field("content-type"),
        Some("application/ld+json")
    );
    let mut document: Value = serde_json::from_str(answer.text()).unwrap();
    let last = document.as_object_mut().unwrap().remove("lastEventID");
    assert_eq!(last, Some(json!(id)));
    assert_eq!(document, event);
    assert_eq!(
        get(&format!("{root}/%2Fa+b/nobody"), &[]).await.status(),
        404
    );
    // Not granted: a 401 in this dialect.
    let fields = [(
        "Authorization",
        &*format!("Bearer {}", legacy_reader(&["a"])),
    )];
    assert_eq!(server.ask("GET", &root, &fields, "").await.status(), 401);
    // A token of 1.0 gets the new ones, but for what is asked for by an address of 0.x.
    let fields = [("Authorization", &*format!("Bearer {}", may_read(&["*"])))];
    let answer = server.ask("GET", &root, &fields, "").await;
    assert_eq!(answer.head.field("content-type"), Some("application/json"));
    let list: Value = serde_json::from_str(answer.text()).unwrap();
    let listed = list["subscriptions"].as_array().unwrap();
    assert!(listed.iter().any(|one| one["match"] == "new"));
    assert!(listed.iter().all(|one| one["type"] == "subscription"));
    let answer = server.ask("GET", &of_topic, &fields, "").await;
    assert_eq!(
        answer.head.field("content-type"),
        Some("application/ld+json")
    );
    let fields = [fields[0], ("Accept", "application/ld+json")];
    let answer = server.ask("GET", &root, &fields, "").await;
    assert_eq!(
        answer.head.field("content-type"),
        Some("application/ld+json")
    );
}
