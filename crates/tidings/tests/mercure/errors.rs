//! Refusals that have to do with tokens (draft-dunglas-mercure-08, section Error Responses; RFC 6750,
//! section 3), to the letter.

use tidings_mercure::PATH;
use tidings_testing::http::{Connection, Response};

use crate::{
    forge::{HUB, PUBLISHER, legacy_publisher, may_publish, may_read, signed_with},
    server::{FORM, Server, detail},
    setup::Setup,
};

const METADATA: &str = "resource_metadata=\"https://hub.example/.well-known/oauth-protected-resource/.well-known/mercure\"";

/// This status, and this error or none in the challenge.
fn challenged(answer: &Response, status: u16, error: Option<&str>) {
    let expected = match error {
        Some(error) => format!("Bearer error=\"{error}\", {METADATA}"),
        None => format!("Bearer {METADATA}"),
    };
    assert_eq!(answer.status(), status, "{answer:?}");
    assert_eq!(answer.head.field("www-authenticate"), Some(&*expected));
    detail(answer);
}

#[tokio::test]
async fn n47_without_a_token_there_is_a_challenge_without_an_error() {
    let server = Setup {
        anonymous: false,
        subscriptions: true,
        ..Setup::default()
    }
    .start()
    .await;
    let list = format!("{PATH}/subscriptions");
    for basic in [[].as_slice(), &[("Authorization", "Basic dTpw")]] {
        challenged(&server.get("match=a", basic).await, 401, None);
        challenged(&server.post("topic=a", basic).await, 401, None);
        challenged(&server.ask("GET", &list, basic, "").await, 401, None);
        challenged(&server.ask("GET", "/sse", basic, "").await, 401, None);
        let query = [basic, &[FORM]].concat();
        challenged(
            &server.ask("QUERY", PATH, &query, "match=a").await,
            401,
            None,
        );
    }
}

#[tokio::test]
async fn n47_a_bad_token_is_one_error_whatever_the_cause() {
    let server = Server::announcing().await;
    let bad = [
        "x".to_owned(),
        "a.b.c".to_owned(),
        signed_with(b"another secret", r#"{"alg":"HS256","typ":"at+jwt"}"#, "{}"),
        signed_with(PUBLISHER, r#"{"alg":"HS256","typ":"at+jwt"}"#, "{}"),
        signed_with(PUBLISHER, "{}", "{}"),
        "x".repeat(17_000),
    ];
    let mut details = Vec::new();
    for token in &bad {
        let bearer = format!("Bearer {token}");
        let fields = [("Authorization", &*bearer)];
        let list = format!("{PATH}/subscriptions");
        for answer in [
            server.post("topic=a", &fields).await,
            // Also where one might have come without.
            server.get("match=a", &fields).await,
            server.ask("GET", &list, &fields, "").await,
        ] {
            challenged(&answer, 401, Some("invalid_token"));
            details.push(detail(&answer));
        }
    }
    details.dedup();
    assert_eq!(details.len(), 1, "the cause is not for everyone to know");
}

#[tokio::test]
async fn n47_a_token_without_the_right_is_another_error() {
    let server = Server::announcing().await;
    let answer = server.post_as(&may_publish(&["b"]), "topic=a").await;
    challenged(&answer, 403, Some("insufficient_scope"));
    let bearer = format!("Bearer {}", may_read(&["b"]));
    let list = format!("{PATH}/subscriptions");
    let answer = server
        .ask("GET", &list, &[("Authorization", &bearer)], "")
        .await;
    challenged(&answer, 403, Some("insufficient_scope"));
    // The former dialect had no 403.
    let answer = server.post_as(&legacy_publisher(&["b"]), "topic=a").await;
    challenged(&answer, 401, Some("insufficient_scope"));
}

#[tokio::test]
async fn n47_a_token_presented_badly_is_a_bad_request() {
    let server = Server::announcing().await;
    let good = format!("Bearer {}", may_publish(&["*"]));
    for fields in [
        [("Authorization", "Bearer")].as_slice(),
        &[("Authorization", "Bearer ")],
        &[("Authorization", "Bearer a b")],
        &[("Authorization", "Bearer\ta.b.c")],
        &[("Authorization", "Bearer:a.b.c")],
        &[("Authorization", "Bearer a,b")],
        &[("Authorization", "Bearer \"a.b.c\"")],
        &[("Authorization", &good), ("Authorization", &good)],
        &[("Authorization", &good), ("Authorization", "Basic dTpw")],
        &[("Cookie", "__Secure-mercure_access_token=a b")],
    ] {
        challenged(
            &server.post("topic=a", fields).await,
            400,
            Some("invalid_request"),
        );
        challenged(
            &server.get("match=a", fields).await,
            400,
            Some("invalid_request"),
        );
        let list = format!("{PATH}/subscriptions");
        let answer = server.ask("GET", &list, fields, "").await;
        challenged(&answer, 400, Some("invalid_request"));
    }
    for query in [
        "match=a&authorization=",
        "match=a&authorization=a+b",
        "match=a&authorization=a&authorization=b",
    ] {
        challenged(&server.get(query, &[]).await, 400, Some("invalid_request"));
    }
    let answer = server
        .ask("QUERY", PATH, &[FORM], "match=a&authorization=a+b")
        .await;
    challenged(&answer, 400, Some("invalid_request"));
}

#[tokio::test]
async fn n47_what_has_nothing_to_do_with_tokens_has_no_challenge() {
    let server = Setup::default().start().await;
    for answer in [
        server.get("", &[]).await,
        server.get("matchX=a", &[]).await,
        server.post_as(&may_publish(&["*"]), "data=x").await,
    ] {
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.head.field("www-authenticate"), None);
    }
}

#[tokio::test]
async fn n47_the_challenge_names_the_metadata_of_the_hub_that_was_asked() {
    let server = Setup {
        public_url: None,
        ..Setup::default()
    }
    .start()
    .await;
    let mut connection = Connection::open(&server.address).await;
    let request = format!(
        "POST {PATH} HTTP/1.1\r\nHost: Hub.Example:443\r\nX-Forwarded-Proto: https\r\n\r\n"
    );
    connection.send(request.as_bytes()).await;
    challenged(&connection.response().await, 401, None);
    assert!(HUB.starts_with("https://hub.example/"));
    for host in ["", "a b", "\"><script>", "a\tb", "x/y", "u@h"] {
        let mut connection = Connection::open(&server.address).await;
        let request = format!("POST {PATH} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        connection.send(request.as_bytes()).await;
        let answer = connection.response().await;
        assert_eq!(answer.status(), 400, "{host}");
        assert_eq!(answer.head.field("www-authenticate"), None);
    }
}
