//! Where a token comes (draft-dunglas-mercure-08, sections Presenting the Access Token, Cookie and Security
//! Considerations).

use tidings_mercure::PATH;

use crate::{
    forge::{may_publish, may_read},
    server::{FORM, Server},
    setup::Setup,
};

pub(crate) const COOKIE: &str = "__Secure-mercure_access_token";

#[tokio::test]
async fn n33_a_token_comes_in_the_header_or_in_the_cookie() {
    let server = Server::closed().await;
    let token = may_read(&["a"]);
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR "] {
        let value = format!("{scheme} {token}");
        server
            .subscribe_with("match=a", &[("Authorization", &value)])
            .await;
    }
    let cookie = format!("x=y; {COOKIE}={token}; z");
    let mut stream = server
        .subscribe_with("match=a", &[("Cookie", &cookie)])
        .await;
    server.publish("topic=a&private&id=1").await;
    assert_eq!(stream.next_id().await, "1");
}

#[tokio::test]
async fn n33_a_token_does_not_come_in_the_address() {
    let server = Server::closed().await;
    let token = may_read(&["a"]);
    let answer = server
        .get(&format!("match=a&access_token={token}"), &[])
        .await;
    assert_eq!(answer.status(), 401);
    let token = may_publish(&["*"]);
    let target = format!("{PATH}?access_token={token}");
    let form = [FORM];
    let answer = server.ask("POST", &target, &form, "topic=a").await;
    assert_eq!(answer.status(), 401);
    let answer = server
        .post(&format!("topic=a&access_token={token}"), &[])
        .await;
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn n34_where_there_is_a_header_the_cookie_does_not_count() {
    let server = Server::closed().await;
    let cookie = format!("{COOKIE}={}", may_read(&["a"]));
    let good = format!("Bearer {}", may_read(&["a"]));
    let bad_cookie = format!("{COOKIE}=x.y.z");
    let ask = async |authorization: &str, cookie: &str| {
        let fields = [("Authorization", authorization), ("Cookie", cookie)];
        let target = format!("{PATH}?match=a");
        server.head(&target, &fields).await.status
    };
    assert_eq!(ask("Bearer x.y.z", &cookie).await, 401);
    assert_eq!(ask("Basic dTpw", &cookie).await, 401);
    assert_eq!(ask(&good, &bad_cookie).await, 200);
    // And its rights are those of the header.
    let fields = [
        ("Authorization", &*good),
        ("Cookie", &*format!("{COOKIE}={}", may_read(&["b"]))),
    ];
    let mut stream = server.subscribe_with("match=a&match=b", &fields).await;
    server.publish("topic=b&private&id=1").await;
    server.publish("topic=a&private&id=2").await;
    assert_eq!(stream.next_id().await, "2");
}

#[tokio::test]
async fn n35_the_cookie_has_a_name_that_can_be_set() {
    let server = Setup {
        anonymous: false,
        cookie_name: Some("mine"),
        ..Setup::default()
    }
    .start()
    .await;
    let token = may_read(&["a"]);
    server
        .subscribe_with("match=a", &[("Cookie", &format!("mine={token}"))])
        .await;
    let cookie = format!("{COOKIE}={token}");
    let answer = server.get("match=a", &[("Cookie", &cookie)]).await;
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn n36_a_cookie_publishes_from_pages_of_allowed_origins_only() {
    let server = Setup {
        publish_origin: &["https://app.example"],
        ..Setup::default()
    }
    .start()
    .await;
    let cookie = format!("{COOKIE}={}", may_publish(&["*"]));
    let post = async |fields: &[(&str, &str)]| {
        let fields = [&[("Cookie", &*cookie)], fields].concat();
        server.post("topic=a&id=1", &fields).await
    };
    let mut stream = server.subscribe("match=a").await;
    for fields in [
        [].as_slice(),
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[("Origin", "")],
        &[("Origin", "https://app.example.evil.example")],
        &[("Origin", "http://app.example")],
        &[("Origin", "https://app.example:8443")],
        &[("Referer", "https://evil.example/https://app.example/")],
        &[("Referer", "https://app.example@evil.example/")],
        &[
            ("Origin", "https://evil.example"),
            ("Referer", "https://app.example/"),
        ],
    ] {
        let answer = post(fields).await;
        assert_eq!(answer.status(), 400, "{fields:?}");
        let challenge = answer.head.field("www-authenticate").unwrap();
        assert!(challenge.contains("error=\"invalid_request\""));
    }
    assert_eq!(
        post(&[("Origin", "https://app.example")]).await.status(),
        200
    );
    assert_eq!(
        post(&[("Referer", "https://app.example/page")])
            .await
            .status(),
        200
    );
    assert_eq!(stream.next_id().await, "1");
    // What a page cannot make a browser add needs no such check.
    let header = [
        ("Origin", "https://evil.example"),
        ("Authorization", &format!("Bearer {}", may_publish(&["*"]))),
    ];
    assert_eq!(server.post("topic=a", &header).await.status(), 200);
    // Nor does reading.
    let fields = [
        ("Cookie", &*format!("{COOKIE}={}", may_read(&["a"]))),
        ("Origin", "https://evil.example"),
    ];
    server.subscribe_with("match=a", &fields).await;
}

#[tokio::test]
async fn n36_without_a_list_no_cookie_publishes() {
    let server = Server::start().await;
    let cookie = format!("{COOKIE}={}", may_publish(&["*"]));
    let fields = [("Cookie", &*cookie), ("Origin", "https://hub.example")];
    assert_eq!(server.post("topic=a", &fields).await.status(), 400);
}
