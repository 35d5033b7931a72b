//! Events of active subscriptions (draft-dunglas-mercure-08, sections Payloads and Subscription
//! Events). For the API see `subscription_api`.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tidings_mercure::PATH;
use tidings_testing::http::Connection;
use tokio::task::JoinSet;

use crate::{
    forge::{DETAIL, SUBSCRIBER, claims, detail, legacy_reader, may_read, v1},
    server::{Server, Stream, encoded},
    setup::Setup,
    subscription_api::{get, json_of},
};

pub(crate) const ALL: &str = "match_urlpattern=/.well-known/mercure/subscriptions/*";

/// A token that may read what the hub tells of subscriptions, and all of the API.
pub(crate) fn watcher_token() -> String {
    let topics = json!([
        {"match": "/.well-known/mercure/subscriptions"},
        {"match": "/.well-known/mercure/subscriptions/*", "match_type": "urlpattern"},
    ]);
    let details = json!([{"type": DETAIL, "actions": ["subscribe"], "topics": topics}]);
    v1(SUBSCRIBER, &claims(details))
}

/// A stream of all that is told of subscriptions, past what it is told of itself.
pub(crate) async fn watch(server: &Server) -> Stream {
    let stream = server.subscribe_as(&watcher_token(), ALL).await;
    past_itself(server, stream, Some("mercure"), "match").await
}

/// The stream, which is told by events of this name, and past what it is told of itself. `parameter`
/// subscribes in its dialect.
///
/// Its own beginning may be told before or after its own stream begins; that of another comes after both.
pub(crate) async fn past_itself(
    server: &Server,
    mut stream: Stream,
    name: Option<&str>,
    parameter: &str,
) -> Stream {
    let mut first = Some(server.subscribe(&format!("{parameter}=first")).await);
    for active in [true, false] {
        loop {
            let event = stream.next_json(name).await;
            if event[parameter] == "first" && event["active"] == active {
                break;
            }
        }
        first.take();
    }
    stream
}

#[tokio::test]
async fn n48_the_payload_is_that_of_the_first_detail_that_matches() {
    let server = Server::announcing().await;
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
        let server = Server::announcing_on_lane(direct_lane).await;
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
    let server = Server::announcing().await;
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

/// They are looked for among those only who may want to be told.
#[tokio::test]
async fn n56_whoever_may_see_it_is_told_whatever_it_listens_by() {
    for direct_lane in [true, false] {
        let server = Server::announcing_on_lane(direct_lane).await;
        let mut by_pattern = watch(&server).await;
        let watched = server.subscribe("match=watched").await;
        let event = by_pattern.next_json(Some("mercure")).await;
        let id = event["id"].as_str().unwrap().to_owned();
        let everything = may_read(&["*"]);
        let by_name = format!("match={}", encoded(&id));
        let mut by_name = server.subscribe_as(&everything, &by_name).await;
        let mut by_wildcard = server.subscribe_as(&everything, "match=*").await;
        let by_template = format!(
            "topic={}",
            encoded("/.well-known/mercure/subscriptions{/rest*}")
        );
        let mut by_template = server
            .subscribe_as(&legacy_reader(&["*"]), &by_template)
            .await;
        let below_hub = "match_urlpattern=/.well-known/mercure/:subscriber";
        let mut below_hub = server.subscribe_as(&everything, below_hub).await;
        let anonymous = format!("{ALL}&match=*&match={}", encoded(&id));
        let mut anonymous = server.subscribe(&anonymous).await;
        drop(watched);
        assert_eq!(by_name.next_json(Some("mercure")).await["active"], false);
        for watcher in [&mut by_pattern, &mut by_wildcard, &mut by_template] {
            let is_end = |event: &str| event.contains(&id) && event.contains(r#""active":false"#);
            while !is_end(&watcher.next().await.unwrap()) {}
        }
        // As a URL, the address of this one is not below `subscriptions`.
        let _dots = server.subscribe("topic=..").await;
        assert_eq!(below_hub.next_json(None).await["topic"], "..");
        server.publish("topic=last&id=last").await;
        assert_eq!(anonymous.next_id().await, "last");
    }
}

#[tokio::test]
async fn n57_the_hub_names_the_subscriber() {
    let server = Server::announcing().await;
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
async fn n56_two_hundred_subscribers_are_told_of_once_each() {
    let server = Server::announcing().await;
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

/// Connections that came and went left announcements behind without a bound: half a gigabyte in some seconds. Now who
/// comes is slowed down, and of who has gone before that was told nothing is told.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn n56_who_comes_and_goes_leaves_neither_memory_nor_half_a_story() {
    let setup = Setup {
        subscriptions: true,
        // An eighth is for announcements: the watcher must not lose any, however slow this machine is.
        more: "history_messages = 4_000_000\nhistory_bytes = '128MiB'\n".to_owned(),
        ..Setup::default()
    };
    let server = setup.start().await;
    let watcher = watch(&server).await;
    let before = server.peak_memory();
    let watched = tokio::spawn(pairs_until_the_last(watcher));
    let mut churn = JoinSet::new();
    for _ in 0..4 {
        churn.spawn(come_and_go(server.address.clone()));
    }
    let connections: usize = churn.join_all().await.into_iter().sum();
    let _last = server.subscribe("match=the+last").await;
    let told = watched.await.unwrap();
    assert!(told <= 100 * connections);
    // What history has of it, and half of that for everything else. Without a bound it was 36 MiB, in a program
    // that is not optimized.
    let grown = server.peak_memory() - before;
    assert!(grown < 24 << 10, "{grown} KiB, {connections} connections");
}

/// Connections with as many matchers as there may be, one after the other; how many there were.
async fn come_and_go(address: String) -> usize {
    let matchers = (0..100).map(|n| format!("match={n:->70}&"));
    let target = format!("{PATH}?{}", matchers.collect::<String>());
    let end = Instant::now() + Duration::from_secs(3);
    let mut connections = 0;
    while Instant::now() < end {
        let mut connection = Connection::open(&address).await;
        connection.request("GET", &target, &[], "").await;
        assert_eq!(connection.head().await.status, 200);
        connections += 1;
    }
    connections
}

/// Sees to it that each beginning that is told has its end, until all that had begun before the last one has ended;
/// how many there were.
async fn pairs_until_the_last(mut watcher: Stream) -> usize {
    let (mut begun, mut active) = (HashSet::new(), HashSet::new());
    let mut last = false;
    while !last || !active.is_empty() {
        let event = watcher.next_json(Some("mercure")).await;
        let id = event["id"].as_str().unwrap().to_owned();
        if event["match"] == "the last" {
            last = true;
        } else if event["active"] == true {
            assert!(begun.insert(id.clone()), "it begins once: {id}");
            active.insert(id);
        } else {
            assert!(active.remove(&id), "it ends once, after that: {id}");
        }
    }
    begun.len()
}

#[tokio::test]
async fn n58_what_is_told_is_json_with_these_members_and_no_others() {
    let server = Server::announcing().await;
    let mut watcher = watch(&server).await;
    let mut detail = detail("subscribe", &["b"]);
    detail["payload"] = json!({"user": "u"});
    let token = v1(SUBSCRIBER, &claims(json!([detail])));
    let _stream = server.subscribe_as(&token, "match=a&match=b").await;
    let always = ["active", "id", "match", "match_type", "subscriber", "type"];
    for more in [[].as_slice(), &["payload"]] {
        let event = watcher.next_json(Some("mercure")).await;
        let mut names: Vec<&str> = event
            .as_object()
            .unwrap()
            .keys()
            .map(|name| name.as_str())
            .collect();
        let mut expected = [&always, more].concat();
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected);
    }
}

/// What is private is not counted by strangers.
#[tokio::test]
async fn n55_events_of_subscriptions_have_random_ids() {
    let server = Server::announcing().await;
    let mut watcher = watch(&server).await;
    let _stream = server.subscribe("match=a").await;
    let id = watcher.next_id().await;
    let uuid = id.strip_prefix("urn:uuid:").expect("an IRI");
    assert_eq!(&uuid[14..15], "4", "{id}");
}

/// Nobody is announced who has not come in.
#[tokio::test]
async fn n56_what_is_refused_is_not_told_of() {
    let server = Server::announcing().await;
    let mut watcher = watch(&server).await;
    let accept = [("Accept", "application/json")];
    assert_eq!(server.get("match=refused", &accept).await.status(), 406);
    let target = format!("{PATH}?match=refused");
    assert_eq!(server.head(&target, &[]).await.status, 200);
    assert_eq!(server.get("match=refused&matchX", &[]).await.status(), 400);
    let _last = server.subscribe("match=last").await;
    assert_eq!(watcher.next_json(Some("mercure")).await["match"], "last");
}
