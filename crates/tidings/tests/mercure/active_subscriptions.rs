//! Events of active subscriptions, and the API for them (draft-dunglas-mercure-08, sections Payloads
//! and Active Subscriptions).

use std::collections::HashMap;

use serde_json::{Value, json};
use tidings_mercure::PATH;
use tidings_testing::http::Response;

use crate::{
    forge::{DETAIL, SUBSCRIBER, claims, detail as granting, may_read, v1},
    server::{Server, Setup, Stream, detail, encoded},
};

const ALL: &str = "match_urlpattern=/.well-known/mercure/subscriptions/*";

/// A token that may read what the hub tells of subscriptions, and all of the API.
fn watcher_token() -> String {
    let topics = json!([
        {"match": "/.well-known/mercure/subscriptions"},
        {"match": "/.well-known/mercure/subscriptions/*", "match_type": "urlpattern"},
    ]);
    let details = json!([{"type": DETAIL, "actions": ["subscribe"], "topics": topics}]);
    v1(SUBSCRIBER, &claims(details))
}

async fn announcing() -> Server {
    Setup {
        subscriptions: true,
        ..Setup::default()
    }
    .start()
    .await
}

/// A stream of all that is told of subscriptions, past what it is told of itself.
async fn watch(server: &Server) -> Stream {
    let mut stream = server.subscribe_as(&watcher_token(), ALL).await;
    // Its own beginning may be told before or after its own stream begins; that of another comes
    // after both.
    drop(server.subscribe("match=the+first").await);
    loop {
        let event = stream.next_json(Some("mercure")).await;
        if event["match"] == "the first" && event["active"] == false {
            return stream;
        }
    }
}

async fn get(server: &Server, token: Option<&str>, path: &str) -> Response {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let fields: Vec<(&str, &str)> = bearer
        .iter()
        .map(|b| ("Authorization", b.as_str()))
        .collect();
    server.ask("GET", path, &fields, "").await
}

fn json_of(answer: &Response) -> Value {
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert_eq!(answer.head.field("content-type"), Some("application/json"));
    serde_json::from_str(answer.text()).unwrap()
}

#[tokio::test]
async fn n48_the_payload_is_that_of_the_first_detail_that_matches() {
    let server = announcing().await;
    let mut watcher = watch(&server).await;
    let detail = |topics: Value, payload: Value| {
        let mut detail = json!({"type": DETAIL, "actions": ["subscribe"], "topics": topics});
        if !payload.is_null() {
            detail["payload"] = payload;
        }
        detail
    };
    let publishing = json!({"type": DETAIL, "actions": ["publish"], "topics": [{"match": "*"}], "payload": {"n": 0}});
    let details = json!([
        publishing,
        detail(json!([{"match": "x"}, {"match": "a"}]), json!({"n": 1})),
        detail(json!([{"match": "a"}]), json!({"n": 2})),
        detail(json!([{"match": "none"}]), json!(null)),
        detail(
            json!([{"match": "/b/:id", "match_type": "urlpattern"}]),
            json!({"n": 3})
        ),
        detail(json!([{"match": "*"}]), json!({"n": 4})),
    ]);
    let token = v1(SUBSCRIBER, &claims(details));
    let query =
        "match=a&match=%2Fb%2F1&match_urlpattern=%2Fb%2F%3Ax&match=none&match=other&match=*";
    let _stream = server.subscribe_as(&token, query).await;
    for (matcher, payload) in [
        ("a", json!({"n": 1})),
        ("/b/1", json!({"n": 3})),
        // The matcher itself is what is looked up, as if it were a topic.
        ("/b/:x", json!({"n": 3})),
        ("none", json!(null)),
        ("other", json!({"n": 4})),
        ("*", json!({"n": 4})),
    ] {
        let event = watcher.next_json(Some("mercure")).await;
        assert_eq!(event["match"], matcher);
        assert_eq!(event["payload"], payload, "{matcher}");
        assert_eq!(event.get("payload").is_some(), !payload.is_null());
    }
    let _anonymous = server.subscribe("match=a").await;
    assert_eq!(
        watcher.next_json(Some("mercure")).await.get("payload"),
        None
    );
}

#[tokio::test]
async fn n56_each_subscription_is_told_of_when_it_begins_and_when_it_ends() {
    for direct_lane in [true, false] {
        let server = Setup {
            subscriptions: true,
            direct_lane,
            ..Setup::default()
        }
        .start()
        .await;
        let mut watcher = watch(&server).await;
        let matched = "https://example.com/é ~*?x=y&z/%2F";
        let query = format!("match={}&match_urlpattern=%2Fb%2F%3Aid", encoded(matched));
        let stream = server.subscribe(&query).await;
        let first = watcher.next_json(Some("mercure")).await;
        let second = watcher.next_json(Some("mercure")).await;
        let subscriber = first["subscriber"].as_str().unwrap();
        let escaped = subscriber.replace(':', "%3A");
        let expected = |active: bool| {
            [
                json!({
                    "id": format!("/.well-known/mercure/subscriptions/exact/https%3A%2F%2Fexample.com%2F%C3%A9%20~%2A%3Fx%3Dy%26z%2F%252F/{escaped}"),
                    "type": "subscription",
                    "match_type": "exact",
                    "match": matched,
                    "subscriber": subscriber,
                    "active": active,
                }),
                json!({
                    "id": format!("/.well-known/mercure/subscriptions/urlpattern/%2Fb%2F%3Aid/{escaped}"),
                    "type": "subscription",
                    "match_type": "urlpattern",
                    "match": "/b/:id",
                    "subscriber": subscriber,
                    "active": active,
                }),
            ]
        };
        assert_eq!([first.clone(), second], expected(true));
        drop(stream);
        let first_end = watcher.next_json(Some("mercure")).await;
        assert_eq!(
            [first_end, watcher.next_json(Some("mercure")).await],
            expected(false)
        );

        // Its topic is its id.
        let exact = format!(
            "match={}&last_event_id=earliest",
            encoded(first["id"].as_str().unwrap())
        );
        let mut of_one = server.subscribe_as(&watcher_token(), &exact).await;
        assert_eq!(of_one.next_json(Some("mercure")).await, expected(true)[0]);
        assert_eq!(of_one.next_json(Some("mercure")).await, expected(false)[0]);
    }
}

#[tokio::test]
async fn n56_what_is_told_is_private() {
    let server = announcing().await;
    let mut watcher = watch(&server).await;
    let mut stranger = server.subscribe("match=*&match=last").await;
    let narrow = may_read(&["/.well-known/mercure/subscriptions/exact/a", "a"]);
    let mut narrow = server
        .subscribe_as(&narrow, &format!("{ALL}&match=last"))
        .await;
    let _more = server.subscribe("match=a").await;
    while watcher.next_json(Some("mercure")).await["match"] != "a" {}
    server.publish("topic=last&id=last").await;
    assert_eq!(stranger.next_id().await, "last");
    assert_eq!(narrow.next_id().await, "last");
}

#[tokio::test]
async fn n57_the_hub_names_the_subscriber() {
    let server = announcing().await;
    let mut watcher = watch(&server).await;
    let mut seen = Vec::new();
    let mut streams = Vec::new();
    for query in ["match=a&match=b", "match=a&match=b&subscriber=me"] {
        let fields = [("Subscriber", "me")];
        streams.push(server.subscribe_with(query, &fields).await);
        let [first, second] = [
            watcher.next_json(Some("mercure")).await["subscriber"].clone(),
            watcher.next_json(Some("mercure")).await["subscriber"].clone(),
        ];
        assert_eq!(first, second, "one connection is one subscriber");
        let uuid = first.as_str().unwrap().strip_prefix("urn:uuid:").unwrap();
        assert_eq!(&uuid[14..15], "4");
        assert!(!seen.contains(&first));
        seen.push(first);
    }
}

#[tokio::test]
async fn n59_the_lists_are_those_who_are_there() {
    let server = announcing().await;
    let token = watcher_token();
    let mut watcher = watch(&server).await;
    let root = format!("{PATH}/subscriptions");
    let stream = server
        .subscribe("match=a&match=%2Fb&match_urlpattern=%2Fb")
        .await;
    let other = server.subscribe("match=a").await;
    let mut events = Vec::new();
    for _ in 0..4 {
        events.push(watcher.next_json(Some("mercure")).await);
    }
    let get = async |path: &str| json_of(&get(&server, Some(&token), path).await);

    let list = get(&root).await;
    assert_eq!(list["id"], root);
    assert_eq!(list["type"], "subscriptions");
    let listed = list["subscriptions"].as_array().unwrap();
    // The watcher is one, too.
    assert_eq!(listed.len(), 5);
    for event in &events {
        assert!(listed.contains(event), "{event}");
        let id = event["id"].as_str().unwrap();
        assert_eq!(&get(id).await, event, "a single one is what its event says");
    }

    let of_a = format!("{root}/exact/a");
    let list = get(&of_a).await;
    assert_eq!(list["id"], of_a);
    assert_eq!(list["type"], "subscriptions");
    let matched: Vec<&Value> = list["subscriptions"].as_array().unwrap().iter().collect();
    assert_eq!(matched.len(), 2);
    assert!(
        matched
            .iter()
            .all(|one| one["match"] == "a" && one["match_type"] == "exact")
    );
    let list = get(&format!("{root}/urlpattern/%2Fb")).await;
    assert_eq!(list["subscriptions"].as_array().unwrap().len(), 1);
    let list = get(&format!("{root}/exact/%2fb")).await;
    assert_eq!(list["subscriptions"].as_array().unwrap().len(), 1);
    let list = get(&format!("{root}/exact/nobody")).await;
    assert_eq!(list["subscriptions"], json!([]));

    // Who has gone is gone.
    drop(other);
    while watcher.next_json(Some("mercure")).await["active"] != false {}
    assert_eq!(
        get(&of_a).await["subscriptions"].as_array().unwrap().len(),
        1
    );
    drop(stream);
}

#[tokio::test]
async fn n60_the_api_asks_for_a_grant_on_its_very_path() {
    let server = announcing().await;
    let root = format!("{PATH}/subscriptions");
    let of_a = format!("{root}/exact/a");
    let one = format!("{root}/exact/a/urn%3Auuid%3Ax");
    for path in [&root, &of_a, &one] {
        assert_eq!(get(&server, None, path).await.status(), 401, "{path}");
        for wrong in [
            may_read(&["a"]),
            may_read(&[&format!("https://hub.example{path}")]),
            may_read(&[&format!("{path}/")]),
            v1(SUBSCRIBER, &claims(json!([granting("publish", &["*"])]))),
        ] {
            assert_eq!(
                get(&server, Some(&wrong), path).await.status(),
                403,
                "{path}"
            );
        }
    }
    let token = may_read(&[&of_a]);
    assert_eq!(get(&server, Some(&token), &of_a).await.status(), 200);
    assert_eq!(
        get(&server, Some(&token), &format!("{of_a}?x=y"))
            .await
            .status(),
        200
    );
    assert_eq!(get(&server, Some(&token), &root).await.status(), 403);
    assert_eq!(get(&server, Some(&token), &one).await.status(), 403);
    assert_eq!(
        get(&server, Some(&may_read(&["*"])), &root).await.status(),
        200
    );
}

#[tokio::test]
async fn n61_what_is_not_there_is_not_found() {
    let server = announcing().await;
    let _stream = server.subscribe("match=a").await;
    let token = may_read(&["*"]);
    let root = format!("{PATH}/subscriptions");
    for (path, status) in [
        ("exact/a/nobody", 404),
        ("exact/nobody/x", 404),
        ("exact/a/b/c", 404),
        ("regexp/a/b", 400),
        ("Exact/a/b", 400),
        ("exact/%FF", 400),
        ("exact/%FF/x", 400),
    ] {
        let answer = get(&server, Some(&token), &format!("{root}/{path}")).await;
        assert_eq!(answer.status(), status, "{path}");
        detail(&answer);
    }
    let bearer = format!("Bearer {token}");
    let fields = [("Authorization", &*bearer)];
    let answer = server.ask("DELETE", &root, &fields, "").await;
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.head.field("allow"), Some("GET, HEAD"));
}

#[tokio::test]
async fn n61_where_subscriptions_are_off_there_is_no_api() {
    let server = Server::start().await;
    let root = format!("{PATH}/subscriptions");
    let answer = get(&server, Some(&may_read(&["*"])), &root).await;
    assert_eq!(answer.status(), 404);
    let mut stream = server.subscribe_as(&may_read(&["*"]), "match=*").await;
    drop(server.subscribe("match=a").await);
    server.publish("topic=last&id=last").await;
    assert_eq!(stream.next_id().await, "last");
}

#[tokio::test]
async fn n62_a_list_says_where_to_go_on_listening() {
    let server = announcing().await;
    let token = watcher_token();
    let root = format!("{PATH}/subscriptions");
    let answer = get(&server, Some(&token), &root).await;
    let link = |last: &str| {
        format!(
            "<https://hub.example/.well-known/mercure>; rel=\"mercure\"; last-event-id=\"{last}\"; \
             type=\"mercure\"; content-type=\"application/json\""
        )
    };
    assert_eq!(answer.head.field("link"), Some(&*link("earliest")));
    assert_eq!(answer.head.field("etag"), Some("\"earliest\""));

    let id = server.publish("topic=a&private").await;
    let answer = get(&server, Some(&token), &root).await;
    assert_eq!(answer.head.field("link"), Some(&*link(&id)));
    let tag = format!("\"{id}\"");
    assert_eq!(answer.head.field("etag"), Some(&*tag));

    let bearer = format!("Bearer {token}");
    let weak = format!("W/{tag}");
    let several = format!("\"x\", {tag}");
    for (seen, status) in [
        (&*tag, 304),
        (&*weak, 304),
        (&*several, 304),
        ("*", 304),
        ("\"x\"", 200),
        (&*id, 200),
    ] {
        let fields = [("Authorization", &*bearer), ("If-None-Match", seen)];
        let answer = server.ask("GET", &root, &fields, "").await;
        assert_eq!(answer.status(), status, "{seen}");
        assert_eq!(answer.head.field("etag"), Some(&*tag));
        assert_eq!(answer.head.field("link"), Some(&*link(&id)));
        assert_eq!(answer.body.is_empty(), status == 304);
    }
    // Whoever has no right is not told that nothing has changed.
    let fields = [("If-None-Match", &*tag)];
    assert_eq!(server.ask("GET", &root, &fields, "").await.status(), 401);

    // From the place that it names, nothing that changed since is missed.
    let stream = server.subscribe("match=a").await;
    let query = format!("{ALL}&last_event_id={id}");
    let mut watcher = server.subscribe_as(&token, &query).await;
    let event = watcher.next_json(Some("mercure")).await;
    assert_eq!(
        (&event["match"], &event["active"]),
        (&json!("a"), &json!(true))
    );
    drop(stream);
}

/// An id is the publisher's to choose, but the header's structure is not.
#[tokio::test]
async fn n62_no_id_breaks_out_of_the_link() {
    let server = announcing().await;
    let token = may_read(&["*"]);
    let root = format!("{PATH}/subscriptions");
    for (id, shown) in [
        ("x\"; rel=\"evil", "x\\\"; rel=\\\"evil"),
        ("x\\", "x\\\\"),
        ("<>,;", "<>,;"),
    ] {
        server.publish(&format!("topic=a&id={}", encoded(id))).await;
        let answer = get(&server, Some(&token), &root).await;
        let link = answer.head.field("link").unwrap();
        assert!(
            link.contains(&format!("; last-event-id=\"{shown}\"; ")),
            "{link}"
        );
        let tag = answer.head.field("etag").unwrap();
        assert_eq!(tag.matches('"').count(), 2, "{tag}");
        let fields = [
            ("Authorization", &*format!("Bearer {token}")),
            ("If-None-Match", tag),
        ];
        assert_eq!(
            server.ask("GET", &root, &fields, "").await.status(),
            304,
            "{tag}"
        );
    }
}

#[tokio::test]
async fn n56_two_hundred_subscribers_are_told_of_once_each() {
    let server = announcing().await;
    let mut watcher = watch(&server).await;
    let mut streams = Vec::new();
    for n in 0..200 {
        streams.push(server.subscribe(&format!("match=one&match=own-{n}")).await);
    }
    let counted = async |watcher: &mut Stream, active: bool| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for _ in 0..400 {
            let event = watcher.next_json(Some("mercure")).await;
            assert_eq!(event["active"], active);
            *counts
                .entry(event["id"].as_str().unwrap().to_owned())
                .or_default() += 1;
        }
        assert_eq!(counts.len(), 400, "none twice");
        counts
    };
    let begun = counted(&mut watcher, true).await;
    let root = format!("{PATH}/subscriptions/exact/one");
    let list = json_of(&get(&server, Some(&watcher_token()), &root).await);
    assert_eq!(list["subscriptions"].as_array().unwrap().len(), 200);
    drop(streams);
    assert_eq!(counted(&mut watcher, false).await, begun);
    // And nothing more than that.
    let _last = server.subscribe("match=last").await;
    assert_eq!(watcher.next_json(Some("mercure")).await["match"], "last");
    let list = json_of(&get(&server, Some(&watcher_token()), &root).await);
    assert_eq!(list["subscriptions"], json!([]));
}

/// What is private is not counted by strangers.
#[tokio::test]
async fn n55_events_of_subscriptions_have_random_ids() {
    let server = announcing().await;
    let mut watcher = watch(&server).await;
    let _stream = server.subscribe("match=a").await;
    let id = watcher.next_id().await;
    let uuid = id.strip_prefix("urn:uuid:").expect("an IRI");
    assert_eq!(&uuid[14..15], "4", "{id}");
}

/// Nobody is announced who has not come in.
#[tokio::test]
async fn n56_what_is_refused_is_not_told_of() {
    let server = announcing().await;
    let mut watcher = watch(&server).await;
    let accept = [("Accept", "application/json")];
    assert_eq!(server.get("match=refused", &accept).await.status(), 406);
    let target = format!("{PATH}?match=refused");
    assert_eq!(server.head(&target, &[]).await.status, 200);
    assert_eq!(server.get("match=refused&matchX", &[]).await.status(), 400);
    let _last = server.subscribe("match=last").await;
    assert_eq!(watcher.next_json(Some("mercure")).await["match"], "last");
}
