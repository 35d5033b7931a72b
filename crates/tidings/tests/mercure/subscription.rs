//! Opening a stream (draft-dunglas-mercure-08, section Subscription).

use tidings_mercure::PATH;

use crate::{
    forge::{may_publish, may_read},
    server::{FORM, Server, detail, encoded},
    setup::Setup,
};

#[tokio::test]
async fn n1_get_and_query_open_the_stream() {
    let server = Server::start().await;
    let mut got = server.subscribe("match=a").await;
    let mut queried = server.open("QUERY", PATH, &[FORM], "match=a").await;
    server.publish("topic=a&id=1&data=x").await;
    for stream in [&mut got, &mut queried] {
        assert_eq!(stream.next().await.unwrap(), "id: 1\ndata: x\n\n");
    }
}

#[tokio::test]
async fn n1_a_query_is_a_form_and_nothing_else() {
    let server = Server::start().await;
    let json = [("Content-Type", "application/json")];
    let answer = server.ask("QUERY", PATH, &json, r#"{"match":"a"}"#).await;
    assert_eq!(answer.status(), 415);
    assert!(detail(&answer).contains("application/x-www-form-urlencoded"));
    // A body of no type is not passed over: what it asks for would be missing in silence.
    let target = format!("{PATH}?match=a");
    let answer = server.ask("QUERY", &target, &[], "match=b").await;
    assert_eq!(answer.status(), 415);
    // The body of a GET says nothing.
    let answer = server.ask("GET", PATH, &[FORM], "match=a").await;
    assert_eq!(answer.status(), 400);
    // Without a body, the parameters of a QUERY may be in its target.
    let mut stream = server.open("QUERY", &target, &[], "").await;
    server.publish("topic=a&id=1").await;
    assert_eq!(stream.next_id().await, "1");
}

#[tokio::test]
async fn n1_other_methods_are_told_which_there_are() {
    let server = Server::start().await;
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = server.ask(method, PATH, &[], "").await;
        assert_eq!(answer.status(), 405, "{method}");
        assert_eq!(answer.head.field("allow"), Some("GET, HEAD, POST, QUERY"));
        detail(&answer);
    }
}

#[tokio::test]
async fn n2_the_parameters_are_those_of_query_and_body_together() {
    let server = Server::start().await;
    for id in 1..=3 {
        server.publish(&format!("topic=a&topic=b&id={id}")).await;
    }
    let target = format!("{PATH}?match=a&last_event_id=2");
    let body = "match=b&match_urlpattern=/c/:x&last_event_id=1";
    let mut stream = server.open("QUERY", &target, &[FORM], body).await;
    assert_eq!(stream.cursor(), Some("2"), "that of the query counts");
    assert_eq!(stream.next_id().await, "3");
    for (topic, id) in [("a", "4"), ("d", "-"), ("b", "5"), ("/c/1", "6")] {
        server.publish(&format!("topic={topic}&id={id}")).await;
    }
    for id in ["4", "5", "6"] {
        assert_eq!(stream.next_id().await, id);
    }
    // Alone, that of the body counts.
    let target = format!("{PATH}?match=a");
    let stream = server
        .open("QUERY", &target, &[FORM], "last_event_id=1")
        .await;
    assert_eq!(stream.cursor(), Some("1"));
    // An empty one in the query is one, too.
    let target = format!("{PATH}?match=a&last_event_id");
    let stream = server
        .open("QUERY", &target, &[FORM], "last_event_id=1")
        .await;
    assert_eq!(stream.cursor(), Some("earliest"));
}

#[tokio::test]
async fn n3_the_query_is_read_as_a_form() {
    let server = Server::start().await;
    let query = "&&match=a+b&match=c%2Bd&%6Datch=e=f&=&match&x;match=g&match=%zz";
    let mut stream = server.subscribe(query).await;
    for (topic, id) in [
        ("a+b", "1"),
        ("c%2Bd", "2"),
        ("e%3Df", "3"),
        ("g", "-"),
        ("%zz", "4"),
    ] {
        server.publish(&format!("topic={topic}&id={id}")).await;
    }
    for id in ["1", "2", "3", "4"] {
        assert_eq!(stream.next_id().await, id);
    }
}

#[tokio::test]
async fn n4_matchers_of_all_types_go_together() {
    let server = Server::start().await;
    let query = "match=a&match_exact=b&match=c&match_urlpattern=/d/:x&match_urlpattern=/e/*";
    let mut stream = server.subscribe(query).await;
    for topic in ["a", "b", "x", "c", "/d/1", "/d/1/2", "/e/1/2"] {
        server.publish(&format!("topic={topic}&id={topic}")).await;
    }
    for id in ["a", "b", "c", "/d/1", "/e/1/2"] {
        assert_eq!(stream.next_id().await, id);
    }
}

#[tokio::test]
async fn n5_every_other_name_that_begins_with_match_is_refused() {
    let server = Server::start().await;
    for name in [
        "Match",
        "MATCH",
        "matchFoo",
        "match_regexp",
        "match_Exact",
        "match_URLPattern",
        "match_uritemplate",
        "match_",
        "matches",
        "mAtCh_exact",
        "match%20",
        "match%FF",
        "match[]",
    ] {
        for query in [format!("{name}=a"), format!("match=a&{name}=a")] {
            let answer = server.get(&query, &[]).await;
            assert_eq!(answer.status(), 400, "{query}");
            assert!(detail(&answer).contains("match_urlpattern"), "{query}");
            assert_eq!(answer.head.field("www-authenticate"), None);
        }
        let body = format!("match=a&{name}=a");
        let answer = server.ask("QUERY", PATH, &[FORM], &body).await;
        assert_eq!(answer.status(), 400, "{body}");
    }
    server.subscribe("match=a&mat=b&amatch=c").await;
}

#[tokio::test]
async fn n6_matchers_are_utf8_without_what_cannot_be_seen() {
    let server = Server::start().await;
    for name in ["match", "match_exact", "match_urlpattern", "topic"] {
        for value in [
            "%FF",
            "a%C3",
            "%00",
            "a%0Ab",
            "%0D",
            "%09",
            "%7F",
            "%C2%80",
            "%C2%9F",
            "%C2%AD",
            "%E2%80%8B",
            "%E2%80%AE",
            "%EF%BB%BF",
            "%F3%A0%80%81",
            "%D8%80",
        ] {
            let query = format!("{name}={value}");
            let answer = server.get(&query, &[]).await;
            assert_eq!(answer.status(), 400, "{query}");
            detail(&answer);
        }
        server
            .subscribe(&format!("{name}=%C3%A9%F0%9F%9A%B2+"))
            .await;
    }
    for pattern in ["(", "/:a/:a", "https://[", "/{a", "/(?<n>a)", "/*?(*)("] {
        let query = format!("match_urlpattern={}", encoded(pattern));
        assert_eq!(server.get(&query, &[]).await.status(), 400, "{query}");
    }
}

#[tokio::test]
async fn n8_one_topic_and_one_matcher_in_common_are_enough() {
    let server = Server::start().await;
    let mut stream = server
        .subscribe("match=a&match=b&match_urlpattern=/b")
        .await;
    server.publish("topic=x&topic=y&id=0").await;
    server.publish("topic=x&topic=b&id=1").await;
    // All of them in common make no difference.
    server
        .publish("topic=a&topic=b&topic=/b&topic=a&id=2")
        .await;
    server.publish("topic=a&id=3").await;
    for id in ["1", "2", "3"] {
        assert_eq!(stream.next_id().await, id);
    }
}

#[tokio::test]
async fn n9_what_is_private_goes_to_who_is_authorised() {
    for direct_lane in [true, false] {
        let server = Server::on_lane(direct_lane).await;
        let mut all = server.subscribe_as(&may_read(&["a"]), "match=a").await;
        let mut other = server.subscribe_as(&may_read(&["b"]), "match=a").await;
        let mut none = server.subscribe("match=a").await;
        server.publish("topic=a&id=1&private=on").await;
        server.publish("topic=a&id=2").await;
        assert_eq!(all.next_id().await, "1");
        for stream in [&mut all, &mut other, &mut none] {
            assert_eq!(stream.next_id().await, "2");
        }
    }
}

#[tokio::test]
async fn n10_an_event_has_all_its_fields() {
    let server = Server::start().await;
    let mut stream = server.subscribe("match=a").await;
    let id = "urn:uuid:5e94c686-2c0b-4f9b-958c-92ccc3bbb4eb";
    server
        .publish(&format!("topic=a&id={id}&type=added&retry=3000&data=x%0Ay"))
        .await;
    assert_eq!(
        stream.next().await.unwrap(),
        format!("id: {id}\nevent: added\nretry: 3000\ndata: x\ndata: y\n\n")
    );
}

#[tokio::test]
async fn n11_a_comment_comes_when_nothing_else_does() {
    for direct_lane in [true, false] {
        let server = Setup {
            direct_lane,
            more: "heartbeat = '100ms'".to_owned(),
            ..Setup::default()
        }
        .start()
        .await;
        let mut stream = server.subscribe("match=a").await;
        for _ in 0..2 {
            assert_eq!(stream.chunk().await.as_deref(), Some(":\n"));
        }
    }
}

#[tokio::test]
async fn n12_a_stream_has_the_heads_that_keep_it_flowing() {
    let server = Server::start().await;
    let stream = server.subscribe("match=a").await;
    let field = |name| stream.head.field(name);
    assert_eq!(field("content-type"), Some("text/event-stream"));
    assert_eq!(field("cache-control"), Some(FOR_NO_CACHE));
    assert_eq!(field("x-accel-buffering"), Some("no"));
    assert_eq!(field("last-event-id"), None);
    assert_eq!(field("mercure-last-event-id"), None);
}

const FOR_NO_CACHE: &str = "private, no-cache, no-store, must-revalidate, max-age=0";

/// What is private was sent on `/sse` as if a cache might keep it.
#[tokio::test]
async fn n12_what_a_token_opens_is_for_no_cache_on_either_path() {
    let server = Server::start().await;
    let token = may_read(&["a"]);
    let bearer = format!("Bearer {token}");
    let cookie = format!("__Secure-mercure_access_token={token}");
    for fields in [("Authorization", &*bearer), ("Cookie", &*cookie)] {
        for target in [&*format!("{PATH}?match=a"), "/sse?topic=a"] {
            let stream = server.open("GET", target, &[fields], "").await;
            for head in [stream.head, server.head(target, &[fields]).await] {
                let cache: Vec<&str> = head.all("cache-control").collect();
                assert_eq!(cache, [FOR_NO_CACHE], "{target}");
            }
        }
    }
    let open_to_all = server.open("GET", "/sse?topic=a", &[], "").await;
    let cache = open_to_all.head.field("cache-control");
    assert_eq!(cache, Some("no-cache"));
}

#[tokio::test]
async fn n12_without_a_matcher_there_is_no_stream() {
    let server = Server::start().await;
    for query in ["", "x=y", "last_event_id=1", "=a"] {
        let answer = server.get(query, &[]).await;
        assert_eq!(answer.status(), 400, "{query}");
        assert!(detail(&answer).contains("match="));
    }
    let answer = server.ask("QUERY", PATH, &[FORM], "").await;
    assert_eq!(answer.status(), 400);
}

/// Also where no token of 0.x is believed: who reads what is public needs none.
#[tokio::test]
async fn n12_the_parameter_of_the_former_dialect_is_taken() {
    let server = Server::of_new_tokens().await;
    let mut stream = server.subscribe("topic=/a/{x}&match=b").await;
    server.publish("topic=/a/1&id=1").await;
    server.publish("topic=b&id=2").await;
    assert_eq!(stream.next_id().await, "1");
    assert_eq!(stream.next_id().await, "2");
}

#[tokio::test]
async fn n12_a_head_is_that_of_the_stream() {
    let server = Server::start().await;
    let mut connection = tidings_testing::http::Connection::open(&server.address).await;
    let target = format!("{PATH}?match=a");
    for _ in 0..2 {
        connection.request("HEAD", &target, &[], "").await;
        let head = connection.head().await;
        assert_eq!(head.status, 200);
        assert_eq!(head.field("content-type"), Some("text/event-stream"));
    }
    // What it would not have opened, it says.
    connection.request("HEAD", PATH, &[], "").await;
    assert_eq!(connection.head().await.status, 400);
}

/// Behind the direct lane there are no chunks to count on: HTTP/1.0 has none.
#[tokio::test]
async fn n10_an_old_client_gets_the_same_stream() {
    let server = Server::start().await;
    let mut connection = tokio::net::TcpStream::connect(&server.address)
        .await
        .unwrap();
    let token = may_read(&["a"]);
    let request = format!(
        "GET {PATH}?match=a&last_event_id=earliest HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    server.publish("topic=a&id=1&private&data=x").await;
    tokio::io::AsyncWriteExt::write_all(&mut connection, request.as_bytes())
        .await
        .unwrap();
    let mut received = String::new();
    let mut buffer = [0; 4096];
    while !received.ends_with("data: x\n\n") {
        let reading = tokio::io::AsyncReadExt::read(&mut connection, &mut buffer);
        let read = tidings_testing::within("an event", reading).await.unwrap();
        assert!(read > 0, "{received}");
        received += str::from_utf8(&buffer[..read]).unwrap();
    }
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    assert!(!head.to_ascii_lowercase().contains("transfer-encoding"));
    assert_eq!(body, ":\nid: 1\ndata: x\n\n");
}

/// The stream that a page gets at `/sse` keeps the same rules.
#[tokio::test]
async fn n9_what_is_private_does_not_leave_by_the_other_door() {
    let server = Server::start().await;
    let mut stream = server
        .open("GET", "/sse?topic=a&last_event_id=earliest", &[], "")
        .await;
    server.publish("topic=a&id=1&private").await;
    server.publish("topic=a&id=2").await;
    assert_eq!(stream.next_id().await, "2");
    let json = [("Content-Type", "application/json")];
    let body = r#"{"topic":"a","message":"x"}"#;
    assert_eq!(server.ask("POST", "/", &json, body).await.status(), 401);
    let bearer = format!("Bearer {}", may_publish(&["b"]));
    let fields = [json[0], ("Authorization", &*bearer)];
    assert_eq!(server.ask("POST", "/", &fields, body).await.status(), 403);
}
