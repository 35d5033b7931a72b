//! Tokens of the dialect 0.x: where they come, when they are believed, what they permit.

use serde_json::{Value, json};
use tidings_mercure::PATH;

use crate::{
    forge::{
        DETAIL, PUBLISHER, SUBSCRIBER, claims, detail as granting, legacy, legacy_publisher,
        legacy_reader, may_publish, may_read, now, signed_with, v1,
    },
    server::{FORM, Server},
    setup::Setup,
};

/// As tokens of Symfony and Laravel are: fractions of seconds, and a list that is empty.
#[tokio::test]
async fn s2_3_tokens_and_queries_are_taken_as_frameworks_make_them() {
    let server = Server::start().await;
    let claims = json!({"exp": now() + 60.408_731, "mercure": {"publish": [], "subscribe": ["a"]}});
    let old = format!("mercureAuthorization={}", legacy(SUBSCRIBER, &claims));
    server.publish("topic=a&private=on&id=1").await;
    server.publish("topic=a&private=on&id=2").await;
    let query = "topic=a&lastEventID=1&Last-Event-ID=1";
    let mut stream = server.subscribe_with(query, &[("Cookie", &old)]).await;
    assert_eq!(stream.next_id().await, "2");
}

#[tokio::test]
async fn s2_1_tokens_need_no_dates_no_issuer_and_no_audience() {
    let server = Server::start().await;
    for more in [
        json!({}),
        json!({"exp": now() + 60.5, "iat": now() - 1.5, "nbf": now() - 0.5}),
        json!({"iss": "https://app.example", "aud": "https://elsewhere.example"}),
        json!({"sub": "x", "jti": "y", "aud": []}),
    ] {
        let mut claims = more.clone();
        claims["mercure"] = json!({"publish": ["*"], "subscribe": []});
        for header in [
            r#"{"alg":"HS256","typ":"JWT"}"#,
            r#"{"alg":"HS256"}"#,
            r#"{"typ":"jwt","alg":"HS256"}"#,
        ] {
            let token = signed_with(PUBLISHER, header, &claims.to_string());
            let answer = server.post_as(&token, "topic=a").await;
            assert_eq!(answer.status(), 200, "{header} {more}");
        }
    }
    let expired = json!({"exp": now() - 1.0, "mercure": {"publish": ["*"]}});
    let answer = server
        .post_as(&legacy(PUBLISHER, &expired), "topic=a")
        .await;
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn s2_4_5_the_claim_may_have_its_long_name_which_wins() {
    let server = Server::start().await;
    for (claims, status) in [
        (json!({"https://mercure.rocks/": {"publish": ["a"]}}), 200),
        (
            json!({"https://mercure.rocks/": {"publish": ["a"]}, "mercure": {"publish": ["b"]}}),
            200,
        ),
        (
            json!({"https://mercure.rocks/": {"publish": ["b"]}, "mercure": {"publish": ["a"]}}),
            401,
        ),
        (json!({"https://mercure.rocks": {"publish": ["a"]}}), 401),
        (json!({"mercure": {"publish": [{"match": "a"}]}}), 200),
        (
            json!({"mercure": {"publish": [{"match": "/.well-known/:x", "match_type": "urlpattern"}]}}),
            200,
        ),
    ] {
        let answer = server.post_as(&legacy(PUBLISHER, &claims), "topic=a").await;
        assert_eq!(answer.status(), status, "{claims}");
    }
}

#[tokio::test]
async fn s2_4_7_what_is_not_granted_is_a_401() {
    let server = Server::start().await;
    let mut stream = server.subscribe("topic=*").await;
    for claims in [
        json!({}),
        json!({"mercure": {}}),
        json!({"mercure": null}),
        json!({"mercure": {"publish": []}}),
        json!({"mercure": {"publish": null}}),
        json!({"mercure": {"subscribe": ["*"]}}),
        json!({"mercure": {"publish": ["b", "/{x}/y"]}}),
    ] {
        let answer = server.post_as(&legacy(PUBLISHER, &claims), "topic=a").await;
        assert_eq!(answer.status(), 401, "{claims}");
    }
    // All of them have to be granted, by templates as well.
    let token = legacy_publisher(&["/books/{id}", "a"]);
    for (form, status) in [
        ("topic=a&topic=/books/1&id=1", 200),
        ("topic=a&topic=/books/1/2", 401),
        ("topic=b&topic=a", 401),
    ] {
        assert_eq!(
            server.post_as(&token, form).await.status(),
            status,
            "{form}"
        );
    }
    assert_eq!(stream.next_id().await, "1");
}

#[tokio::test]
async fn s2_1_what_is_private_is_read_by_selectors() {
    for direct_lane in [true, false] {
        let server = Server::on_lane(direct_lane).await;
        let token = legacy_reader(&["/users/1/{x}", "a"]);
        let mut stream = server.subscribe_as(&token, "topic=*").await;
        for (form, id) in [
            ("topic=/users/2/x", "1"),
            ("topic=/users/1/x", "2"),
            ("topic=b&topic=a", "3"),
            ("topic=b", "4"),
        ] {
            server.publish(&format!("{form}&private=on&id={id}")).await;
        }
        assert_eq!(stream.next_id().await, "2");
        assert_eq!(stream.next_id().await, "3");
    }
}

#[tokio::test]
async fn s2_4_4_a_token_may_come_in_the_query_or_in_the_old_cookie() {
    let server = Setup {
        anonymous: false,
        publish_origin: &["https://app.example"],
        ..Setup::default()
    }
    .start()
    .await;
    let token = legacy_reader(&["a"]);
    let old = format!("mercureAuthorization={token}");
    let new = format!("__Secure-mercure_access_token={token}");
    let in_query = format!("topic=a&authorization={token}");
    let mut streams = vec![
        server.subscribe(&in_query).await,
        server.subscribe_with("topic=a", &[("Cookie", &old)]).await,
        server.subscribe_with("topic=a", &[("Cookie", &new)]).await,
        server.open("QUERY", PATH, &[FORM], &in_query).await,
    ];
    server.publish("topic=a&private&id=1").await;
    for stream in &mut streams {
        assert_eq!(stream.next_id().await, "1");
    }
    // In this order: header, query, new cookie, old cookie.
    let bad = "Bearer x.y.z";
    let status = async |query: &str, fields: &[(&str, &str)]| {
        server.head(&format!("{PATH}?{query}"), fields).await.status
    };
    assert_eq!(status(&in_query, &[("Authorization", bad)]).await, 401);
    assert_eq!(
        status("topic=a&authorization=x.y.z", &[("Cookie", &old)]).await,
        401
    );
    assert_eq!(
        status(&in_query, &[("Cookie", "mercureAuthorization=x.y.z")]).await,
        200
    );
    let both = format!("mercureAuthorization=x.y.z; {new}");
    assert_eq!(status("topic=a", &[("Cookie", &both)]).await, 200);
    let both = format!("{old}; __Secure-mercure_access_token=x.y.z");
    assert_eq!(status("topic=a", &[("Cookie", &both)]).await, 401);

    // Cookies publish from allowed pages only, whatever their name.
    let cookie = format!("mercureAuthorization={}", legacy_publisher(&["*"]));
    let post = async |origin: &str| {
        let fields = [("Cookie", &*cookie), ("Origin", origin)];
        server.post("topic=a", &fields).await.status()
    };
    assert_eq!(post("https://app.example").await, 200);
    assert_eq!(post("https://evil.example").await, 400);
    let in_query = format!("{PATH}?authorization={}", legacy_publisher(&["*"]));
    let answer = server.ask("POST", &in_query, &[FORM], "topic=a").await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn s2_2_where_the_dialect_is_off_nothing_of_it_is_looked_at() {
    let server = Setup {
        anonymous: false,
        legacy_tokens: false,
        ..Setup::default()
    }
    .start()
    .await;
    let token = legacy_reader(&["a"]);
    for (query, fields) in [
        (
            format!("topic=a&authorization={token}"),
            ("X", "y".to_owned()),
        ),
        (
            "topic=a".to_owned(),
            ("Cookie", format!("mercureAuthorization={token}")),
        ),
        (
            "topic=a".to_owned(),
            ("Authorization", format!("Bearer {token}")),
        ),
    ] {
        let answer = server.get(&query, &[(fields.0, &fields.1)]).await;
        assert_eq!(answer.status(), 401);
    }
    let answer = server.post_as(&legacy_publisher(&["*"]), "topic=a").await;
    assert_eq!(answer.status(), 401);
    // A parameter that means nothing here is passed over.
    let query = format!("match=a&authorization={token}");
    server.subscribe_as(&may_read(&["a"]), &query).await;
}

/// The stricter rules are worth nothing if a token can be read by the others.
#[tokio::test]
async fn s2_4_3_nothing_of_1_0_falls_back() {
    let server = Server::closed().await;
    let everything = json!({"publish": ["*"], "subscribe": ["*"]});
    let with_old = |mut claims: Value| {
        claims["mercure"] = everything.clone();
        claims["https://mercure.rocks/"] = everything.clone();
        claims
    };
    let granted = claims(json!([granting("publish", &["b"])]));
    let changed = |name: &str, value: Value| {
        let mut claims = with_old(granted.clone());
        claims[name] = value;
        claims
    };
    let status = async |token: String| server.post_as(&token, "topic=a").await.status();
    // What the old claim has is no right of a new token.
    assert_eq!(status(v1(PUBLISHER, &with_old(granted.clone()))).await, 403);
    for claims in [
        changed("aud", json!("https://else.example")),
        changed("exp", json!(now() - 1.0)),
        changed("iss", json!("https://else.example")),
        changed("authorization_details", json!([{"type": DETAIL}])),
        changed("authorization_details", json!(null)),
    ] {
        assert_eq!(status(v1(PUBLISHER, &claims)).await, 401, "{claims}");
        // Nor with another type.
        assert_eq!(status(legacy(PUBLISHER, &claims)).await, 401, "{claims}");
    }
    for details in [
        json!(null),
        json!([]),
        json!("x"),
        json!([{"type": "other"}]),
    ] {
        let claims = json!({"mercure": everything, "authorization_details": details});
        assert_eq!(status(legacy(PUBLISHER, &claims)).await, 401, "{claims}");
    }
    let old = json!({"mercure": everything});
    assert_eq!(status(v1(PUBLISHER, &old)).await, 401);
    assert_eq!(status(legacy(PUBLISHER, &old)).await, 200);

    // A token of 1.0 does not come where those of 0.x do.
    let token = may_read(&["a"]);
    let in_query = format!("match=a&authorization={token}");
    let cookie = format!("mercureAuthorization={token}");
    assert_eq!(server.get(&in_query, &[]).await.status(), 401);
    assert_eq!(
        server.get("match=a", &[("Cookie", &cookie)]).await.status(),
        401
    );
    let target = format!("{PATH}?authorization={}", may_publish(&["*"]));
    assert_eq!(
        server
            .ask("POST", &target, &[FORM], "topic=a")
            .await
            .status(),
        401
    );
}
