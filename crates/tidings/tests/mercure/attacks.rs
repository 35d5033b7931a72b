//! Tokens and requests that are meant to deceive. What the rules for tokens refuse is under their
//! numbers; here is what fits none of them.

use serde_json::json;
use tidings_mercure::PATH;
use tidings_testing::http::Connection;

use crate::{
    forge::{
        DETAIL, PUBLISHER, SUBSCRIBER, base64url, claims, detail, legacy_publisher, may_publish,
        may_read, signed_with, v1,
    },
    server::{Server, encoded},
    setup::Setup,
};

#[tokio::test]
async fn a_token_is_three_parts_of_base64url_and_nothing_more() {
    let server = Server::start().await;
    let good = may_publish(&["*"]);
    assert_eq!(server.post_as(&good, "topic=a").await.status(), 200);
    let parts: Vec<&str> = good.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("{good}")
    };
    let mut flipped = good.clone().into_bytes();
    let last = flipped.len() - 10;
    flipped[last] = if flipped[last] == b'A' { b'B' } else { b'A' };
    for bad in [
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!(".{claims}.{signature}"),
        format!("{header}..{signature}"),
        format!("{good}."),
        format!("{good}.x"),
        format!("{good}="),
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}.{}", &signature[..signature.len() - 2]),
        format!(
            "{header}.{}.{signature}",
            base64url(r#"{"iss":"https://app.example"}"#)
        ),
        String::from_utf8(flipped).unwrap(),
        format!("{header}.{claims}.{}", base64url([0; 32])),
        format!("{header}.{claims}.{}", base64url([])),
    ] {
        let answer = server.post_as(&bad, "topic=a").await;
        assert_eq!(answer.status(), 401, "{bad}");
    }
}

#[tokio::test]
async fn claims_are_one_object_that_says_everything_once() {
    let server = Server::start().await;
    let header = r#"{"alg":"HS256","typ":"at+jwt"}"#;
    let good = claims(json!([detail("publish", &["*"])])).to_string();
    let twice = good.replacen('{', r#"{"exp":1,"#, 1);
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    for bad in [
        twice,
        format!("{good}x"),
        format!("{good}{good}"),
        format!("[{good}]"),
        "null".to_owned(),
        "\"x\"".to_owned(),
        String::new(),
        good.replacen('{', &format!("{{\"x\":{deep},"), 1),
        good.replacen("\"exp\":", "\"exp\":1e999,\"x\":", 1),
    ] {
        let token = signed_with(PUBLISHER, header, &bad);
        let answer = server.post_as(&token, "topic=a").await;
        assert_eq!(answer.status(), 401, "{}", &bad[..bad.len().min(80)]);
    }
}

/// The hub has one name where it has been given one; a request cannot give it another.
#[tokio::test]
async fn a_host_header_does_not_change_what_the_hub_is() {
    let server = Server::start().await;
    let mut other = claims(json!([detail("publish", &["*"])]));
    other["aud"] = json!("https://other.example/.well-known/mercure");
    for (claims, status) in [
        (other, 401),
        (claims(json!([detail("publish", &["*"])])), 200),
    ] {
        let token = v1(PUBLISHER, &claims);
        let request = format!(
            "POST {PATH} HTTP/1.1\r\nHost: other.example\r\nX-Forwarded-Proto: https\r\n\
             X-Forwarded-Host: other.example\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\ntopic=a"
        );
        let mut connection = Connection::open(&server.address).await;
        connection.send(request.as_bytes()).await;
        assert_eq!(connection.response().await.status(), status);
    }
}

#[tokio::test]
async fn a_granted_pattern_is_not_fooled_by_look_alikes() {
    let server = Server::start().await;
    let topics = json!([{"match": "https://app.example/users/1/*", "match_type": "urlpattern"}]);
    let details = json!([{"type": DETAIL, "actions": ["publish", "subscribe"], "topics": topics}]);
    let publisher = v1(PUBLISHER, &claims(details.clone()));
    let mut reader = server
        .subscribe_as(&v1(SUBSCRIBER, &claims(details)), "match=*")
        .await;
    for topic in [
        "https://app.example.evil/users/1/x",
        "https://app.example@evil/users/1/x",
        "https://evil/https://app.example/users/1/x",
        "https://app.example:8443/users/1/x",
        "http://app.example/users/1/x",
        "https://app.example/users/1/../2/x",
        "https://app.example/users/1/%2e%2e/2/x",
        "https://app.example/users/1",
        "https://app.example/users/12/x",
        "https://app.example/x?/users/1/x",
        "https://app.example/#/users/1/x",
        "/users/1/x",
    ] {
        let topic = encoded(topic);
        let answer = server.post_as(&publisher, &format!("topic={topic}")).await;
        assert_eq!(answer.status(), 403, "{topic}");
        server
            .publish(&format!("topic={topic}&private&id={topic}"))
            .await;
    }
    server
        .publish("topic=https://app.example/users/1/x&private&id=mine")
        .await;
    assert_eq!(reader.next_id().await, "mine");
}

/// Only the hub speaks as the hub, also where topics are named in JSON.
#[tokio::test]
async fn the_other_door_does_not_lead_to_the_hubs_own_topics() {
    let server = Server::announcing().await;
    let topic = "/.well-known/mercure/subscriptions/exact/a/x";
    let mut stream = server
        .subscribe_as(&may_read(&["*"]), &format!("match={topic}&match=last"))
        .await;
    for token in [
        may_publish(&["*"]),
        may_publish(&[topic]),
        legacy_publisher(&["*"]),
    ] {
        let bearer = format!("Bearer {token}");
        let fields = [
            ("Authorization", &*bearer),
            ("Content-Type", "application/json"),
        ];
        for topic in [
            json!(topic),
            json!(["a", topic]),
            json!("https://x/.well-known/%6Dercure/x"),
        ] {
            let body = json!({"topic": topic, "message": "x", "event": "mercure"}).to_string();
            let answer = server.ask("POST", "/", &fields, &body).await;
            assert_eq!(answer.status(), 422, "{topic}");
        }
    }
    server.publish("topic=last&id=last").await;
    assert_eq!(stream.next_id().await, "last");
}

/// Who listens to several topics cannot tell by which one an event came: so by its name the hub's
/// own must be known.
#[tokio::test]
async fn the_other_door_does_not_make_events_of_the_hub() {
    let server = Server::start().await;
    let mut stream = server.subscribe("match=a").await;
    let bearer = format!("Bearer {}", may_publish(&["*"]));
    let fields = [
        ("Authorization", &*bearer),
        ("Content-Type", "application/json"),
    ];
    for (event, status) in [("mercure", 422), ("Mercure", 200)] {
        let body = json!({"topic": "a", "message": "x", "event": event}).to_string();
        let answer = server.ask("POST", "/", &fields, &body).await;
        assert_eq!(answer.status(), status, "{event}");
    }
    assert!(stream.next().await.unwrap().contains("event: Mercure\n"));
}

/// A page that a visitor's browser trusts with its cookie is not every page.
#[tokio::test]
async fn a_form_of_another_site_publishes_nothing() {
    let server = Setup {
        publish_origin: &["https://app.example"],
        ..Setup::default()
    }
    .start()
    .await;
    let cookie = format!("__Secure-mercure_access_token={}", may_publish(&["*"]));
    for kind in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
    ] {
        let fields = [
            ("Cookie", &*cookie),
            ("Origin", "https://evil.example"),
            ("Content-Type", kind),
        ];
        assert_eq!(
            server.ask("POST", PATH, &fields, "topic=a").await.status(),
            400
        );
        assert_eq!(
            server.ask("POST", "/", &fields, "topic=a").await.status(),
            400
        );
    }
}

/// Rights do not stay with a connection.
#[tokio::test]
async fn each_request_of_a_connection_brings_its_own_token() {
    let server = Server::start().await;
    let mut connection = Connection::open(&server.address).await;
    let bearer = format!("Bearer {}", may_publish(&["*"]));
    let form = crate::server::FORM;
    for (fields, status) in [
        ([form, ("Authorization", &*bearer)].as_slice(), 200),
        (&[form], 401),
        (&[form, ("Authorization", &bearer)], 200),
        (&[form, ("Authorization", "Bearer x")], 401),
    ] {
        connection.request("POST", PATH, fields, "topic=a").await;
        assert_eq!(connection.response().await.status(), status);
    }
}

/// Whoever may read less must not be given what one before it was given, though both listen to the
/// same: on neither lane, live or from history.
#[tokio::test]
async fn rights_are_not_shared_among_those_who_listen_to_the_same() {
    for direct_lane in [true, false] {
        let server = Server::on_lane(direct_lane).await;
        let mut streams = Vec::new();
        for n in 0..30 {
            let own = format!("u{}", n % 3);
            streams.push(server.subscribe_as(&may_read(&[&own]), "match=*").await);
        }
        for n in 0..30 {
            server
                .publish(&format!("topic=x&topic=u{}&private&id={n}", n % 3))
                .await;
        }
        server.publish("topic=x&id=last").await;
        for (index, stream) in streams.iter_mut().enumerate() {
            for n in (0..30).filter(|n| n % 3 == index % 3) {
                assert_eq!(stream.next_id().await, n.to_string());
            }
            assert_eq!(stream.next_id().await, "last");
        }
    }
}

#[tokio::test]
async fn a_token_of_any_bytes_is_answered() {
    let server = Server::start().await;
    for token in [
        b"Bearer \xff\xfe".as_slice(),
        b"Bearer \x80.\x80.\x80",
        b"Bearer ....",
        b"Bearer .",
        b"Bearer ..",
        b"Bearer e30.e30.e30",
        b"Bearer bnVsbA.bnVsbA.bnVsbA",
        b"\xffBearer x",
    ] {
        let mut connection = Connection::open(&server.address).await;
        let mut request =
            format!("POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: ").into_bytes();
        request.extend_from_slice(token);
        request.extend_from_slice(b"\r\nContent-Length: 0\r\n\r\n");
        connection.send(&request).await;
        let status = connection.response().await.status();
        assert!(matches!(status, 400 | 401), "{status} {token:?}");
    }
}
