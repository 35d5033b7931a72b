//! The dialect 0.x, as clients that were made for it speak it.

use tidings_mercure::PATH;

use crate::{
    forge::{PUBLISHER, legacy_publisher},
    server::{Server, encoded},
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
