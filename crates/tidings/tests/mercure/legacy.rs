//! The dialect 0.x, as clients that were made for it speak it.

use serde_json::{Value, json};
use tidings_mercure::PATH;

use crate::{
    forge::{
        DETAIL, PUBLISHER, SUBSCRIBER, claims, detail as granting, legacy, legacy_publisher,
        legacy_reader, may_publish, may_read, now, signed_with, v1,
    },
    server::{FORM, Server, Setup, Stream, encoded},
};

/// What a subscriber to `topic=` with this selector gets of these topics.
async fn delivers(selector: &str, yes: &[&str], no: &[&str]) {
    let server = Server::start().await;
    let query = format!("topic={}&topic=last", encoded(selector));
    let mut stream = server.subscribe(&query).await;
    for topic in no.iter().chain(yes) {
        let topic = encoded(topic);
        server.publish(&format!("topic={topic}&id={topic}")).await;
    }
    for topic in yes {
        assert_eq!(stream.next_id().await, *topic, "{selector}");
    }
    server.publish("topic=last&id=last").await;
    assert_eq!(stream.next_id().await, "last", "{selector}");
}

#[tokio::test]
async fn s2_1_a_selector_is_a_topic_or_a_template() {
    delivers("a", &["a"], &["A", "a/", "/a"]).await;
    delivers(
        "/books/{id}",
        &["/books/1", "/books/", "/books/{id}"],
        &["/books/1/2", "/books/\u{e9}"],
    )
    .await;
    delivers("/books{/id}", &["/books/1", "/books"], &["/books/1/2"]).await;
    delivers(
        "https://example.com/{+path}",
        &["https://example.com/a/b"],
        &["https://example.org/a"],
    )
    .await;
    delivers("/b{?x,y}", &["/b", "/b?x=1", "/b?x=1&y=2"], &["/b/c"]).await;
    // Not a template: a text.
    delivers("/books/{id", &["/books/{id"], &["/books/1"]).await;
    // Nothing is resolved.
    delivers("/a", &["/a"], &["https://hub.example/a", "../a"]).await;
}

#[tokio::test]
async fn s2_4_1_both_dialects_are_served_at_one_address() {
    let server = Server::start().await;
    let query = "topic=%2Fold%2F{x}&match=a&match_exact=b&match_urlpattern=%2Fnew%2F%3Ax";
    let mut stream = server.subscribe(query).await;
    for (topic, id) in [("/old/1", "1"), ("a", "2"), ("b", "3"), ("/new/1", "4")] {
        server
            .publish(&format!("topic={}&id={id}", encoded(topic)))
            .await;
        assert_eq!(stream.next_id().await, id, "{topic}");
    }
    // The new part of the namespace is not the old one's.
    let answer = server.get("topic=a&Match=b", &[]).await;
    assert_eq!(answer.status(), 400);
}

/// As tokens of Symfony and Laravel are: fractions of seconds, and a list that is empty.
#[tokio::test]
async fn s2_3_tokens_and_queries_are_taken_as_frameworks_make_them() {
    let server = Server::start().await;
    let claims = json!({"exp": now() + 60.408_731, "mercure": {"publish": [], "subscribe": ["a"]}});
    let old = format!("mercureAuthorization={}", legacy(SUBSCRIBER, &claims));
    server.publish("topic=a&private=on&id=1").await;
    server.publish("topic=a&private=on&id=2").await;
    let query = "topic=a&lastEventID=1&Last-Event-ID=1";
    let mut stream = server.subscribe_with(query, &[("Cookie", &old)]).await;
    assert_eq!(stream.next_id().await, "2");
}

/// A hub is configured by the variables that its former images had.
#[tokio::test]
async fn s2_4_8_the_variables_of_the_old_images_make_a_hub() {
    let secret = str::from_utf8(PUBLISHER).unwrap();
    let server = Server::by_environment(&[
        ("MERCURE_PUBLISHER_JWT_KEY", secret),
        ("MERCURE_SUBSCRIBER_JWT_KEY", secret),
        ("MERCURE_EXTRA_DIRECTIVES", "anonymous\nsubscriptions"),
    ])
    .await;
    let mut stream = server.subscribe("topic=a").await;
    let token = legacy_publisher(&["*"]);
    let answer = server.post_as(&token, "topic=a&id=1").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(stream.next_id().await, "1");
    let root = format!("{PATH}/subscriptions");
    assert_eq!(server.ask("GET", &root, &[], "").await.status(), 401);
}

#[tokio::test]
async fn s2_4_8_the_probe_of_the_old_images_is_answered() {
    let server = Server::start().await;
    assert_eq!(server.ask("GET", "/healthz", &[], "").await.status(), 200);
}

#[tokio::test]
async fn s2_1_tokens_need_no_dates_no_issuer_and_no_audience() {
    let server = Server::start().await;
    for more in [
        json!({}),
        json!({"exp": now() + 60.5, "iat": now() - 1.5, "nbf": now() - 0.5}),
        json!({"iss": "https://app.example", "aud": "https://elsewhere.example"}),
        json!({"sub": "x", "jti": "y", "aud": []}),
    ] {
        let mut claims = more.clone();
        claims["mercure"] = json!({"publish": ["*"], "subscribe": []});
        for header in [
            r#"{"alg":"HS256","typ":"JWT"}"#,
            r#"{"alg":"HS256"}"#,
            r#"{"typ":"jwt","alg":"HS256"}"#,
        ] {
            let token = signed_with(PUBLISHER, header, &claims.to_string());
            let answer = server.post_as(&token, "topic=a").await;
            assert_eq!(answer.status(), 200, "{header} {more}");
        }
    }
    let expired = json!({"exp": now() - 1.0, "mercure": {"publish": ["*"]}});
    let answer = server
        .post_as(&legacy(PUBLISHER, &expired), "topic=a")
        .await;
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn s2_4_5_the_claim_may_have_its_long_name_which_wins() {
    let server = Server::start().await;
    for (claims, status) in [
        (json!({"https://mercure.rocks/": {"publish": ["a"]}}), 200),
        (
            json!({"https://mercure.rocks/": {"publish": ["a"]}, "mercure": {"publish": ["b"]}}),
            200,
        ),
        (
            json!({"https://mercure.rocks/": {"publish": ["b"]}, "mercure": {"publish": ["a"]}}),
            401,
        ),
        (json!({"https://mercure.rocks": {"publish": ["a"]}}), 401),
        (json!({"mercure": {"publish": [{"match": "a"}]}}), 200),
        (
            json!({"mercure": {"publish": [{"match": "/.well-known/:x", "match_type": "urlpattern"}]}}),
            200,
        ),
    ] {
        let answer = server.post_as(&legacy(PUBLISHER, &claims), "topic=a").await;
        assert_eq!(answer.status(), status, "{claims}");
    }
}

#[tokio::test]
async fn s2_4_7_what_is_not_granted_is_a_401() {
    let server = Server::start().await;
    let mut stream = server.subscribe("topic=*").await;
    for claims in [
        json!({}),
        json!({"mercure": {}}),
        json!({"mercure": null}),
        json!({"mercure": {"publish": []}}),
        json!({"mercure": {"publish": null}}),
        json!({"mercure": {"subscribe": ["*"]}}),
        json!({"mercure": {"publish": ["b", "/{x}/y"]}}),
    ] {
        let answer = server.post_as(&legacy(PUBLISHER, &claims), "topic=a").await;
        assert_eq!(answer.status(), 401, "{claims}");
    }
    // All of them have to be granted, by templates as well.
    let token = legacy_publisher(&["/books/{id}", "a"]);
    for (form, status) in [
        ("topic=a&topic=/books/1&id=1", 200),
        ("topic=a&topic=/books/1/2", 401),
        ("topic=b&topic=a", 401),
    ] {
        assert_eq!(
            server.post_as(&token, form).await.status(),
            status,
            "{form}"
        );
    }
    assert_eq!(stream.next_id().await, "1");
}

#[tokio::test]
async fn s2_1_what_is_private_is_read_by_selectors() {
    for direct_lane in [true, false] {
        let server = Setup {
            direct_lane,
            ..Setup::default()
        }
        .start()
        .await;
        let token = legacy_reader(&["/users/1/{x}", "a"]);
        let mut stream = server.subscribe_as(&token, "topic=*").await;
        for (form, id) in [
            ("topic=/users/2/x", "1"),
            ("topic=/users/1/x", "2"),
            ("topic=b&topic=a", "3"),
            ("topic=b", "4"),
        ] {
            server.publish(&format!("{form}&private=on&id={id}")).await;
        }
        assert_eq!(stream.next_id().await, "2");
        assert_eq!(stream.next_id().await, "3");
    }
}

#[tokio::test]
async fn s2_4_4_a_token_may_come_in_the_query_or_in_the_old_cookie() {
    let server = Setup {
        anonymous: false,
        publish_origin: &["https://app.example"],
        ..Setup::default()
    }
    .start()
    .await;
    let token = legacy_reader(&["a"]);
    let old = format!("mercureAuthorization={token}");
    let new = format!("__Secure-mercure_access_token={token}");
    let in_query = format!("topic=a&authorization={token}");
    let mut streams = vec![
        server.subscribe(&in_query).await,
        server.subscribe_with("topic=a", &[("Cookie", &old)]).await,
        server.subscribe_with("topic=a", &[("Cookie", &new)]).await,
        server.open("QUERY", PATH, &[FORM], &in_query).await,
    ];
    server.publish("topic=a&private&id=1").await;
    for stream in &mut streams {
        assert_eq!(stream.next_id().await, "1");
    }
    // In this order: header, query, new cookie, old cookie.
    let bad = "Bearer x.y.z";
    let status = async |query: &str, fields: &[(&str, &str)]| {
        server.head(&format!("{PATH}?{query}"), fields).await.status
    };
    assert_eq!(status(&in_query, &[("Authorization", bad)]).await, 401);
    assert_eq!(
        status("topic=a&authorization=x.y.z", &[("Cookie", &old)]).await,
        401
    );
    assert_eq!(
        status(&in_query, &[("Cookie", "mercureAuthorization=x.y.z")]).await,
        200
    );
    let both = format!("mercureAuthorization=x.y.z; {new}");
    assert_eq!(status("topic=a", &[("Cookie", &both)]).await, 200);
    let both = format!("{old}; __Secure-mercure_access_token=x.y.z");
    assert_eq!(status("topic=a", &[("Cookie", &both)]).await, 401);

    // Cookies publish from allowed pages only, whatever their name.
    let cookie = format!("mercureAuthorization={}", legacy_publisher(&["*"]));
    let post = async |origin: &str| {
        let fields = [("Cookie", &*cookie), ("Origin", origin)];
        server.post("topic=a", &fields).await.status()
    };
    assert_eq!(post("https://app.example").await, 200);
    assert_eq!(post("https://evil.example").await, 400);
    let in_query = format!("{PATH}?authorization={}", legacy_publisher(&["*"]));
    let answer = server.ask("POST", &in_query, &[FORM], "topic=a").await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn s2_2_where_the_dialect_is_off_nothing_of_it_is_looked_at() {
    let server = Setup {
        anonymous: false,
        legacy_tokens: false,
        ..Setup::default()
    }
    .start()
    .await;
    let token = legacy_reader(&["a"]);
    for (query, fields) in [
        (
            format!("topic=a&authorization={token}"),
            ("X", "y".to_owned()),
        ),
        (
            "topic=a".to_owned(),
            ("Cookie", format!("mercureAuthorization={token}")),
        ),
        (
            "topic=a".to_owned(),
            ("Authorization", format!("Bearer {token}")),
        ),
    ] {
        let answer = server.get(&query, &[(fields.0, &fields.1)]).await;
        assert_eq!(answer.status(), 401);
    }
    let answer = server.post_as(&legacy_publisher(&["*"]), "topic=a").await;
    assert_eq!(answer.status(), 401);
    // A parameter that means nothing here is passed over.
    let query = format!("match=a&authorization={token}");
    server.subscribe_as(&may_read(&["a"]), &query).await;
}

#[tokio::test]
async fn s2_4_2_a_stream_goes_on_by_any_name_of_the_cursor() {
    let server = Server::start().await;
    for id in 1..=3 {
        server.publish(&format!("topic=a&id={id}")).await;
    }
    for query in [
        "lastEventID=2",
        "Last-Event-ID=2",
        "last_event_id=2",
        // What the helper of a framework appends.
        "lastEventID=2&Last-Event-ID=2",
    ] {
        for selector in ["topic", "match"] {
            let mut stream = server.subscribe(&format!("{selector}=a&{query}")).await;
            assert_eq!(stream.cursor(), Some("2"), "{query}");
            assert_eq!(stream.next_id().await, "3", "{query}");
        }
    }
    let fields = [("Last-Event-ID", "1")];
    let mut stream = server
        .subscribe_with("topic=a&lastEventID=2", &fields)
        .await;
    assert_eq!(stream.cursor(), Some("1"));
    assert_eq!(stream.next_id().await, "2");
    let stream = server.subscribe("topic=a&lastEventID=earliest").await;
    assert_eq!(stream.cursor(), Some("earliest"));
}

/// Not `{/topic}{/subscriber}`: that does not match the `+` that a space becomes.
const ALL: &str = "/.well-known/mercure/subscriptions/{+all}";

/// A stream of all that is told of subscriptions of 0.x, past what it is told of itself.
async fn watch(server: &Server) -> Stream {
    let query = format!("topic={}", encoded(ALL));
    let mut stream = server.subscribe_as(&legacy_reader(&[ALL]), &query).await;
    drop(server.subscribe("topic=first").await);
    loop {
        let event = stream.next_json(None).await;
        if event["topic"] == "first" && event["active"] == false {
            return stream;
        }
    }
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

/// The stricter rules are worth nothing if a token can be read by the others.
#[tokio::test]
async fn s2_4_3_nothing_of_1_0_falls_back() {
    let server = Setup {
        anonymous: false,
        ..Setup::default()
    }
    .start()
    .await;
    let everything = json!({"publish": ["*"], "subscribe": ["*"]});
    let with_old = |mut claims: Value| {
        claims["mercure"] = everything.clone();
        claims["https://mercure.rocks/"] = everything.clone();
        claims
    };
    let granted = claims(json!([granting("publish", &["b"])]));
    let changed = |name: &str, value: Value| {
        let mut claims = with_old(granted.clone());
        claims[name] = value;
        claims
    };
    let status = async |token: String| server.post_as(&token, "topic=a").await.status();
    // What the old claim has is no right of a new token.
    assert_eq!(status(v1(PUBLISHER, &with_old(granted.clone()))).await, 403);
    for claims in [
        changed("aud", json!("https://else.example")),
        changed("exp", json!(now() - 1.0)),
        changed("iss", json!("https://else.example")),
        changed("authorization_details", json!([{"type": DETAIL}])),
        changed("authorization_details", json!(null)),
    ] {
        assert_eq!(status(v1(PUBLISHER, &claims)).await, 401, "{claims}");
        // Nor with another type.
        assert_eq!(status(legacy(PUBLISHER, &claims)).await, 401, "{claims}");
    }
    for details in [
        json!(null),
        json!([]),
        json!("x"),
        json!([{"type": "other"}]),
    ] {
        let claims = json!({"mercure": everything, "authorization_details": details});
        assert_eq!(status(legacy(PUBLISHER, &claims)).await, 401, "{claims}");
    }
    let old = json!({"mercure": everything});
    assert_eq!(status(v1(PUBLISHER, &old)).await, 401);
    assert_eq!(status(legacy(PUBLISHER, &old)).await, 200);

    // A token of 1.0 does not come where those of 0.x do.
    let token = may_read(&["a"]);
    let in_query = format!("match=a&authorization={token}");
    let cookie = format!("mercureAuthorization={token}");
    assert_eq!(server.get(&in_query, &[]).await.status(), 401);
    assert_eq!(
        server.get("match=a", &[("Cookie", &cookie)]).await.status(),
        401
    );
    let target = format!("{PATH}?authorization={}", may_publish(&["*"]));
    assert_eq!(
        server
            .ask("POST", &target, &[FORM], "topic=a")
            .await
            .status(),
        401
    );
}
