//! The API for active subscriptions (draft-dunglas-mercure-08, section Subscription API).

use std::collections::HashSet;

use serde_json::{Value, json};
use tidings_mercure::PATH;
use tidings_testing::http::Response;

use crate::{
    active_subscriptions::{ALL, watch, watcher_token},
    forge::{SUBSCRIBER, claims, detail as granting, may_read, v1},
    server::{Server, detail, encoded},
    setup::Setup,
};

pub(crate) async fn get(server: &Server, token: Option<&str>, path: &str) -> Response {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let fields: Vec<(&str, &str)> = bearer
        .iter()
        .map(|b| ("Authorization", b.as_str()))
        .collect();
    server.ask("GET", path, &fields, "").await
}

pub(crate) fn json_of(answer: &Response) -> Value {
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert_eq!(answer.head.field("content-type"), Some("application/json"));
    serde_json::from_str(answer.text()).unwrap()
}

#[tokio::test]
async fn n59_the_lists_are_those_who_are_there() {
    let server = Server::announcing().await;
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
    let server = Server::announcing().await;
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
    let server = Server::announcing().await;
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
    let server = Server::announcing().await;
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
    let tag = answer.head.field("etag").unwrap();
    assert!(tag.starts_with("\"earliest-"), "{tag}");

    let id = server.publish("topic=a&private").await;
    let answer = get(&server, Some(&token), &root).await;
    assert_eq!(answer.head.field("link"), Some(&*link(&id)));
    let tag = answer.head.field("etag").unwrap().to_owned();
    assert!(tag.starts_with(&format!("\"{id}-")), "{tag}");

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
    let server = Server::announcing().await;
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

/// Follows the pages of a list to its end; their lengths, and all that is in them.
async fn pages(server: &Server, token: &str, path: &str) -> (Vec<usize>, Vec<Value>) {
    let (mut lengths, mut all) = (Vec::new(), Vec::new());
    let mut target = path.to_owned();
    loop {
        let answer = get(server, Some(token), &target).await;
        let list = json_of(&answer);
        assert_eq!(list["id"], path);
        let listed = list["subscriptions"].as_array().unwrap();
        lengths.push(listed.len());
        all.extend(listed.iter().cloned());
        let links: Vec<&str> = answer.head.all("link").collect();
        assert!(links[0].contains("; rel=\"mercure\";"), "{links:?}");
        match links[..] {
            [_] => return (lengths, all),
            [_, next] => {
                let next = next.strip_suffix(">; rel=\"next\"").unwrap();
                // Relative to the address of the list.
                let query = next.strip_prefix("<?after=").unwrap();
                target = format!("{path}?after={query}");
            }
            _ => panic!("{links:?}"),
        }
    }
}

/// 10,000 were listed, and the rest left out without a word.
#[tokio::test]
async fn n61_a_long_list_comes_in_pages_with_nothing_left_out() {
    let server = Server::announcing().await;
    let token = watcher_token();
    let root = format!("{PATH}/subscriptions");
    let query: Vec<String> = (0..100).map(|n| format!("match={n}")).collect();
    let query = query.join("&");
    let mut streams = Vec::new();
    for _ in 0..100 {
        streams.push(server.subscribe(&query).await);
    }
    let (lengths, _) = pages(&server, &token, &root).await;
    assert_eq!(lengths, [10_000], "a full page that is the last one");
    streams.push(server.subscribe(&query).await);
    let (lengths, all) = pages(&server, &token, &root).await;
    assert_eq!(lengths, [10_000, 100]);
    let ids: HashSet<&str> = all.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 10_100, "each is listed once");
    let (lengths, _) = pages(&server, &token, &format!("{root}/exact/7")).await;
    assert_eq!(lengths, [101]);

    // Each announcement changes what the page says was last; so all have to be out.
    let published = async || {
        let stats = server.ask("GET", "/stats", &[], "").await;
        let stats: Value = serde_json::from_str(stats.text()).unwrap();
        stats["published"].as_u64().unwrap()
    };
    while published().await < 10_100 {
        tokio::task::yield_now().await;
    }
    // A page that has not changed says so, and still where the next one is.
    let first = get(&server, Some(&token), &root).await;
    let tag = first.head.field("etag").unwrap();
    let next = first.head.all("link").nth(1).unwrap();
    let query = next.strip_prefix('<').unwrap().split('>').next().unwrap();
    for (target, links) in [(&root, 2), (&format!("{root}{query}"), 1)] {
        let bearer = format!("Bearer {token}");
        let fields = [("Authorization", &*bearer), ("If-None-Match", tag)];
        let answer = server.ask("GET", target, &fields, "").await;
        assert_eq!(answer.status(), 304);
        assert_eq!(answer.head.all("link").count(), links, "{answer:?}");
    }
    server.publish("topic=a").await;
    let bearer = format!("Bearer {token}");
    let fields = [("Authorization", &*bearer), ("If-None-Match", tag)];
    let answer = server.ask("GET", &root, &fields, "").await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn n61_a_page_begins_only_where_its_list_has_said() {
    let server = Server::announcing().await;
    let mut watcher = watch(&server).await;
    let _stream = server.subscribe("match=a").await;
    let event = watcher.next_json(Some("mercure")).await;
    let token = watcher_token();
    let root = format!("{PATH}/subscriptions");
    for target in [
        format!("{root}?after="),
        format!("{root}?after=1"),
        format!("{root}?after=AAAA"),
        format!("{root}/exact/a?after=x"),
        format!("{root}?after=x&after=y"),
        format!("{}?after=x", event["id"].as_str().unwrap()),
    ] {
        let answer = get(&server, Some(&token), &target).await;
        assert_eq!(answer.status(), 400, "{target}");
        assert!(detail(&answer).contains("leave"), "{target}");
    }
}

/// What one asker is told is not for another, nor what is asked for in one dialect for the other.
#[tokio::test]
async fn n61_answers_say_what_they_depend_on() {
    let server = Server::announcing().await;
    let root = format!("{PATH}/subscriptions");
    let one = format!("{root}/exact/a/x");
    let token = may_read(&["*"]);
    for (token, target, status) in [
        (Some(&*token), &root, 200),
        (Some(&*token), &one, 404),
        (Some(&*may_read(&["a"])), &root, 403),
        (None, &root, 401),
    ] {
        let answer = get(&server, token, target).await;
        assert_eq!(answer.status(), status);
        let vary: Vec<&str> = answer.head.all("vary").collect();
        assert_eq!(vary, ["Accept, Authorization, Cookie"]);
        let cache = answer.head.field("cache-control");
        assert_eq!(cache, Some("private, no-cache"));
    }
}

/// The tag was the last id alone. A publisher may give one id twice, and then an answer from before counted as the one
/// of now, although the list had changed in between; the same while a change was listed and not yet told.
#[tokio::test]
async fn n62_the_same_last_id_is_not_the_same_list() {
    let server = Server::announcing().await;
    let token = watcher_token();
    let bearer = format!("Bearer {token}");
    let root = format!("{PATH}/subscriptions");
    let mut watcher = watch(&server).await;
    server.publish("topic=a&id=twice").await;
    let before = get(&server, Some(&token), &root).await;
    let tag = before.head.field("etag").unwrap();
    assert!(tag.starts_with("\"twice-"), "{tag}");
    let fields = [("Authorization", &*bearer), ("If-None-Match", tag)];
    let unchanged = server.ask("GET", &root, &fields, "").await;
    assert_eq!(unchanged.status(), 304);

    let _stream = server.subscribe("match=more").await;
    while watcher.next_json(Some("mercure")).await["match"] != "more" {}
    server.publish("topic=a&id=twice").await;
    let now = server.ask("GET", &root, &fields, "").await;
    assert_eq!(now.status(), 200);
    assert_eq!(now.head.field("link"), before.head.field("link"));
    let count = |answer| json_of(answer)["subscriptions"].as_array().unwrap().len();
    assert_eq!(count(&now), count(&before) + 1);
}

/// Where history is empty there is no last id; the list may have changed all the same.
#[tokio::test]
async fn n62_without_history_a_change_is_still_a_change() {
    let server = Setup {
        subscriptions: true,
        more: "history_age = '100ms'\n".to_owned(),
        ..Setup::default()
    }
    .start()
    .await;
    let token = may_read(&["*"]);
    let root = format!("{PATH}/subscriptions");
    let tag_without_history = async || {
        loop {
            let answer = get(&server, Some(&token), &root).await;
            let tag = answer.head.field("etag").unwrap();
            if tag.starts_with("\"earliest-") {
                return (tag.to_owned(), json_of(&answer)["subscriptions"].clone());
            }
        }
    };
    let tag_without_history =
        || tidings_testing::within("the end of history", tag_without_history());
    let (none, _) = tag_without_history().await;
    let _stream = server.subscribe("match=a").await;
    let (one, listed) = tag_without_history().await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_ne!(none, one);
    assert_eq!(tag_without_history().await.0, one, "nothing has changed");
}
