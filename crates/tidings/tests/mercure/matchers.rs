//! What a stream gets (draft-dunglas-mercure-08, section Matcher Types), through real publishes.

use std::time::Instant;

use serde_json::json;

use crate::{
    forge::{DETAIL, PUBLISHER, claims, v1},
    server::{SOON, Server, detail, encoded},
};

/// What a stream with this query gets of these topics.
async fn delivered(query: &str, topics: &[&str]) -> Vec<String> {
    let server = Server::start().await;
    let mut stream = server.subscribe(&format!("{query}&match=last")).await;
    for (index, topic) in topics.iter().enumerate() {
        let topic = encoded(topic);
        server.publish(&format!("topic={topic}&id={index}")).await;
    }
    server.publish("topic=last&id=last").await;
    let mut delivered = Vec::new();
    loop {
        match &*stream.next_id().await {
            "last" => return delivered,
            id => delivered.push(topics[id.parse::<usize>().unwrap()].to_owned()),
        }
    }
}

/// Of `yes` and `no`, exactly the former come.
async fn delivers(query: &str, yes: &[&str], no: &[&str]) {
    let topics = [yes, no].concat();
    assert_eq!(delivered(query, &topics).await, yes, "{query}");
}

fn pattern(pattern: &str) -> String {
    format!("match_urlpattern={}", encoded(pattern))
}

#[tokio::test]
async fn n13_exact_topics_and_url_patterns_are_matchers() {
    let query = "match_exact=/a/:x";
    delivers(query, &["/a/:x"], &["/a/1"]).await;
    delivers("match=/a/:x", &["/a/:x"], &["/a/1"]).await;
    delivers("match_urlpattern=/a/:x", &["/a/1", "/a/:x"], &["/b"]).await;
}

#[tokio::test]
async fn n14_the_wildcard_is_for_every_topic_whatever_the_type() {
    for name in ["match", "match_exact", "match_urlpattern", "topic"] {
        let topics = [
            "a",
            "/a/b/c?d#e",
            "http://a b/",
            "urn:x:y",
            "**",
            "{x}",
            "é",
        ];
        delivers(&format!("{name}=*"), &topics, &[]).await;
    }
    // Only alone is it one.
    delivers("match=a*", &["a*"], &["a", "ab"]).await;
}

#[tokio::test]
async fn n15_exact_is_byte_for_byte() {
    let topics = [
        "https://Example.com/A",
        "https://example.com/a",
        "https://example.com/A/",
        "https://example.com:443/A",
        "https://example.com/%41",
    ];
    let query = "match=https://example.com/A";
    delivers(query, &["https://example.com/A"], &topics).await;
    // Neither is resolved against the hub's address, nor is one form of Unicode the other.
    let absolute = "https://hub.example/.well-known/foo";
    delivers(
        "match=foo",
        &["foo"],
        &[absolute, "./foo", "/.well-known/foo"],
    )
    .await;
    delivers("match=%C3%A9", &["\u{e9}"], &["e\u{301}", "%C3%A9"]).await;
    delivers("match=+a+", &[" a "], &["a"]).await;
}

#[tokio::test]
async fn n16_patterns_and_topics_are_resolved_against_the_hub() {
    let books = [
        "https://hub.example/books/1",
        "/books/1",
        "../books/1",
        "../../books/1",
        "//hub.example/books/1",
        "HTTPS://HUB.EXAMPLE:443/books/1",
        "/x/../books/1",
    ];
    let others = [
        "https://other.example/books/1",
        "http://hub.example/books/1",
        "https://hub.example:8443/books/1",
        "books/1",
        "/books/",
        "/books/1/2",
        "/Books/1",
        "urn:books:1",
    ];
    for relative in [
        "/books/:id",
        "../books/:id",
        "https://hub.example/books/:id",
    ] {
        delivers(&pattern(relative), &books, &others).await;
    }
    delivers(
        &pattern("https://*.example/books/:id"),
        &["https://other.example/books/1", "/books/1"],
        &["https://example/books/1", "http://other.example/books/1"],
    )
    .await;
    delivers(
        &pattern("http{s}?://other.example/:kind(books|films)/:id(\\d+)"),
        &[
            "https://other.example/books/1",
            "http://other.example/films/22",
        ],
        &[
            "https://other.example/books/x",
            "https://other.example/songs/1",
        ],
    )
    .await;
}

#[tokio::test]
async fn n16_case_counts_but_in_hosts() {
    delivers(
        &pattern("https://OTHER.example/Books/:id"),
        &[
            "https://other.example/Books/1",
            "https://Other.Example/Books/1",
        ],
        &["https://other.example/books/1"],
    )
    .await;
}

#[tokio::test]
async fn n17_a_topic_that_is_no_url_matches_no_pattern() {
    let none = ["http://a b/", "https://[", "https://a:x/"];
    for every in ["*://*/*", ":x(.*)", "/*"] {
        let query = pattern(every);
        assert_eq!(delivered(&query, &none).await, [""; 0], "{every}");
    }
    delivers("match=https://[", &["https://["], &[]).await;
}

#[tokio::test]
async fn n17_a_pattern_that_is_none_is_refused_wherever_it_comes() {
    let server = Server::start().await;
    for bad in ["(", "/:a/:a", "https://[", "/{a", "/(a", "/(\u{e9})"] {
        let answer = server.get(&pattern(bad), &[]).await;
        assert_eq!(answer.status(), 400, "{bad}");
        assert!(detail(&answer).contains("URL Pattern"), "{bad}");

        let topics = json!([{"match": "a"}, {"match": bad, "match_type": "urlpattern"}]);
        let claims = claims(json!([{"type": DETAIL, "actions": ["publish"], "topics": topics}]));
        let answer = server.post_as(&v1(PUBLISHER, &claims), "topic=a").await;
        assert_eq!(answer.status(), 401, "{bad}");
        let challenge = answer.head.field("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{bad}");
    }
}

/// A backtracking engine would take longer than the universe has lasted for one of these.
#[tokio::test]
async fn n18_no_pattern_holds_the_hub_up() {
    let server = Server::start().await;
    let costly = [
        "/((?:a+)+)b",
        "/((?:a|a)*)b",
        "/*a*a*a*a*a*a*a*b",
        "/((?:a?){50}a{50})b",
    ];
    let mut open = Vec::new();
    for costly in costly {
        let fields = [];
        let query = pattern(costly);
        let mut connection = tidings_testing::http::Connection::open(&server.address).await;
        let target = format!("{}?{query}&match=last", tidings_mercure::PATH);
        connection.request("GET", &target, &fields, "").await;
        let head = connection.head().await;
        // What would take too much memory is refused: also well.
        assert!(matches!(head.status, 200 | 400), "{costly}");
        open.push((head.status, connection));
    }
    assert!(open.iter().any(|(status, _)| *status == 200));
    let began = Instant::now();
    let topic = format!("/{}", "a".repeat(4000));
    for _ in 0..10 {
        server.publish(&format!("topic={topic}")).await;
    }
    server.publish("topic=last&id=last").await;
    for (_, mut stream) in open.into_iter().filter(|(status, _)| *status == 200) {
        assert_eq!(stream.chunk().await.unwrap(), b":\n");
        assert_eq!(stream.chunk().await.unwrap(), b"id: last\ndata:\n\n");
    }
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[tokio::test]
async fn n19_a_bare_topic_lies_beside_the_hub_and_what_a_pattern_leaves_out_is_free() {
    let beside = [
        "foo",
        "/.well-known/foo",
        "https://hub.example/.well-known/foo",
    ];
    delivers(&pattern("/.well-known/:x"), &beside, &["/foo", "x/foo"]).await;
    delivers(&pattern("foo"), &beside, &["bar", "/foo"]).await;
    delivers(
        &pattern("/books/:id"),
        &["/books/1?x=y", "/books/1#z", "/books/1?x#z"],
        &[],
    )
    .await;
    delivers(
        &pattern("/books/:id\\?x=y"),
        &["/books/1?x=y", "/books/1?x=y#z"],
        &["/books/1"],
    )
    .await;
}
