//! What a client that returns gets (draft-dunglas-mercure-08, sections Reconnection and Authorization
//! on Event Replay).

use crate::{
    forge::{may_publish, may_read},
    server::{Server, encoded},
    setup::Setup,
};

/// A hub that holds these ids of topic `a`.
async fn holding(ids: &[&str]) -> Server {
    let server = Server::start().await;
    for id in ids {
        server.publish(&format!("topic=a&id={}", encoded(id))).await;
    }
    server
}

#[tokio::test]
async fn n49_every_event_has_an_id() {
    let server = Server::start().await;
    let mut stream = server.subscribe("match=a").await;
    let id = server.publish("topic=a").await;
    assert_eq!(stream.next_id().await, id);
    // Also those that came in by the other door.
    let bearer = format!("Bearer {}", may_publish(&["*"]));
    let fields = [
        ("Authorization", &*bearer),
        ("Content-Type", "application/json"),
    ];
    let body = r#"{"topic":"a","message":"x"}"#;
    let answer = server.ask("POST", "/", &fields, body).await;
    let id = answer.head.field("event-id").unwrap();
    assert_eq!(stream.next_id().await, id);
    let query = format!("match=a&last_event_id={id}");
    assert_eq!(server.subscribe(&query).await.cursor(), Some(id));
}

#[tokio::test]
async fn n50_the_header_goes_before_the_query() {
    let server = holding(&["1", "2", "3"]).await;
    let header = |id| [("Last-Event-ID", id)];
    for (query, fields, cursor, first) in [
        ("", header("2").as_slice(), "2", "3"),
        ("&last_event_id=2", &[], "2", "3"),
        ("&last_event_id=1", &header("2"), "2", "3"),
        ("&last_event_id=unknown", &header("2"), "2", "3"),
        ("&last_event_id=2&last_event_id=1", &[], "2", "3"),
        ("&last_event_id=2", &header("1"), "1", "2"),
    ] {
        let mut stream = server
            .subscribe_with(&format!("match=a{query}"), fields)
            .await;
        assert_eq!(stream.cursor(), Some(cursor), "{query} {fields:?}");
        assert_eq!(stream.next_id().await, first, "{query} {fields:?}");
    }
}

#[tokio::test]
async fn n50_what_was_missed_comes_once_in_order_and_the_live_after_it() {
    for direct_lane in [true, false] {
        let server = Server::on_lane(direct_lane).await;
        for n in 0..20 {
            server
                .publish(&format!("topic={}&id={n}", ["a", "b", "c"][n % 3]))
                .await;
        }
        let mut stream = server.subscribe("match=a&match=b&last_event_id=4").await;
        for n in 20..24 {
            server
                .publish(&format!("topic={}&id={n}", ["a", "b", "c"][n % 3]))
                .await;
        }
        for n in (5..24).filter(|n| n % 3 != 2) {
            assert_eq!(stream.next_id().await, n.to_string());
        }
    }
}

/// A client comes back with other rights than those it left with.
#[tokio::test]
async fn n50_each_event_is_replayed_by_the_rights_of_now() {
    for direct_lane in [true, false] {
        let server = Server::on_lane(direct_lane).await;
        let mut before = server.subscribe_as(&may_read(&["a", "b"]), "match=*").await;
        for (form, id) in [
            ("topic=a&private", "1"),
            ("topic=b&private", "2"),
            ("topic=a", "3"),
            ("topic=a&topic=b&private", "4"),
            ("topic=b&private", "5"),
        ] {
            server.publish(&format!("{form}&id={id}")).await;
            assert_eq!(before.next_id().await, id);
        }
        drop(before);
        for (token, expected) in [
            (Some(may_read(&["b"])), ["2", "3", "4", "5"].as_slice()),
            (Some(may_read(&["a"])), &["1", "3", "4"]),
            (Some(may_read(&["c"])), &["3"]),
            (None, &["3"]),
        ] {
            let query = "match=*&last_event_id=earliest";
            let mut stream = match &token {
                Some(token) => server.subscribe_as(token, query).await,
                None => server.subscribe(query).await,
            };
            for id in expected {
                assert_eq!(stream.next_id().await, *id);
            }
            let last = server.publish("topic=last").await;
            // Streams opened later get those of the earlier ones, too.
            while stream.next_id().await != last {}
        }
    }
}

#[tokio::test]
async fn n51_earliest_is_everything_that_is_held() {
    let server = holding(&["1", "2"]).await;
    let fields = [("Last-Event-ID", "earliest")];
    for (query, fields) in [("&last_event_id=earliest", [].as_slice()), ("", &fields)] {
        let mut stream = server
            .subscribe_with(&format!("match=a{query}"), fields)
            .await;
        assert_eq!(stream.cursor(), Some("earliest"));
        assert_eq!(stream.next_id().await, "1");
        assert_eq!(stream.next_id().await, "2");
    }
    let empty = Server::start().await;
    let stream = empty.subscribe("match=a&last_event_id=earliest").await;
    assert_eq!(stream.cursor(), Some("earliest"));
}

#[tokio::test]
async fn n52_whoever_asks_is_told_where_the_stream_begins() {
    let server = holding(&["1", "2", "\u{e9}"]).await;
    for (query, fields, expected) in [
        ("", [].as_slice(), None),
        ("&last_event_id=1", &[], Some("1")),
        ("&last_event_id=2", &[], Some("2")),
        ("&last_event_id", &[], Some("earliest")),
        ("&last_event_id=", &[], Some("earliest")),
        ("", &[("Last-Event-ID", "")], Some("earliest")),
        (
            "&last_event_id=1",
            &[("Last-Event-ID", "")],
            Some("earliest"),
        ),
        ("&last_event_id=nobody", &[], Some("earliest")),
        ("&last_event_id=0123abcv-7", &[], Some("earliest")),
        ("&last_event_id=a%0Ab", &[], Some("earliest")),
    ] {
        let stream = server
            .subscribe_with(&format!("match=a{query}"), fields)
            .await;
        assert_eq!(stream.cursor(), expected, "{query} {fields:?}");
    }
    // The last id: nothing is missing, and what comes next follows.
    let mut stream = server.subscribe("match=a&last_event_id=%C3%A9").await;
    assert_eq!(stream.cursor(), Some("\u{e9}"));
    server.publish("topic=a&id=4").await;
    assert_eq!(stream.next_id().await, "4");
}

/// An id of another topic, or of a private message, is a place all the same.
#[tokio::test]
async fn n52_any_event_is_a_place_to_go_on_from() {
    let server = Server::start().await;
    for form in ["topic=a&id=1", "topic=b&id=2&private", "topic=a&id=3"] {
        server.publish(form).await;
    }
    let mut stream = server.subscribe("match=a&last_event_id=2").await;
    assert_eq!(stream.cursor(), Some("2"));
    assert_eq!(stream.next_id().await, "3");
}

/// All that is held comes, and the header says that it may not be all there was. No event says it:
/// the protocol knows none for that.
#[tokio::test]
async fn n53_an_unknown_id_is_as_earliest() {
    for direct_lane in [true, false] {
        let server = Setup {
            direct_lane,
            more: "history_messages = 2".to_owned(),
            ..Setup::default()
        }
        .start()
        .await;
        for id in 1..=4 {
            server.publish(&format!("topic=a&id={id}")).await;
        }
        for id in ["1", "nobody", "urn:x"] {
            let mut stream = server
                .subscribe(&format!("match=a&last_event_id={id}"))
                .await;
            assert_eq!(stream.cursor(), Some("earliest"), "{id}");
            assert_eq!(stream.next().await.unwrap(), "id: 3\ndata:\n\n");
            assert_eq!(stream.next().await.unwrap(), "id: 4\ndata:\n\n");
        }
        let stream = server.subscribe("match=a&last_event_id=3").await;
        assert_eq!(stream.cursor(), Some("3"));
    }
}

#[tokio::test]
async fn n54_of_two_events_with_one_id_the_earlier_counts() {
    let server = Server::start().await;
    for (id, data) in [("1", "a"), ("2", "b"), ("3", "c"), ("2", "d"), ("4", "e")] {
        server
            .publish(&format!("topic=a&id={id}&data={data}"))
            .await;
    }
    let mut stream = server.subscribe("match=a&last_event_id=2").await;
    assert_eq!(stream.cursor(), Some("2"));
    for expected in [
        "id: 3\ndata: c\n\n",
        "id: 2\ndata: d\n\n",
        "id: 4\ndata: e\n\n",
    ] {
        assert_eq!(stream.next().await.unwrap(), expected);
    }
}

/// A client that reads too slowly was moved on over what history had let go, and nobody told it.
#[tokio::test]
async fn n52_a_stream_that_would_skip_ends_and_its_client_is_told_when_it_comes_back() {
    for direct_lane in [true, false] {
        let setup = Setup {
            more: "history_messages = 20\nsend_buffer = '4KiB'".to_owned(),
            direct_lane,
            ..Setup::default()
        };
        let server = setup.start().await;
        let mut slow = server.subscribe("match=a").await;
        let long = "x".repeat(20_000);
        let mut ids = Vec::new();
        for _ in 0..400 {
            ids.push(server.publish(&format!("topic=a&data={long}")).await);
        }
        let mut received = Vec::new();
        while let Some(event) = slow.next().await {
            let id = event.lines().next().unwrap().strip_prefix("id: ");
            received.push(id.unwrap().to_owned());
        }
        let last = received.last().unwrap();
        assert_eq!(received, ids[..received.len()], "without a hole");
        assert!(received.len() < 380, "it was too slow");
        let query = format!("match=a&last_event_id={}", encoded(last));
        let mut back = server.subscribe(&query).await;
        assert_eq!(back.cursor(), Some("earliest"));
        for id in &ids[380..] {
            assert_eq!(back.next_id().await, *id);
        }
    }
}

#[tokio::test]
async fn n55_ids_tell_nothing_of_what_was_published_in_between() {
    let server = Server::start().await;
    let first = server.publish("topic=a").await;
    server.publish("topic=b&private").await;
    let second = server.publish("topic=a").await;
    for id in [&first, &second] {
        assert_eq!(id.as_bytes()[9 + 14], b'4', "a random UUID: {id}");
    }
}

/// A resource tells by a `Link` of its app's how far it has come; from there a client misses nothing.
#[tokio::test]
async fn n63_what_a_resource_names_as_its_last_id_is_where_a_stream_goes_on() {
    let server = Server::start().await;
    server.publish("topic=a&data=older").await;
    // What the app has of a publish is what it puts into its `last-event-id`.
    let last = server.publish("topic=a&data=in+the+resource").await;
    let next = server.publish("topic=a&data=since").await;
    let query = format!("match=a&last_event_id={}", encoded(&last));
    let mut stream = server.subscribe(&query).await;
    assert_eq!(stream.cursor(), Some(&*last));
    assert_eq!(stream.next_id().await, next);
}
