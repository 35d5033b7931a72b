//! Pages of other origins (draft-dunglas-mercure-08, section Subscription; the Fetch standard).

use tidings_mercure::PATH;
use tidings_testing::http::Head;

use crate::{forge::may_read, server::Server, setup::Setup};

const APP: &str = "https://app.example";

fn lists(head: &Head, name: &str, wanted: &[&str]) {
    // Several fields of a name are one list (RFC 9110, section 5.2).
    let values: Vec<&str> = head.all(name).collect();
    let value = values.join(",");
    let listed: Vec<String> = value
        .split(',')
        .map(|one| one.trim().to_ascii_lowercase())
        .collect();
    for wanted in wanted {
        assert!(
            listed.contains(&wanted.to_ascii_lowercase()),
            "{name}: {value}, not {wanted}"
        );
    }
}

async fn preflight(server: &Server, origin: &str, method: &str) -> Head {
    let fields = [
        ("Origin", origin),
        ("Access-Control-Request-Method", method),
        (
            "Access-Control-Request-Headers",
            "authorization,last-event-id",
        ),
    ];
    let answer = server.ask("OPTIONS", PATH, &fields, "").await;
    assert_eq!(answer.status(), 200);
    answer.head
}

#[tokio::test]
async fn n66_pages_of_named_origins_come_with_credentials() {
    let server = Setup {
        allow_origin: &[APP, "https://other.example"],
        anonymous: false,
        subscriptions: true,
        ..Setup::default()
    }
    .start()
    .await;
    let cookie = format!(
        "__Secure-mercure_access_token={}",
        may_read(&["a", "/.well-known/mercure/subscriptions"])
    );
    let fields = [("Origin", APP), ("Cookie", &*cookie)];
    let stream = server
        .subscribe_with("match=a&last_event_id=earliest", &fields)
        .await;
    let list = format!("{PATH}/subscriptions");
    let listed = server.ask("GET", &list, &fields, "").await;
    assert_eq!(listed.status(), 200);
    // Refusals, too: a page could not tell them from a broken network otherwise.
    let refused = server.get("match=a", &[("Origin", APP)]).await;
    assert_eq!(refused.status(), 401);
    for head in [&stream.head, &listed.head, &refused.head] {
        assert_eq!(head.field("access-control-allow-origin"), Some(APP));
        assert_eq!(head.field("access-control-allow-credentials"), Some("true"));
        let exposed = [
            "Link",
            "ETag",
            "Mercure-Last-Event-ID",
            "Last-Event-ID",
            "WWW-Authenticate",
        ];
        lists(head, "access-control-expose-headers", &exposed);
        lists(head, "vary", &["origin"]);
    }
    // What the answer itself depends on is still there.
    let own = ["accept", "authorization", "cookie"];
    lists(&listed.head, "vary", &own);
}

#[tokio::test]
async fn n66_other_origins_are_not_named() {
    let server = Setup {
        allow_origin: &[APP],
        ..Setup::default()
    }
    .start()
    .await;
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.evil",
        "http://app.example",
    ] {
        let stream = server
            .subscribe_with("match=a", &[("Origin", origin)])
            .await;
        assert_eq!(
            stream.head.field("access-control-allow-origin"),
            None,
            "{origin}"
        );
        let head = preflight(&server, origin, "GET").await;
        assert_eq!(head.field("access-control-allow-origin"), None, "{origin}");
    }
}

#[tokio::test]
async fn n66_all_origins_come_without_credentials() {
    let server = Setup {
        allow_origin: &["*"],
        ..Setup::default()
    }
    .start()
    .await;
    let stream = server
        .subscribe_with("match=a", &[("Origin", "https://x.example")])
        .await;
    assert_eq!(stream.head.field("access-control-allow-origin"), Some("*"));
    assert_eq!(stream.head.field("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn n66_preflights_allow_what_clients_send() {
    let server = Setup {
        allow_origin: &[APP],
        anonymous: false,
        ..Setup::default()
    }
    .start()
    .await;
    for method in ["GET", "POST", "QUERY"] {
        let head = preflight(&server, APP, method).await;
        assert_eq!(head.field("access-control-allow-origin"), Some(APP));
        lists(
            &head,
            "access-control-allow-methods",
            &["GET", "HEAD", "POST", "QUERY"],
        );
        let sent = [
            "authorization",
            "cache-control",
            "content-type",
            "last-event-id",
            "if-none-match",
        ];
        lists(&head, "access-control-allow-headers", &sent);
    }
}

#[tokio::test]
async fn n66_unasked_there_is_nothing_of_it() {
    let server = Server::start().await;
    let stream = server.subscribe_with("match=a", &[("Origin", APP)]).await;
    assert_eq!(stream.head.field("access-control-allow-origin"), None);
}
