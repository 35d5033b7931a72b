//! What a token permits, and until when (draft-dunglas-mercure-08, sections Authorization, Publishers and
//! Subscribers).

use std::time::Instant;

use serde_json::json;

use crate::{
    forge::{
        DETAIL, PUBLISHER, SUBSCRIBER, claims, detail, legacy, legacy_reader, may_publish,
        may_read, now, v1,
    },
    server::{Server, encoded},
    setup::Setup,
};

#[tokio::test]
async fn n32_publishers_need_a_token_and_readers_of_what_is_public_may_do_without() {
    for anonymous in [true, false] {
        let server = Setup {
            anonymous,
            ..Setup::default()
        }
        .start()
        .await;
        assert_eq!(server.post("topic=a", &[]).await.status(), 401);
        if anonymous {
            let mut stream = server.subscribe("match=a").await;
            server.publish("topic=a&private&id=1").await;
            server.publish("topic=a&id=2").await;
            assert_eq!(stream.next_id().await, "2");
        } else {
            assert_eq!(server.get("match=a", &[]).await.status(), 401);
            assert_eq!(
                server.ask("GET", "/sse?topic=a", &[], "").await.status(),
                401
            );
        }
        // With a token that grants nothing one may read what is public all the same.
        let token = v1(SUBSCRIBER, &claims(json!([])));
        let mut stream = server.subscribe_as(&token, "match=a").await;
        server.publish("topic=a&private&id=3").await;
        server.publish("topic=a&id=4").await;
        assert_eq!(stream.next_id().await, "4");
    }
}

#[tokio::test]
async fn n44_every_topic_has_to_be_granted() {
    let server = Server::start().await;
    let mut stream = server.subscribe("match=*").await;
    let token = may_publish(&["a", "b"]);
    for form in [
        "topic=c",
        "topic=a&topic=c",
        "topic=c&topic=a",
        "topic=a&topic=b&topic=A",
    ] {
        let answer = server.post_as(&token, form).await;
        assert_eq!(answer.status(), 403, "{form}");
        let challenge = answer.head.field("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"insufficient_scope\""));
    }
    for form in [
        "topic=a&id=1",
        "topic=b&topic=a&id=2",
        "topic=a&private&id=3",
        "topic=a&topic=a&id=4",
    ] {
        assert_eq!(server.post_as(&token, form).await.status(), 200, "{form}");
    }
    for id in ["1", "2", "4"] {
        assert_eq!(stream.next_id().await, id);
    }
}

#[tokio::test]
async fn n44_a_pattern_grants_what_it_matches() {
    let server = Server::start().await;
    let topics = json!([{"match": "https://hub.example/books/:id", "match_type": "urlpattern"}]);
    let details = json!([{"type": DETAIL, "actions": ["publish"], "topics": topics}]);
    let token = v1(PUBLISHER, &claims(details));
    for (topic, expected) in [
        ("/books/1", 200),
        ("../books/1", 200),
        ("https://hub.example/books/1?x", 200),
        ("/books/1/2", 403),
        ("https://other.example/books/1", 403),
        ("http://a b/books/1", 403),
    ] {
        let answer = server
            .post_as(&token, &format!("topic={}", encoded(topic)))
            .await;
        assert_eq!(answer.status(), expected, "{topic}");
    }
}

#[tokio::test]
async fn n45_one_granted_topic_of_an_update_is_enough_whichever_routed_it() {
    for direct_lane in [true, false] {
        let server = Server::on_lane(direct_lane).await;
        let mut stream = server.subscribe_as(&may_read(&["a"]), "match=b").await;
        server.publish("topic=b&private&id=1").await;
        server.publish("topic=b&topic=a&private&id=2").await;
        server.publish("topic=a&private&id=3").await;
        server.publish("topic=a&topic=c&topic=b&private&id=4").await;
        assert_eq!(stream.next_id().await, "2");
        assert_eq!(stream.next_id().await, "4");
    }
}

#[tokio::test]
async fn n45_what_is_listened_to_widens_no_right() {
    for direct_lane in [true, false] {
        let server = Server::on_lane(direct_lane).await;
        let token = may_read(&["a"]);
        let mut streams = Vec::new();
        for query in [
            "match=*",
            "match_urlpattern=*",
            "match_urlpattern=/.well-known/:x",
            "topic=*",
            "topic={x}",
        ] {
            streams.push(server.subscribe_as(&token, query).await);
        }
        for (topic, id) in [
            ("b", "1"),
            ("a", "2"),
            ("A", "3"),
            ("a/", "4"),
            ("./a", "5"),
        ] {
            server
                .publish(&format!("topic={topic}&private&id={id}"))
                .await;
        }
        server.publish("topic=a&id=6").await;
        for stream in &mut streams {
            assert_eq!(stream.next_id().await, "2");
            assert_eq!(stream.next_id().await, "6");
        }
    }
}

#[tokio::test]
async fn n46_a_stream_ends_with_its_token() {
    for direct_lane in [true, false] {
        let server = Server::on_lane(direct_lane).await;
        let begun = Instant::now();
        let exp = now() + 1.5;
        let mut v1_claims = claims(json!([detail("subscribe", &["a"])]));
        v1_claims["exp"] = json!(exp);
        let legacy_claims = json!({"exp": exp, "mercure": {"subscribe": ["a"]}});
        let tokens = [
            v1(SUBSCRIBER, &v1_claims),
            legacy(SUBSCRIBER, &legacy_claims),
        ];
        let mut lasting = server.subscribe_as(&legacy_reader(&["a"]), "match=a").await;
        let mut ending = Vec::new();
        for token in &tokens {
            ending.push(server.subscribe_as(token, "match=a").await);
            let target = format!("/sse?topic=a&authorization={token}");
            let bearer = format!("Bearer {token}");
            ending.push(
                server
                    .open("GET", &target, &[("Authorization", &bearer)], "")
                    .await,
            );
        }
        server.publish("topic=a&private&id=1").await;
        for stream in &mut ending {
            assert_eq!(stream.next_id().await, "1");
            while let Some(event) = stream.next().await {
                assert!(event.starts_with("retry:"), "{event}");
            }
        }
        // All have ended, none much before its time, and none after.
        assert!(now() < exp + 1.0, "{:?}", begun.elapsed());
        assert!(now() > exp - 1.0);
        server.publish("topic=a&private&id=2").await;
        assert_eq!(lasting.next_id().await, "1");
        assert_eq!(lasting.next_id().await, "2");
        // And does not come back. (They may have ended a little before their time; until then, what
        // opens ends at once.)
        for token in &tokens {
            let bearer = format!("Bearer {token}");
            let fields = [("Authorization", &*bearer)];
            let refused = async { while server.get("match=a", &fields).await.status() != 401 {} };
            tidings_testing::within("a refusal", refused).await;
            assert!(now() >= exp, "before its time");
        }
    }
}
